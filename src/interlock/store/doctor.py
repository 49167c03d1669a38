"""Looks at a ledger and its surroundings, and says in words what is wrong. Changes nothing."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, Literal

import apsw
import msgspec

from interlock.store.connection import (
    PAGE_BYTES,
    WAL_BYTES_KEPT,
    open_read_only,
    refuse_old_sqlite,
    sqlite_errors,
)
from interlock.store.contract import StoreError
from interlock.store.migration import refuse_foreign
from interlock.store.ownership import owner_of
from interlock.store.room import HEADROOM_BYTES, reserve_path

Level = Literal["ok", "warning", "error"]

WAL_BYTES_WORRY: Final = 4 * WAL_BYTES_KEPT
"""A write-ahead log of this size cannot start again: some reader has kept a snapshot for very long."""

NETWORK_FILE_SYSTEMS: Final = frozenset(
    {
        "9p",
        "afs",
        "ceph",
        "cifs",
        "fuse.glusterfs",
        "fuse.sshfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
    }
)
MOUNTS: Final = Path("/proc/mounts")


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at: how it is, and for a warning or an error what to do."""

    level: Level
    check: str
    message: str


def doctor_ledger(path: Path | str, *, mounts: Path = MOUNTS) -> list[Finding]:
    """Every check, the good ones too. Blocks: it reads the whole file once. `mounts` lists the file systems."""
    path = Path(path).absolute()
    findings = [_sqlite_version(apsw.sqlite_lib_version())]
    if not path.exists():
        return [*findings, Finding("error", "file", f"there is no ledger at {path}")]
    try:
        findings += _content(path)
    except StoreError as error:
        findings.append(Finding("error", "file", str(error)))
    return [*findings, *_room(path), _file_system(path, mounts), _owner(path)]


def _sqlite_version(version: str) -> Finding:
    try:
        refuse_old_sqlite(version)
    except StoreError as error:
        return Finding("error", "sqlite", str(error))
    return Finding("ok", "sqlite", f"version {version}")


def _content(path: Path) -> Iterator[Finding]:
    with closing(open_read_only(path)) as connection, sqlite_errors(path):
        version = refuse_foreign(connection)
        if version == 0:
            yield Finding("error", "file", f"{path} is empty: it is no ledger yet")
            return
        yield Finding("ok", "schema", f"version {version}")
        for name, expected in (("journal_mode", "wal"), ("page_size", PAGE_BYTES)):
            found = connection.execute(f"PRAGMA {name}").get
            level: Level = "ok" if found == expected else "error"
            yield Finding(level, name, f"{found}, expected {expected}")
        damage = connection.execute("PRAGMA quick_check(1)").get
        if damage == "ok":
            yield Finding("ok", "integrity", "every page is well formed")
        else:
            yield Finding("error", "integrity", f"{damage}: restore a backup")


def _room(path: Path) -> Iterator[Finding]:
    wal = path.with_name(path.name + "-wal")
    wal_bytes = wal.stat().st_size if wal.exists() else 0
    if wal_bytes > WAL_BYTES_WORRY:
        advice = "some reader holds an old snapshot: end it"
        yield Finding("warning", "write-ahead log", f"{wal_bytes} bytes: {advice}")
    else:
        yield Finding("ok", "write-ahead log", f"{wal_bytes} bytes")
    disk = os.statvfs(path.parent)
    free_bytes = disk.f_bavail * disk.f_frsize
    if free_bytes < HEADROOM_BYTES:
        yield Finding("error", "room", f"{free_bytes} bytes free: new work is refused, free space")
    elif not reserve_path(path).exists():
        yield Finding("warning", "room", f"{free_bytes} bytes free, and no reserve is held")
    else:
        yield Finding("ok", "room", f"{free_bytes} bytes free")


def _file_system(path: Path, mounts: Path) -> Finding:
    kind = _file_system_kind(path.resolve(), mounts)
    if kind in NETWORK_FILE_SYSTEMS:
        advice = "locks and syncs cannot be trusted there, use a local disk"
        return Finding("error", "file system", f"{kind} is a network file system: {advice}")
    return Finding("ok", "file system", kind)


def _file_system_kind(path: Path, mounts: Path) -> str:
    try:
        lines = mounts.read_text().splitlines()
    except OSError:
        return "of unknown type"
    fields = [line.split(" ") for line in lines]
    # The kernel writes a space in a name as \\040. The last mount on the longest matching folder counts.
    points = [
        (Path(field[1].replace("\\040", " ")), field[2]) for field in fields if len(field) > 2
    ]
    holding = [(len(point.parts), kind) for point, kind in points if path.is_relative_to(point)]
    deepest = max((depth for depth, _ in holding), default=0)
    kinds = [kind for depth, kind in holding if depth == deepest]
    return kinds[-1] if kinds else "of unknown type"


def _owner(path: Path) -> Finding:
    owner = owner_of(path)
    if owner is None:
        return Finding("ok", "owner", "nobody owns it now")
    return Finding("ok", "owner", f"owned by {owner.address} (process {owner.pid})")
