"""An SQLite file system that runs out of room, or whose syncs fail, when a test says so."""

import math
from pathlib import Path
from typing import Any

import apsw


class FaultyVfs(apsw.VFS):
    """Registered under `name` as long as it lives. Faults are switched on by its attributes.

    `room_bytes` is what the files in `folder` may take together; a write over it finds the disk full. While
    `is_sync_failing`, syncs of the write-ahead log fail after the bytes were written.
    """

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(name, "")
        self.name = name
        self.room_bytes: int | None = None
        self.is_sync_failing = False
        self.is_ledger_write_failing = False
        self._folder = folder

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite calls it so
        return _FaultyFile(name, flags, self)

    def free_bytes(self) -> float:
        """What may still be written."""
        return math.inf if self.room_bytes is None else self.room_bytes - self.used_bytes()

    def used_bytes(self) -> int:
        """What the files take now. The shared-memory index is no file of the disk's."""
        files = (path for path in self._folder.iterdir() if not path.name.endswith("-shm"))
        return sum(path.stat().st_blocks * 512 for path in files)


class _FaultyFile(apsw.VFSFile):
    def __init__(self, name: Any, flags: list[int], vfs: FaultyVfs) -> None:
        super().__init__("", name, flags)
        self._is_ledger = bool(flags[0] & apsw.SQLITE_OPEN_MAIN_DB)
        self._vfs = vfs

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite calls it so
        growth_bytes = max(0, offset + len(data) - self.xFileSize())
        if growth_bytes > self._vfs.free_bytes():
            raise apsw.FullError("the disk of the test is full")
        if self._is_ledger and self._vfs.is_ledger_write_failing:
            raise apsw.IOError("the disk of the test fails")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite calls it so
        if self._vfs.is_sync_failing and not self._is_ledger:
            raise apsw.IOError("the disk of the test does not sync")
        super().xSync(flags)
