"""Keeps room for ending work when the disk, or the ledger's own limit, is full.

New work is refused while `room` is low; what completes and acknowledges goes into the reserve.
"""

import contextlib
import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import apsw

from interlock.store.connection import PAGE_BYTES
from interlock.store.contract import Room, StoreError

HEADROOM_BYTES: Final = 16 * 1024 * 1024
"""Some ten thousand completions with their rows and the write-ahead log that carries them."""

LEDGER_BYTES_MIN: Final = 1024 * 1024
"""A limit that leaves less than this beside the headroom would refuse work from the start."""

LOOK_S: Final = 1.0
"""How old the last look at the file system may be."""


def reserve_path(ledger: Path) -> Path:
    """The file that holds room for the ledger."""
    return ledger.with_name(ledger.name + ".reserve")


class DiskReserve:
    """A file that occupies `reserve_bytes` until the disk is full, and is given up then.

    `hold` and `spend` belong to the writing thread; `room` may be asked from any.
    """

    def __init__(
        self,
        ledger: Path,
        *,
        reserve_bytes: int,
        free_bytes: Callable[[Path], int] | None = None,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = reserve_path(ledger)
        self._reserve_bytes = reserve_bytes
        self._free_bytes = free_bytes or _free_bytes
        self._clock_s = clock_s
        self._looked_s = -LOOK_S
        self._is_disk_low = False
        self._is_held = False

    @property
    def is_spent(self) -> bool:
        """Whether the reserve should be taken again when there is room."""
        return self._reserve_bytes > 0 and not self._is_held

    def hold(self) -> None:
        """Takes the reserve, if twice its size is free: else it would be spent again at once."""
        if not self.is_spent:
            return
        if self._path.exists() and self._path.stat().st_size == self._reserve_bytes:
            self._is_held = True
        elif self._free_bytes(self._path.parent) >= 2 * self._reserve_bytes:
            self._is_held = _allocate(self._path, self._reserve_bytes)
        self._looked_s = self._clock_s() - LOOK_S

    def spend(self) -> None:
        """Gives the room to the ledger."""
        self._is_held = False
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()

    def room(self) -> Room:
        """Low while the reserve is spent or less than its size is free beside it."""
        if self._reserve_bytes == 0:
            return "ample"
        if self._clock_s() - self._looked_s >= LOOK_S:
            self._looked_s = self._clock_s()
            self._is_disk_low = self._free_bytes(self._path.parent) < self._reserve_bytes
        return "low" if self._is_disk_low or not self._is_held else "ample"


class PageBudget:
    """The ledger's own limit, `ledger_bytes_max`, whose last `headroom_bytes` are kept for ending
    work.
    """

    def __init__(
        self, connection: apsw.Connection, *, ledger_bytes_max: int, headroom_bytes: int
    ) -> None:
        if ledger_bytes_max < headroom_bytes + LEDGER_BYTES_MIN:
            raise StoreError(
                f"ledger_bytes_max {ledger_bytes_max} must be at least the headroom of {headroom_bytes} and "
                f"{LEDGER_BYTES_MIN} bytes more"
            )
        self._connection = connection
        self._pages_max = ledger_bytes_max // PAGE_BYTES
        pages_soft = (ledger_bytes_max - headroom_bytes) // PAGE_BYTES
        # SQLite raises a limit below what is used to what is used, and answers with it.
        self.is_low = self._limit(pages_soft) > pages_soft
        if self.is_low:
            self.spend()

    def spend(self) -> None:
        """Opens the headroom. The log only grows, so it stays open until a larger limit is set."""
        self._limit(self._pages_max)
        self.is_low = True

    def _limit(self, pages: int) -> int:
        limit = self._connection.execute(f"PRAGMA max_page_count = {pages}").get
        assert isinstance(limit, int)
        return limit


def _free_bytes(folder: Path) -> int:
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def _allocate(path: Path, size_bytes: int) -> bool:
    # Not every system can allocate in advance: without it there is no reserve to hold, the limits have to do.
    allocate = getattr(os, "posix_fallocate", None)
    if allocate is None:
        return True
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        allocate(handle, 0, size_bytes)
    except OSError as error:
        path.unlink(missing_ok=True)
        return error.errno in (errno.EOPNOTSUPP, errno.EINVAL)
    finally:
        os.close(handle)
    return True
