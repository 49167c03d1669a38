"""`interlock verify`: is the ledger whole?"""

from pathlib import Path
from typing import Final

import click
import msgspec
from rich.console import Console
from rich.status import Status

from interlock.cli.group import FOUND_WRONG
from interlock.cli.inert import inert
from interlock.cli.ledger import json_option, ledger_argument, with_reader
from interlock.cli.screen import print_json, print_table, say
from interlock.observe.verify import Anchor, Verification, verify_ledger

_HASH_CHARS: Final = 64


class AnchorType(click.ParamType[Anchor]):
    """POS:HASH as a former `verify` printed it."""

    name = "POS:HASH"

    def convert(
        self, value: str | Anchor, param: click.Parameter | None, ctx: click.Context | None
    ) -> Anchor:
        """Refuses what no `verify` prints."""
        if isinstance(value, Anchor):
            return value
        pos, _, digest = value.partition(":")
        is_hash = len(digest) == _HASH_CHARS and not set(digest.lower()) - set("0123456789abcdef")
        if not (pos.isascii() and pos.isdecimal() and is_hash):
            self.fail("expected a position, a colon and 64 hex digits", param, ctx)
        return Anchor(pos=int(pos), hash=digest)


@click.command()
@ledger_argument
@click.option(
    "--anchor",
    "anchors",
    type=AnchorType(),
    multiple=True,
    help="A position and hash noted earlier: the history must still pass through it.",
)
@json_option
@click.pass_context
def verify(ctx: click.Context, path: Path, anchors: tuple[Anchor, ...], as_json: bool) -> None:
    """Prove that a ledger is whole.

    Recomputes the hash chain over every commit, folds every event, and compares every stored row with what
    the events make of it. Names the first position that is wrong. Exit status 1 if anything is.
    """
    terminal = Console(stderr=True)
    with terminal.status("reading") as status:
        progress = _Progress(status)
        found = with_reader(
            path, lambda store: verify_ledger(store, anchors=anchors, progress=progress.note)
        )
    if as_json:
        print_json({"holds": found.holds, **msgspec.structs.asdict(found)})
    else:
        _tell(path, found)
    ctx.exit(0 if found.holds else FOUND_WRONG)


class _Progress:
    def __init__(self, status: Status) -> None:
        self._status = status

    def note(self, what: str, count: int) -> None:
        """Shows how far it is."""
        self._status.update(f"{count:,} {what} checked")


def _tell(path: Path, found: Verification) -> None:
    counted = f"{found.events:,} events in {found.commits:,} commits, {found.rows:,} rows"
    if found.fault is None:
        say(f"{inert(str(path))} is whole: {counted}, {found.elapsed_s:.1f} s", style="green")
        say(f"anchor {found.head}:{found.hash}")
        return
    say(f"{inert(str(path))} is WRONG at position {found.fault.pos}", style="bold red")
    print_table(
        ["position", "kind", "what is wrong"],
        [(fault.pos, fault.kind, fault.message) for fault in found.examples or (found.fault,)],
        right=["position"],
    )
    if found.rows_wrong:
        say(f"{found.rows_wrong:,} rows are wrong.")
    else:
        say(f"Everything before it holds ({counted}); nothing behind it was looked at.")
