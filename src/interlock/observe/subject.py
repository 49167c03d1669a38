"""What an event is about: its tasks, agents, queues, topics, run and correlation.

Many events name only an id. A task's, a message's or a claim's id holds the position that made it, so the rest
is read there, once: what an event is about comes from the log alone and is the same for every reader.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, Final

from interlock.kernel.selection import Subject
from interlock.kernel.timeline import Entry, entry_of
from interlock.store.contract import Store

ORIGINS_MAX: Final = 20_000
"""Creations kept at hand: as many tasks as are in motion at once in a large fleet."""

_CLAIM_ENDS: Final = frozenset({"TaskCompleted", "TaskAttemptFailed", "TaskReleased"})
"""Events whose `fence` is the position of the claim that they end, and that do not name its agent."""


def subject_of(entry: Entry, origins: Iterable[Subject] = ()) -> Subject:
    """What the event itself says, and with it what its origins say."""
    found = _Finder(entry.fields)
    task = found.inner("task")
    message = found.inner("message")
    template = _inner(found.inner("schedule"), "task")
    own = Subject(
        task_ids=_named(
            found.text("task_id"),
            found.text("need"),
            _text(task, "id"),
            _text(message, "task_id"),
            found.text("id") if found.text("noun") == "task" else "",
        ),
        agents=_named(
            found.text("agent"),
            found.text("by"),
            found.text("source"),
            found.text("recipient"),
            _text(task, "created_by"),
            _text(message, "source"),
            _recipient_of(found.text("delivery_id")),
            *found.texts("recipients"),
        ),
        queues=_named(found.text("queue"), _text(task, "queue"), _text(template, "queue")),
        topics=_named(
            found.text("topic"),
            found.text("topic_name"),
            _topic_of(found.text("subscription")),
            _topic_of(found.text("dead_event").partition("/")[2]),
        ),
        run_ids=_named(found.text("run_id"), _text(task, "run_id"), _text(template, "run_id")),
        correlation_ids=_named(
            found.text("correlation_id"),
            _text(task, "correlation_id"),
            _text(message, "correlation_id"),
            _text(template, "correlation_id"),
        ),
    )
    return _joined([own, *origins])


def origins_of(entry: Entry) -> list[int]:
    """The positions that made what the event names, each smaller than its own."""
    found = _Finder(entry.fields)
    positions = {
        _position_of(found.text("task_id")),
        *(_position_of(id.partition("/")[0]) for id in found.texts("deliveries")),
        _position_of(found.text("delivery_id").partition("/")[0]),
        _position_of(found.text("id")) if found.text("noun") == "task" else 0,
    }
    fence = entry.fields.get("fence")
    if entry.type in _CLAIM_ENDS and isinstance(fence, int):
        positions.add(fence)
    return sorted(position for position in positions if 0 < position < entry.pos)


class Subjects:
    """Finds out what events are about; keeps the creations that it has seen, the latest ones."""

    def __init__(self, store: Store, *, shard: str) -> None:
        self._store = store
        self._shard = shard
        self._origins: OrderedDict[int, Subject] = OrderedDict()

    async def find(self, entry: Entry) -> Subject:
        """What the event is about, in full."""
        subject = subject_of(entry, [await self._origin(pos) for pos in origins_of(entry)])
        if entry.type in _MAKERS:
            self._keep(entry.pos, _as_origin(entry))
        return subject

    async def _origin(self, pos: int) -> Subject:
        known = self._origins.get(pos)
        if known is None:
            records = await self._store.read(self._shard, after=pos - 1, limit=1)
            known = _as_origin(entry_of(records[0])) if records else Subject()
        self._keep(pos, known)
        return known

    def _keep(self, pos: int, origin: Subject) -> None:
        self._origins[pos] = origin
        self._origins.move_to_end(pos)
        if len(self._origins) > ORIGINS_MAX:
            self._origins.popitem(last=False)


_MAKERS: Final = frozenset({"TaskCreated", "TaskClaimed", "MessageSent"})
"""Events whose positions stand in ids and fences."""


def _as_origin(entry: Entry) -> Subject:
    """What a creation says of all that follows from it. A message's other recipients have no part in what becomes
    of one delivery."""
    said = subject_of(entry)
    agents = said.agents
    if entry.type == "MessageSent":
        agents = _named(_text(_Finder(entry.fields).inner("message"), "source"))
    return Subject(
        agents=agents,
        queues=said.queues,
        run_ids=said.run_ids,
        correlation_ids=said.correlation_ids,
    )


def _joined(parts: list[Subject]) -> Subject:
    if len(parts) == 1:
        return parts[0]
    return Subject(
        **{
            name: frozenset().union(*(getattr(part, name) for part in parts))
            for name in Subject.__struct_fields__
        }
    )


class _Finder:
    """Reads fields of an event whatever they hold."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def text(self, name: str) -> str:
        return _text(self._fields, name)

    def texts(self, name: str) -> list[str]:
        found = self._fields.get(name)
        return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []

    def inner(self, name: str) -> dict[str, Any]:
        return _inner(self._fields, name)


def _inner(fields: dict[str, Any], name: str) -> dict[str, Any]:
    found = fields.get(name)
    return found if isinstance(found, dict) else {}


def _text(fields: dict[str, Any], name: str) -> str:
    found = fields.get(name)
    return found if isinstance(found, str) else ""


def _named(*names: str) -> frozenset[str]:
    return frozenset(name for name in names if name)


def _position_of(id: str) -> int:
    digits = id.rpartition("-")[2]
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 19 else 0


def _recipient_of(delivery_id: str) -> str:
    return delivery_id.partition("/")[2]


def _topic_of(subscription: str) -> str:
    """The topic in `subscription-<length>/<topic>/<group>`."""
    length, _, rest = subscription.removeprefix("subscription-").partition("/")
    return rest[: int(length)] if length.isascii() and length.isdecimal() else ""
