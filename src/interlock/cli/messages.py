"""`interlock messages`: what was sent to whom, and what became of it."""

import heapq
from pathlib import Path
from typing import Any

import click
import msgspec

from interlock.cli.ledger import json_option, ledger_argument, with_reader
from interlock.cli.screen import moment, print_json, print_table, say
from interlock.kernel.mail.model import DELIVERY_STATUSES, Delivery, Message
from interlock.kernel.rows import decode_row
from interlock.store.contract import Row, Store


class Sent(msgspec.Struct, frozen=True):
    """A delivery with its message."""

    status: str
    delivery: Delivery
    message: Message | None


@click.command()
@ledger_argument
@click.option("--to", "recipient", metavar="AGENT", help="Only messages to this agent.")
@click.option(
    "--status",
    type=click.Choice(list(DELIVERY_STATUSES)),
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
        [_line(sent) for sent in found],
        right=["handed out"],
    )
    say(f"{len(found):,} of {total:,} deliveries")


async def _read(
    store: Store, recipient: str | None, status: str | None, limit: int
) -> tuple[int, list[Sent]]:
    """The deliveries, each with its message; memory is bounded by `limit`."""
    total = 0
    latest: list[Row] = []
    async for rows in store.load("0", kind="delivery"):
        matching = [
            row for row in rows if recipient in (None, row.queue) and status in (None, row.status)
        ]
        total += len(matching)
        latest = heapq.nlargest(limit, [*latest, *matching], key=lambda row: row.pos)
    deliveries = [_delivery(row) for row in latest]
    ids = dict.fromkeys(delivery.message_id for delivery in deliveries)
    sent: dict[str, Message] = {}
    async for rows in store.load("0", kind="message", ids=list(ids)):
        sent.update({row.id: _message(row) for row in rows})
    return total, [
        Sent(delivery.status, delivery, sent.get(delivery.message_id)) for delivery in deliveries
    ]


def _delivery(row: Row) -> Delivery:
    delivery = decode_row("delivery", row.body)
    assert isinstance(delivery, Delivery)
    return delivery


def _message(row: Row) -> Message:
    message = decode_row("message", row.body)
    assert isinstance(message, Message)
    return message


def _line(sent: Sent) -> tuple[Any, ...]:
    delivery, message = sent.delivery, sent.message
    return (
        delivery.message_id,
        sent.status,
        delivery.message_type,
        delivery.source,
        delivery.recipient,
        delivery.delivery_count,
        moment(message.sent_us) if message else "",
        (message.text or message.payload_json) if message else "",
    )
