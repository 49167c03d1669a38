"""How a connection to a ledger file is opened, and what SQLite's errors mean to a store."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

import apsw
import msgspec

from interlock.store.contract import CommitUnknown, StoreError, StoreFull

SQLITE_VERSION_MIN: Final = (3, 51, 3)
"""Versions before it can corrupt a database when the write-ahead log is reset (since 3.7.0)."""

PAGE_BYTES: Final = 4096
BUSY_MS: Final = 10_000
"""How long a write waits for another program that holds SQLite's own lock on the file."""

CACHE_KIB: Final = 32 * 1024
WAL_BYTES_KEPT: Final = 32 * 1024 * 1024
"""A write-ahead log that grew longer is cut back to this when it starts again."""

Synchronous = Literal["full", "normal"]
SYNCHRONOUS_LEVELS: Final = {"normal": 1, "full": 2}

NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def refuse_old_sqlite(version: str) -> None:
    """Raises `StoreError` for an SQLite that can corrupt a ledger."""
    if tuple(int(part) for part in version.split(".")[:3]) < SQLITE_VERSION_MIN:
        wanted = ".".join(str(part) for part in SQLITE_VERSION_MIN)
        raise StoreError(
            f"SQLite {version} can corrupt a ledger: install an apsw with {wanted} or newer"
        )


def open_writer(path: Path, *, synchronous: Synchronous, vfs: str) -> apsw.Connection:
    """The one connection that writes. Creates the file when it is missing."""
    refuse_old_sqlite(apsw.sqlite_lib_version())
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    with sqlite_errors(path):
        connection = apsw.Connection(str(path), flags=flags, vfs=vfs or None)
        connection.set_busy_timeout(BUSY_MS)
        _set(connection, "page_size", PAGE_BYTES, expect=PAGE_BYTES)
        _set(connection, "journal_mode", "wal", expect="wal")
        _set(connection, "synchronous", synchronous, expect=SYNCHRONOUS_LEVELS[synchronous])
        # Without it a sync reaches only the cache of the disk on macOS; elsewhere it changes nothing.
        _set(connection, "fullfsync", 1, expect=1)
        _set(connection, "checkpoint_fullfsync", 1, expect=1)
        _set(connection, "wal_autocheckpoint", 0, expect=0)
        _set(connection, "journal_size_limit", WAL_BYTES_KEPT, expect=WAL_BYTES_KEPT)
        _set(connection, "cache_size", -CACHE_KIB, expect=-CACHE_KIB)
        _set(connection, "temp_store", "memory", expect=2)
    return connection


def open_read_only(path: Path, *, vfs: str = "") -> apsw.Connection:
    """A connection that cannot write. Raises `StoreError` when there is no file."""
    refuse_old_sqlite(apsw.sqlite_lib_version())
    with sqlite_errors(path):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY, vfs=vfs or None)
        connection.set_busy_timeout(BUSY_MS)
        _set(connection, "query_only", 1, expect=1)
    return connection


def _set(connection: apsw.Connection, name: str, value: str | int, *, expect: str | int) -> None:
    # A pragma that SQLite does not know or refuses changes nothing and says nothing: read it back.
    connection.execute(f"PRAGMA {name} = {value}").fetchall()
    found = connection.execute(f"PRAGMA {name}").get
    if found != expect:
        raise StoreError(
            f"{connection.filename}: pragma {name} is {found!r} and cannot be set to {value!r}"
        )


@contextmanager
def sqlite_errors(path: Path | str) -> Iterator[None]:
    """Turns what SQLite raises into the errors of the store contract."""
    try:
        yield
    except apsw.Error as error:
        raise translated(error, path=path) from error
    except (ValueError, msgspec.MsgspecError) as error:
        raise StoreError(f"{path} holds what no owner wrote: restore a backup ({error})") from error


def translated(error: apsw.Error, *, path: Path | str, system_errno: int = 0) -> StoreError:
    """The store error that says the same. `system_errno` is the connection's, for failed writes."""
    if isinstance(error, apsw.FullError) or (
        isinstance(error, apsw.IOError)
        and getattr(error, "extendedresult", 0) == apsw.SQLITE_IOERR_WRITE
        and system_errno in NO_ROOM
    ):
        return StoreFull(
            f"there is no room for this commit in {path}: free space or raise its limit"
        )
    if isinstance(error, apsw.IOError):
        return CommitUnknown(f"the disk of {path} failed: {error}")
    if isinstance(error, apsw.BusyError):
        return StoreError(
            f"another program holds SQLite's write lock on {path}: close it ({error})"
        )
    if isinstance(error, (apsw.CorruptError, apsw.NotADBError)):
        return StoreError(f"{path} is damaged or no ledger: restore a backup ({error})")
    return StoreError(f"SQLite refused the work on {path}: {error}")
