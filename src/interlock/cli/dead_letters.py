"""`interlock dead-letters`: what was given up, and why."""

import heapq
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from interlock.cli.ledger import json_option, ledger_argument, with_reader
from interlock.cli.screen import moment, print_json, print_table, say
from interlock.store.contract import DEAD, Row, Store

KINDS: Final = {"task": "task", "message": "delivery", "event": "dead_event"}
"""What can die, and the kind of row that says so."""


@click.command("dead-letters")
@ledger_argument
@click.option(
    "--kind", type=click.Choice(list(KINDS)), help="Only tasks, messages, or events of topics."
)
@click.option("--queue", metavar="Q", help="Only those of this queue, or to this agent.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    metavar="N",
    help="At most so many, latest first.",
)
@json_option
def dead_letters(
    path: Path, kind: str | None, queue: str | None, limit: int, as_json: bool
) -> None:
    """List dead letters, latest first, each with the chain of causes."""
    total, found = with_reader(
        path, lambda store: _read(store, KINDS.get(kind or "", ""), queue, limit)
    )
    if as_json:
        print_json({"total": total, "dead_letters": [_as_data(row) for row in found]})
        return
    print_table(
        ["dead letter", "position", "queue", "died", "causes", "why"],
        [_line(row) for row in found],
        right=["position", "causes"],
    )
    say(f"{len(found):,} of {total:,} dead letters")


async def _read(store: Store, kind: str, queue: str | None, limit: int) -> tuple[int, list[Row]]:
    total = 0
    latest: list[Row] = []
    async for rows in store.load("0", kind=kind, phase=DEAD):
        matching = [row for row in rows if queue in (None, row.queue)]
        total += len(matching)
        latest = heapq.nlargest(limit, [*latest, *matching], key=lambda row: row.pos)
    return total, latest


def _as_data(row: Row) -> dict[str, Any]:
    return {"kind": row.kind, "id": row.id, "queue": row.queue, "pos": row.pos, "body": row.body}


def _line(row: Row) -> tuple[Any, ...]:
    body = msgspec.json.decode(row.body, type=dict[str, Any])
    causes = body.get("causes", [])
    why = body.get("reason", "")
    if causes:
        last = causes[-1]
        told = f"{last['error_class']}: {last['message']}"
        why = f"{why}: {told}" if why else told
    return row.id, row.pos, row.queue, moment(body.get("ended_us", 0)), len(causes), why
