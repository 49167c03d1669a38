"""What happened to one task, in order, with what follows from it: who held it, under which fence, for how long, and
why it went on as it did.
"""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Final, Protocol

import msgspec
from msgspec import Meta

from interlock.kernel.command import Command, Refusal, Reply
from interlock.kernel.limits import Name, Position

ENTRIES_MAX: Final = 500
"""Entries of one page: a task with many heartbeats has a long story."""

_HELD_BY: Final = "TaskClaimed"
_CAUSES: Final[dict[str, str]] = {
    "LeaseExpired": "TIMEOUT: no heartbeat came before the lease was over",
    "TaskBecameDue": "its time had come",
}

_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode


class GetTimeline(Command, frozen=True, kw_only=True):
    """Tells the story of a task: the events that concern it, oldest first, behind the position `after`.

    It looks from the task's creation on, at a bounded number of events in one call: `next_after` goes on from there,
    and is 0 when the end of the log was reached. Refusals: not_found (there is no such task).
    """

    verb = "get_timeline"
    repeatable = True
    reply = "Timeline"

    task_id: Name
    after: Position = 0
    limit: Annotated[int, Meta(ge=1, le=ENTRIES_MAX)] = 200


class Moment(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One event of a task's story. `since_ms` is the time since the entry before; `held_ms` how long the claim that
    this event ended, or belongs to, had lasted; `agent`, `session`, `fence` and `attempt` are those of that claim;
    `cause` says why, where the event has a reason. `fields` holds the event as the log keeps it."""

    position: int
    type: str
    at_us: int
    since_ms: int = 0
    agent: str = ""
    session: str = ""
    fence: int = 0
    attempt: int = 0
    held_ms: int = 0
    cause: str = ""
    fields_json: str = ""


class Timeline(Reply, frozen=True, kw_only=True):
    """A task's story, or a part of it. `next_after` asks for what comes then; 0 when all was looked at."""

    task_id: str
    entries: tuple[Moment, ...] = ()
    next_after: int = 0


def no_task(command: GetTimeline) -> Refusal:
    """The answer for a task that is not there, or that is not for the caller's eyes."""
    id = command.task_id
    return Refusal(code="not_found", message=f"there is no task {id}", details={"task_id": id})


class Entry(msgspec.Struct, frozen=True):
    """One event as data: its position, its type, hub time in microseconds, and its other fields."""

    pos: int
    type: str
    at_us: int
    fields: dict[str, Any]


class Recorded(Protocol):
    """An event as it is stored: its position and its JSON text."""

    @property
    def pos(self) -> int: ...

    @property
    def body(self) -> str: ...


class TaskConcern:
    """Finds the events that concern one task, quickly: a text that does not hold its id is never decoded."""

    def __init__(self, task_id: str) -> None:
        self._task_id = task_id
        self.needle = msgspec.json.encode(task_id).decode()
        """What the text of each such event holds."""
        digits = task_id.rpartition("-")[2]
        self.first = (
            int(digits) if digits.isdecimal() and digits.isascii() and len(digits) < 19 else 1
        )
        """The position that created the task, or 1 if its id names none."""

    def entries(self, records: Iterable[Recorded]) -> Iterator[Entry]:
        """Those of the events that concern the task."""
        for record in records:
            if self.needle in record.body:
                entry = entry_of(record)
                if self._is_about(entry):
                    yield entry

    def _is_about(self, entry: Entry) -> bool:
        fields = entry.fields
        born = fields.get("task")
        return (
            self._task_id in (fields.get("task_id"), fields.get("need"))
            or (isinstance(born, dict) and born.get("id") == self._task_id)
            or (fields.get("noun") == "task" and fields.get("id") == self._task_id)
        )


def entry_of(record: Recorded) -> Entry:
    """An event as data, whatever it says; a text that is no event has the type `?`."""
    try:
        fields = _decode(record.body)
    except (msgspec.DecodeError, UnicodeError):
        fields = {"text": record.body}
    name = fields.pop("type", "?")
    at_us = fields.pop("at_us", 0)
    return Entry(
        pos=record.pos,
        type=name if isinstance(name, str) else "?",
        at_us=at_us if isinstance(at_us, int) else 0,
        fields=fields,
    )


def told(entries: Iterable[Entry]) -> Iterator[Moment]:
    """The entries with what follows from those before them."""
    claim: Entry | None = None
    attempt = 0
    before_us = 0
    for entry in entries:
        fields = entry.fields
        if entry.type == _HELD_BY:
            claim, attempt = entry, attempt + 1
        of_claim = claim if entry.type in _OF_CLAIM else None
        yield Moment(
            position=entry.pos,
            type=entry.type,
            at_us=entry.at_us,
            since_ms=max(0, entry.at_us - (before_us or entry.at_us)) // 1_000,
            agent=_text(of_claim.fields.get("agent") if of_claim else fields.get("agent")),
            session=_text(of_claim.fields.get("session") if of_claim else ""),
            fence=of_claim.pos if of_claim else _number(fields.get("fence")),
            attempt=attempt if of_claim else 0,
            held_ms=max(0, entry.at_us - of_claim.at_us) // 1_000 if of_claim else 0,
            cause=_cause(entry),
            fields_json=msgspec.json.encode(fields).decode(),
        )
        before_us = entry.at_us
        if entry.type in _ENDS_CLAIM:
            claim = None


_ENDS_CLAIM: Final = frozenset(
    {
        "TaskCompleted",
        "TaskAttemptFailed",
        "LeaseExpired",
        "TaskReleased",
        "TaskCancelled",
        "TaskDied",
    }
)
_OF_CLAIM: Final = _ENDS_CLAIM | {
    "TaskClaimed",
    "LeaseExtended",
    "StepRecorded",
    "TaskCheckpointed",
    "TaskCancelRequested",
}
"""Events that belong to the claim that runs; the others may come from anybody."""


def _cause(entry: Entry) -> str:
    """Why it happened, in words, as far as the event knows."""
    fields = entry.fields
    if entry.type == "TaskAttemptFailed":
        return f"{_text(fields.get('error_class'))}: {_text(fields.get('error'))}"
    cause = fields.get("cause")
    if isinstance(cause, dict):
        return f"{_text(cause.get('error_class'))}: {_text(cause.get('message'))}"
    if entry.type == "TaskUnblocked":
        return f"{_text(fields.get('need'))} was done"
    if entry.type == "StaleWriteRefused":
        return (
            f"{_text(fields.get('verb'))} named fence {_number(fields.get('fence'))}, "
            f"the latest was {_number(fields.get('current_fence'))}"
        )
    return _text(fields.get("reason")) or _CAUSES.get(entry.type, "")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0
