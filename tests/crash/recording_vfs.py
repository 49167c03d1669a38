"""An SQLite file system that writes down every write, truncation, sync and deletion it passes on."""

import os
from typing import Literal, NamedTuple

import apsw


class Operation(NamedTuple):
    """One thing that was done to a file, or `ack`: the caller was told that the head is durable."""

    kind: Literal["write", "truncate", "sync", "delete", "ack"]
    file: str = ""
    offset: int = 0
    content: bytes = b""


class Trace:
    """What happened, in order. `is_lying` forgets syncs, as a disk that only says that it synced."""

    def __init__(self, *, is_lying: bool = False) -> None:
        self.operations: list[Operation] = []
        self._is_lying = is_lying

    def add(self, operation: Operation) -> None:
        if not (self._is_lying and operation.kind == "sync"):
            self.operations.append(operation)


class RecordingVfs(apsw.VFS):
    """Registered under `name` as long as it lives."""

    def __init__(self, name: str, trace: Trace) -> None:
        super().__init__(name, "")
        self._trace = trace

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite calls it so
        return _RecordingFile(name, flags, self._trace)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 - SQLite calls it so
        super().xDelete(filename, syncdir)
        self._trace.add(Operation("delete", os.path.basename(filename)))


class _RecordingFile(apsw.VFSFile):
    def __init__(self, name: str | apsw.URIFilename | None, flags: list[int], trace: Trace) -> None:
        super().__init__("", name, flags)
        path = name.filename() if isinstance(name, apsw.URIFilename) else name or "temporary"
        self._name = os.path.basename(path)
        self._trace = trace

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite calls it so
        super().xWrite(data, offset)
        self._trace.add(Operation("write", self._name, offset, bytes(data)))

    def xTruncate(self, size: int) -> None:  # noqa: N802 - SQLite calls it so
        super().xTruncate(size)
        self._trace.add(Operation("truncate", self._name, size))

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite calls it so
        super().xSync(flags)
        self._trace.add(Operation("sync", self._name))
