"""Publishing an event to a topic, and what a stored event says to its readers."""

from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from interlock.kernel.agent import refuse_agent
from interlock.kernel.command import Command, Decision, Event, Reply
from interlock.kernel.idempotency import KeyRecord, digest_of, find_key, key_name, remember_key
from interlock.kernel.limits import Fence, Json, Name, OptionalName, TraceParent
from interlock.kernel.payload import NULL, decode_json
from interlock.kernel.task.held import find_held
from interlock.kernel.task.model import Task

if TYPE_CHECKING:
    from interlock.kernel.state import State

_NOUN: Final = "event"


class PublishEvent(Command, frozen=True, kw_only=True):
    """Puts an event into a topic, for whoever reads it now or later, and returns its position.

    `key` says what the event is about, for its readers. `task_id` and `fence` prove the claim under which it
    is published. The same `idempotency_key` from the same agent gives the first event again. `traceparent` is handed
    to its readers.

    Refusals: paused (the agent is quarantined), not_found (no such task), stale_fence, idempotency_conflict,
    limit, disk_full.
    """

    verb = "publish_event"
    reply = "EventRef"
    grows = True

    topic: Name
    payload: Json = NULL
    key: OptionalName = ""
    idempotency_key: OptionalName = ""
    task_id: OptionalName = ""
    fence: Fence = 0
    correlation_id: OptionalName = ""
    traceparent: TraceParent = ""


class EventPublished(Event, frozen=True, kw_only=True):
    """An event stands in a topic, at this position."""

    topic: str
    source: str = ""
    key: str = ""
    payload_json: str = ""
    task_id: str = ""
    correlation_id: str = ""
    idempotency_key: str = ""
    digest: str = ""
    traceparent: str = ""


class EventRef(Reply, frozen=True, kw_only=True):
    """Where an event stands. `is_duplicate` says that an earlier command had already published it."""

    topic: str
    position: int
    is_duplicate: bool = False


class TopicEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """An event of a topic. `kind` is `EventPublished` for what agents publish; for what the plane itself puts
    there, such as an escalation, the payload is that whole event. `delivery_count` is its group's."""

    position: int
    topic: str
    kind: str
    at_us: int
    source: str = ""
    key: str = ""
    payload_json: str = ""
    task_id: str = ""
    correlation_id: str = ""
    delivery_count: int = 0
    traceparent: str = ""

    @property
    def payload(self) -> Any:
        """What the event says."""
        return decode_json(self.payload_json)


class TopicEvents(Reply, frozen=True, kw_only=True):
    """Events of a topic, oldest first, and the receipt that settles them. False when there are none."""

    items: tuple[TopicEvent, ...] = ()
    receipt: str = ""

    def __bool__(self) -> bool:
        return bool(self.items)


class _Stored(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What any stored event of a topic has."""

    type: str
    at_us: int
    topic: str
    source: str = ""
    key: str = ""
    payload_json: str = ""
    task_id: str = ""
    correlation_id: str = ""
    traceparent: str = ""


_decode_stored: Final = msgspec.json.Decoder(_Stored).decode


def decide_publish_event(state: "State", command: PublishEvent, now_us: int) -> Decision:
    """Once for each idempotency key."""
    refusal = refuse_agent(state, agent=command.agent, sending=True)
    if refusal is not None:
        return refusal
    digest = ""
    if command.idempotency_key:
        digest = digest_of(replace(command, fence=0))
        name = key_name(_NOUN, sender=command.agent, key=command.idempotency_key)
        known = find_key(state, name, digest)
        if isinstance(known, KeyRecord):
            ref = EventRef(topic=command.topic, position=int(known.ref), is_duplicate=True)
            return [], ref
        if known is not None:
            return known
    correlation_id = command.correlation_id
    if command.task_id:
        task = find_held(state, command, now_us)
        if not isinstance(task, Task):
            return task
        correlation_id = correlation_id or task.correlation_id
        command = replace(command, traceparent=command.traceparent or task.traceparent)
    event = EventPublished(
        at_us=now_us,
        topic=command.topic,
        source=command.agent,
        key=command.key,
        payload_json="" if command.payload == NULL else command.payload,
        task_id=command.task_id,
        correlation_id=correlation_id,
        idempotency_key=command.idempotency_key,
        digest=digest,
        traceparent=command.traceparent,
    )
    return [event], EventRef(topic=command.topic, position=state.head + 1)


def apply_event_published(state: "State", event: EventPublished, pos: int) -> None:
    """Applies: whoever waits for the topic is woken; the event itself stays in the log."""
    state.woken.add("topic:" + event.topic)
    if event.idempotency_key:
        name = key_name(_NOUN, sender=event.source, key=event.idempotency_key)
        remember_key(state, name, digest=event.digest, ref=str(pos), at_us=event.at_us, pos=pos)


def read_event(position: int, body: str, *, delivery_count: int = 0) -> TopicEvent:
    """What a stored event of a topic says to a reader."""
    stored = _decode_stored(body)
    is_published = stored.type == EventPublished.__name__
    return TopicEvent(
        position=position,
        topic=stored.topic,
        kind=stored.type,
        at_us=stored.at_us,
        source=stored.source,
        key=stored.key,
        payload_json=stored.payload_json if is_published else body,
        task_id=stored.task_id,
        correlation_id=stored.correlation_id,
        delivery_count=delivery_count,
        traceparent=stored.traceparent,
    )
