"""`interlock dead-letters`: what was given up, and why."""

import heapq
from pathlib import Path
from typing import Any, Final

import click

from interlock.cli.ledger import json_option, ledger_argument, with_reader
from interlock.cli.screen import moment, print_json, print_table, say
from interlock.kernel.mail.model import Delivery
from interlock.kernel.rows import decode_row
from interlock.kernel.task.model import Cause, Task
from interlock.kernel.topic.model import DeadEvent
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
        ["dead letter", "position", "queue", "died", "tries", "why"],
        [_line(row) for row in found],
        right=["position", "tries"],
    )
    say(f"{len(found):,} of {total:,} dead letters")


async def _read(store: Store, kind: str, queue: str | None, limit: int) -> tuple[int, list[Row]]:
    total = 0
    latest: list[Row] = []
    async for rows in store.load("0", kind=kind, phase=DEAD):
        known = (row for row in rows if row.kind in KINDS.values())
        matching = [row for row in known if queue in (None, row.queue)]
        total += len(matching)
        latest = heapq.nlargest(limit, [*latest, *matching], key=lambda row: row.pos)
    return total, latest


def _as_data(row: Row) -> dict[str, Any]:
    return {"kind": row.kind, "id": row.id, "queue": row.queue, "pos": row.pos, "body": row.body}


def _line(row: Row) -> tuple[Any, ...]:
    dead = decode_row(row.kind, row.body)
    if isinstance(dead, DeadEvent):
        why = f"handed to the group {dead.group} {dead.delivery_count} times and never settled"
        return row.id, row.pos, row.queue, moment(dead.died_us), dead.delivery_count, why
    assert isinstance(dead, Task | Delivery), "no other kinds of rows are read"
    reason = dead.reason if isinstance(dead, Delivery) else ""
    why = ": ".join(filter(None, (reason, _last(dead.causes))))
    return row.id, row.pos, row.queue, moment(dead.ended_us), len(dead.causes), why


def _last(causes: tuple[Cause, ...]) -> str:
    return f"{causes[-1].error_class}: {causes[-1].message}" if causes else ""
