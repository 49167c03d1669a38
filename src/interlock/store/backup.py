"""Copies a ledger while its owner works."""

import os
from contextlib import closing
from pathlib import Path

import apsw
import msgspec

from interlock.store.blob import BlobFolder, blobs_path, sync_folder
from interlock.store.connection import open_read_only, sqlite_errors
from interlock.store.contract import BLOB_BYTES_MAX, StoreError
from interlock.store.migration import refuse_foreign


class BackupReport(msgspec.Struct, frozen=True):
    """What a backup holds: every commit up to `head`, and this many blobs."""

    head: int
    blobs: int
    ledger_bytes: int


def backup_ledger(source: Path | str, target: Path | str) -> BackupReport:
    """Copies the ledger as it is at this moment, with its blobs, and checks that the copy opens.

    Blocks until the copy is durable. The owner may go on writing; nothing is locked. Raises `StoreError` when the
    target exists, the source is no ledger, or the copy is damaged; then there is no file at `target`.
    """
    source, target = Path(source), Path(target)
    if target.exists():
        raise StoreError(f"{target} exists: a backup overwrites nothing, choose another path")
    unfinished = target.with_name(target.name + ".unfinished")
    try:
        with sqlite_errors(source):
            _copy(source, unfinished)
            head = _check(unfinished)
        # After the ledger: a blob is there before the commit that names it.
        blobs = _copy_blobs(source, target)
        os.link(unfinished, target)
        sync_folder(target.parent)
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            unfinished.with_name(unfinished.name + suffix).unlink(missing_ok=True)
    return BackupReport(head=head, blobs=blobs, ledger_bytes=target.stat().st_size)


def _copy(source: Path, unfinished: Path) -> None:
    unfinished.unlink(missing_ok=True)
    with (
        closing(open_read_only(source)) as origin,
        closing(apsw.Connection(str(unfinished))) as copy,
    ):
        if refuse_foreign(origin) == 0:
            raise StoreError(f"{source} is empty: it is no ledger yet")
        with origin, copy.backup("main", origin, "main") as backup:
            # One step of all pages inside one read transaction: the owner's commits do not make it start again.
            origin.execute("SELECT count(*) FROM link").fetchall()
            backup.step(-1)


def _check(unfinished: Path) -> int:
    with closing(open_read_only(unfinished)) as copy:
        damage = copy.execute("PRAGMA quick_check(1)").get
        if damage != "ok":
            raise StoreError(f"the copy is damaged, and so may the ledger be: {damage}")
        head = copy.execute("SELECT coalesce(max(last), 0) FROM link").get
    assert isinstance(head, int)
    return head


def _copy_blobs(source: Path, target: Path) -> int:
    origin = BlobFolder(blobs_path(source), blob_bytes_max=BLOB_BYTES_MAX)
    copy = BlobFolder(blobs_path(target), blob_bytes_max=BLOB_BYTES_MAX)
    count = 0
    for ref in origin.refs():
        copy.put(origin.get(ref))
        count += 1
    return count
