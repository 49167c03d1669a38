"""`interlock restore`: a ledger from its backup."""

from pathlib import Path

import click
import msgspec

from interlock.cli.group import Failed, Unusable
from interlock.cli.inert import inert
from interlock.cli.ledger import json_option, ledger_at, with_reader
from interlock.cli.screen import print_json, say
from interlock.observe.verify import verify_ledger
from interlock.store.backup import backup_ledger

LEFTOVERS = ("", "-wal", "-shm", "-journal")
"""A file of a ledger that stood there before: SQLite would take it for a part of the restored one."""


@click.command()
@click.argument("backup", type=click.Path(path_type=Path))
@click.argument("path", type=click.Path(path_type=Path))
@json_option
def restore(backup: Path, path: Path, as_json: bool) -> None:
    """Make the ledger PATH from BACKUP, with its blobs.

    The backup is proved whole first, as `interlock verify` does. Nothing is overwritten: move a ledger that stands
    at PATH out of the way.
    """
    source = ledger_at(backup)
    for suffix in LEFTOVERS:
        standing = path.with_name(path.name + suffix)
        if standing.exists():
            name = inert(str(standing))
            raise Unusable(f"{name} exists: restore overwrites nothing, move it away first")
    found = with_reader(source, verify_ledger)
    if found.fault is not None:
        raise Failed(
            f"{inert(str(backup))} is wrong at position {found.fault.pos}: "
            f"{inert(found.fault.message)}\nNothing was restored."
        )
    report = backup_ledger(source, path)
    if as_json:
        print_json({"path": str(path), **msgspec.structs.asdict(report)})
        return
    say(
        f"{inert(str(path))} holds every commit up to position {report.head:,} again: "
        f"{report.ledger_bytes:,} bytes and {report.blobs:,} blobs"
    )
