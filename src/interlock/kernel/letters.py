"""Dead letters in one place: tasks, messages and topic events that were given up, each with its reason.

They have left the kernel's memory: the listing is read from the rows of phase 2, and nothing is decided.
"""

from collections.abc import Callable, Iterable
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from interlock.kernel.command import Command, Reply
from interlock.kernel.limits import Count, OptionalName
from interlock.kernel.mail.model import Delivery
from interlock.kernel.task.model import Cause, Task
from interlock.kernel.topic.model import DELIVERY_LIMIT as EVENT_LIMIT
from interlock.kernel.topic.model import DeadEvent
from interlock.kernel.webhook.model import DeadPost

POST_LIMIT: Final = "post_limit"
"""Why a webhook gave an event up: it was posted as often as it may be."""

_CURSOR_CHARS_MAX: Final = 500
"""A kind and the longest id of a dead letter."""

Noun = Literal["", "task", "message", "event", "webhook"]

Cursor = Annotated[str, Meta(max_length=_CURSOR_CHARS_MAX)]

KIND_OF: Final[dict[str, str]] = {
    "event": "dead_event",
    "message": "delivery",
    "task": "task",
    "webhook": "dead_post",
}
"""The kind of row that holds the dead letters of each noun."""


class GetDeadLetters(Command, frozen=True, kw_only=True):
    """Lists up to `limit` dead letters, all or those of a `noun`: `task`, `message`, `event` or
    `webhook`.

    `queue` selects tasks, `recipient` messages, `topic` events; `reason` is an error class such as TIMEOUT, or
    `expired`, `delivery_limit`, `rejected`, `post_limit`. `cursor` is that of the page before. They are ordered
    by kind and id. `redrive_dead_letters` brings them back.
    """

    verb = "get_dead_letters"
    repeatable = True
    reply = "DeadLetters"

    noun: Noun = ""
    queue: OptionalName = ""
    recipient: OptionalName = ""
    topic: OptionalName = ""
    reason: OptionalName = ""
    limit: Count = 100
    cursor: Cursor = ""


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Something that was given up. `tries` are its attempts or deliveries; `causes` the whole chain."""

    noun: str
    id: str
    reason: str
    tries: int
    died_us: int
    title: str = ""
    queue: str = ""
    source: str = ""
    recipient: str = ""
    topic: str = ""
    group: str = ""
    position: int = 0
    redriven: int = 0
    correlation_id: str = ""
    causes: tuple[Cause, ...] = ()


class DeadLetters(Reply, frozen=True, kw_only=True):
    """One page of dead letters; `cursor` asks for the next one and is empty on the last."""

    items: tuple[DeadLetter, ...] = ()
    cursor: str = ""


def dead_letter_of(kind: str, id: str, body: bytes | msgspec.Raw) -> DeadLetter:
    """The dead letter that a row of phase 2 holds."""
    return _READ[kind](id, body)


def matches(command: GetDeadLetters, letter: DeadLetter) -> bool:
    """Whether the command asks for this dead letter."""
    return (
        (not command.noun or letter.noun == command.noun)
        and (not command.queue or letter.queue == command.queue)
        and (not command.recipient or letter.recipient == command.recipient)
        and (not command.topic or letter.topic == command.topic)
        and (not command.reason or letter.reason == command.reason)
    )


def page_of(
    command: GetDeadLetters, rows: Iterable[tuple[str, str, bytes | msgspec.Raw]]
) -> DeadLetters:
    """The page that the command asks for, from (kind, id, body) of rows of phase 2 in the store's order.

    Takes no more rows than it needs; those before the cursor are passed over unread."""
    found: list[DeadLetter] = []
    kinds = {KIND_OF[command.noun]} if command.noun else set(KIND_OF.values())
    cursor = ""
    for kind, id, body in rows:
        if kind not in kinds or _cursor(kind, id) <= command.cursor:
            continue
        letter = dead_letter_of(kind, id, body)
        if not matches(command, letter):
            continue
        if len(found) == command.limit:
            return DeadLetters(items=tuple(found), cursor=cursor)
        found.append(letter)
        cursor = _cursor(kind, id)
    return DeadLetters(items=tuple(found))


def _cursor(kind: str, id: str) -> str:
    """Sorts as the store does: by kind, then id."""
    return f"{kind} {id}"


def _task_letter(id: str, body: bytes | msgspec.Raw) -> DeadLetter:
    task = _decode_task(body)
    return DeadLetter(
        noun="task",
        id=id,
        reason=task.causes[-1].error_class,
        tries=task.attempt,
        died_us=task.ended_us,
        title=task.title,
        queue=task.queue,
        source=task.created_by,
        redriven=task.retried,
        correlation_id=task.correlation_id,
        causes=task.causes,
    )


def _message_letter(id: str, body: bytes | msgspec.Raw) -> DeadLetter:
    delivery = _decode_delivery(body)
    return DeadLetter(
        noun="message",
        id=id,
        reason=delivery.reason,
        tries=delivery.delivery_count,
        died_us=delivery.ended_us,
        title=delivery.message_type,
        source=delivery.source,
        recipient=delivery.recipient,
        redriven=delivery.redriven,
        causes=delivery.causes,
    )


def _event_letter(id: str, body: bytes | msgspec.Raw) -> DeadLetter:
    dead = _decode_event(body)
    return DeadLetter(
        noun="event",
        id=id,
        reason=EVENT_LIMIT,
        tries=dead.delivery_count,
        died_us=dead.died_us,
        topic=dead.topic,
        group=dead.group,
        position=dead.position,
        redriven=dead.redriven,
    )


def _post_letter(id: str, body: bytes | msgspec.Raw) -> DeadLetter:
    dead = _decode_post(body)
    return DeadLetter(
        noun="webhook",
        id=id,
        reason=POST_LIMIT,
        tries=dead.attempts,
        died_us=dead.died_us,
        title=dead.error,
        source=dead.webhook_id,
        recipient=dead.url,
        position=dead.position,
        redriven=dead.redriven,
    )


_decode_task: Final = msgspec.json.Decoder(Task).decode
_decode_delivery: Final = msgspec.json.Decoder(Delivery).decode
_decode_event: Final = msgspec.json.Decoder(DeadEvent).decode
_decode_post: Final = msgspec.json.Decoder(DeadPost).decode

_READ: Final[dict[str, Callable[[str, bytes | msgspec.Raw], DeadLetter]]] = {
    "dead_event": _event_letter,
    "dead_post": _post_letter,
    "delivery": _message_letter,
    "task": _task_letter,
}
