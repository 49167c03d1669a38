"""`interlock messages`: what was sent to whom, and what became of it."""

import heapq
from pathlib import Path
from typing import Any

import click
import msgspec

from interlock.cli.ledger import json_option, ledger_argument, with_reader
from interlock.cli.screen import moment, print_json, print_table, say
from interlock.store.contract import Row, Store


@click.command()
@ledger_argument
@click.option("--to", "recipient", metavar="AGENT", help="Only messages to this agent.")
@click.option(
    "--status",
    type=click.Choice(["waiting", "handed_out", "acked", "dead"]),
    help="Only deliveries in this status.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    metavar="N",
    help="At most so many, latest change first.",
)
@json_option
def messages(
    path: Path, recipient: str | None, status: str | None, limit: int, as_json: bool
) -> None:
    """List messages, one line for each recipient, latest change first."""
    total, found = with_reader(path, lambda store: _read(store, recipient, status, limit))
    if as_json:
        print_json({"total": total, "deliveries": found})
        return
    print_table(
        ["message", "status", "type", "from", "to", "handed out", "sent", "text"],
        [_line(delivery) for delivery in found],
        right=["handed out"],
    )
    say(f"{len(found):,} of {total:,} deliveries")


async def _read(
    store: Store, recipient: str | None, status: str | None, limit: int
) -> tuple[int, list[dict[str, Any]]]:
    """The deliveries, each with its message; memory is bounded by `limit`."""
    total = 0
    latest: list[Row] = []
    async for rows in store.load("0", kind="delivery"):
        matching = [
            row for row in rows if recipient in (None, row.queue) and status in (None, row.status)
        ]
        total += len(matching)
        latest = heapq.nlargest(limit, [*latest, *matching], key=lambda row: row.pos)
    deliveries = [msgspec.json.decode(row.body, type=dict[str, Any]) for row in latest]
    sent: dict[str, Any] = {}
    ids = [delivery["message_id"] for delivery in deliveries]
    async for rows in store.load("0", kind="message", ids=list(dict.fromkeys(ids))):
        sent.update({row.id: msgspec.json.decode(row.body) for row in rows})
    return total, [
        {"status": row.status, **delivery, "message": sent.get(delivery["message_id"], {})}
        for row, delivery in zip(latest, deliveries, strict=True)
    ]


def _line(delivery: dict[str, Any]) -> tuple[Any, ...]:
    message = delivery["message"]
    return (
        delivery["message_id"],
        delivery["status"],
        delivery["message_type"],
        delivery["source"],
        delivery["recipient"],
        delivery.get("delivery_count", 0),
        moment(message.get("sent_us", 0)),
        message.get("text") or message.get("payload_json", ""),
    )
