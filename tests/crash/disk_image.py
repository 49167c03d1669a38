"""What a disk may hold after the power went: synced bytes for certain, all others by chance.

The model: a sync makes a file's bytes, its length and its name durable. Of what was written since, each sector holds
any of its versions, whatever the order of the writes, and a sector may be torn: its front new, its end old.
"""

import random
from pathlib import Path

from tests.crash.recording_vfs import Operation


class _File:
    def __init__(self) -> None:
        self.durable: bytes | None = None
        self.now = bytearray()
        self.pending: list[Operation] = []

    def apply(self, operation: Operation) -> None:
        if operation.kind == "sync":
            self.durable = bytes(self.now)
            self.pending.clear()
            return
        if operation.kind == "write":
            end = operation.offset + len(operation.content)
            if len(self.now) < operation.offset:
                self.now.extend(bytes(operation.offset - len(self.now)))
            self.now[operation.offset : end] = operation.content
        else:
            del self.now[operation.offset :]
        self.pending.append(operation)

    def after_power_loss(self, dice: random.Random, *, sector_bytes: int) -> bytes | None:
        """One of the contents that may be found, None for no file."""
        if self.durable is None and dice.random() < 0.5:
            return None
        image = bytearray(self.durable or b"")
        keep = dice.choice((0.0, 0.1, 0.5, 0.9, 1.0))
        lengths = [len(image)]
        # A later write that reached the disk hides an earlier one; one that did not leaves the earlier one there.
        for operation in self.pending:
            if operation.kind == "truncate":
                lengths.append(operation.offset)
                continue
            lengths.append(max(lengths[-1], operation.offset + len(operation.content)))
            for start, piece in _sectors(operation, sector_bytes):
                if dice.random() < keep:
                    _place(image, start, piece)
                elif dice.random() < 0.1:
                    _place(image, start, piece[: dice.randrange(len(piece))])
        length = dice.choice(lengths) if keep < 1.0 else lengths[-1]
        image.extend(bytes(max(0, length - len(image))))
        return bytes(image[:length])


def _sectors(operation: Operation, sector_bytes: int) -> list[tuple[int, bytes]]:
    """The write, cut where sectors of the disk begin."""
    pieces = []
    start, end = operation.offset, operation.offset + len(operation.content)
    while start < end:
        stop = min(end, (start // sector_bytes + 1) * sector_bytes)
        pieces.append(
            (start, operation.content[start - operation.offset : stop - operation.offset])
        )
        start = stop
    return pieces


def _place(image: bytearray, start: int, piece: bytes) -> None:
    if len(image) < start:
        image.extend(bytes(start - len(image)))
    image[start : start + len(piece)] = piece


class Disk:
    """The files of a trace, up to the operation applied last."""

    def __init__(self) -> None:
        self._files: dict[str, _File] = {}
        self._deleted: dict[str, _File] = {}

    def apply(self, operation: Operation) -> None:
        """Does what the trace says was done."""
        name = operation.file
        if operation.kind == "delete":
            # The name is gone for programs, but the folder was not synced: the file may come back.
            if name in self._files:
                self._deleted[name] = self._files.pop(name)
            return
        self._deleted.pop(name, None)
        file = self._files.setdefault(name, _File())
        if (
            operation.kind == "sync"
            and file.durable is None
            and name.endswith(("-wal", "-journal"))
        ):
            # SQLite syncs the folder with the first sync of a log or journal that it has created.
            self._deleted.clear()
        file.apply(operation)

    def lose_power(self, folder: Path, dice: random.Random) -> None:
        """Fills the empty folder with what might be found on the disk after a power loss at this moment."""
        sector_bytes = dice.choice((512, 4096))
        files = dict(self._files)
        files |= {name: file for name, file in self._deleted.items() if dice.random() < 0.5}
        for name, file in files.items():
            content = file.after_power_loss(dice, sector_bytes=sector_bytes)
            if content is not None:
                (folder / name).write_bytes(content)
