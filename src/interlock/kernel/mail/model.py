"""The message, its delivery to one recipient, and every move between the states of a delivery."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from interlock.kernel.limits import NAME_CHARS_MAX
from interlock.kernel.task.model import Cause

WAITING: Final = "waiting"
HANDED_OUT: Final = "handed_out"
ACKED: Final = "acked"
DEAD: Final = "dead"

DELIVERY_STATUSES: Final[dict[str, str]] = {
    WAITING: "waits for its recipient to read it",
    HANDED_OUT: "was read, and is invisible until it is settled or its visibility timeout ends",
    ACKED: "settled by its recipient",
    DEAD: "given up: a dead letter with its reason",
}

DELIVERY_MOVES: Final[dict[tuple[str, str], frozenset[str]]] = {
    ("", "MessageSent"): frozenset({WAITING}),
    (WAITING, "MessagesDelivered"): frozenset({HANDED_OUT}),
    (WAITING, "MessageAcked"): frozenset({ACKED}),
    (WAITING, "MessageDied"): frozenset({DEAD}),
    (HANDED_OUT, "MessageAcked"): frozenset({ACKED}),
    (HANDED_OUT, "MessageReturned"): frozenset({WAITING}),
    (HANDED_OUT, "MessageDied"): frozenset({DEAD}),
    (DEAD, "MessageRedriven"): frozenset({WAITING}),
}
"""The state machine of a delivery, in the form of `task.model.MOVES`."""

EXPIRED: Final = "expired"
DELIVERY_LIMIT: Final = "delivery_limit"
REJECTED: Final = "rejected"

DEATHS: Final[dict[str, str]] = {
    EXPIRED: "its time to live ended before it was settled",
    DELIVERY_LIMIT: "it was handed out as often as it may be and never settled",
    REJECTED: "its recipient refused it",
}
"""Every reason for which a delivery becomes a dead letter."""

MessageType = Literal["DIRECTIVE", "QUERY", "RESULT", "ACK", "STATUS", "EVENT"]
ESCALATED_TYPES: Final = frozenset({"DIRECTIVE", "QUERY"})
"""Somebody waits for these: their death is told to people."""
SETTLING_TYPES: Final = frozenset({"ACK", "RESULT"})
"""A reply of these types settles what it replies to."""

_ID_CHARS_MAX: Final = 2 * NAME_CHARS_MAX + 64
"""A delivery's id holds the message's id and the recipient's name; a receipt adds a position."""

Receipt = Annotated[str, Meta(min_length=1, max_length=_ID_CHARS_MAX)]
LetterId = Annotated[str, Meta(min_length=1, max_length=_ID_CHARS_MAX)]


class Message(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What was sent, once for all recipients; also the body of its state row.

    `pos` is the position that sent it; messages are ordered by it. Times are the hub's, in microseconds.
    """

    id: str
    pos: int
    source: str
    target: str
    message_type: str
    thread_id: str
    sent_us: int
    expires_us: int
    deliveries_max: int
    priority: int
    text: str = ""
    payload_json: str = ""
    reply_to: str = ""
    idempotency_key: str = ""
    task_id: str = ""
    correlation_id: str = ""
    recipient_count: int = 1
    changed_pos: int = 0
    is_open: bool = True
    traceparent: str = ""

    def columns(self) -> tuple[str, str, int, int]:
        """Queue, status, position and phase of the state row."""
        status, phase = ("open", 1) if self.is_open else ("closed", 0)
        return self.target, status, self.changed_pos or self.pos, phase


class Delivery(msgspec.Struct, kw_only=True, gc=False, omit_defaults=True):
    """One message on its way to one recipient; also the body of its state row. Only `apply` changes it.

    `receipt_pos` is the position that last handed it out, the only one whose receipt settles it.
    """

    id: str
    message_id: str
    recipient: str
    source: str
    message_type: str
    expires_us: int
    status: str = WAITING
    changed_pos: int = 0
    receipt_pos: int = 0
    visible_us: int = 0
    delivery_count: int = 0
    ended_us: int = 0
    reason: str = ""
    redriven: int = 0
    causes: tuple[Cause, ...] = ()

    def columns(self) -> tuple[str, str, int, int]:
        """Queue, status, position and phase of the state row."""
        phase = 0 if self.status == ACKED else 2 if self.status == DEAD else 1
        return self.recipient, self.status, self.changed_pos, phase


def message_id(shard: str, pos: int) -> str:
    """The id of the message that was sent at a position."""
    return f"message-{shard}-{pos}"


def delivery_id(message: str, recipient: str) -> str:
    """The id of a message's delivery to one recipient."""
    return f"{message}/{recipient}"


def receipt_of(delivery: str, pos: int) -> str:
    """The receipt that the event at `pos` gave for a delivery."""
    return f"{delivery}@{pos}"


def read_receipt(receipt: str) -> tuple[str, int]:
    """The delivery's id and the position that a receipt names; position 0 is no delivery's."""
    delivery, _, pos = receipt.rpartition("@")
    return delivery, int(pos) if pos.isascii() and pos.isdigit() else 0
