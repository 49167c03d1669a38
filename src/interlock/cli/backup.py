"""`interlock backup`: a copy while the owner goes on."""

from pathlib import Path

import click
import msgspec

from interlock.cli.inert import inert
from interlock.cli.ledger import json_option, ledger_at
from interlock.cli.screen import print_json, say
from interlock.store.backup import backup_ledger


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@json_option
def backup(source: Path, target: Path, as_json: bool) -> None:
    """Copy the ledger SOURCE, with its blobs, to TARGET.

    The copy holds every commit up to one moment and is durable when the command returns. The owner may go on
    writing meanwhile. An existing TARGET is never overwritten.
    """
    report = backup_ledger(ledger_at(source), target)
    if as_json:
        print_json({"target": str(target), **msgspec.structs.asdict(report)})
        return
    say(
        f"{inert(str(target))} holds every commit up to position {report.head:,}: "
        f"{report.ledger_bytes:,} bytes and {report.blobs:,} blobs"
    )
    say(f"Prove it with: interlock verify {inert(str(target))}")
