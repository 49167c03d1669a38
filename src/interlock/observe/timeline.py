"""What happened to one task, in order."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from interlock.observe.history import read_batches
from interlock.store.contract import Record, Store

_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode


class Entry(msgspec.Struct, frozen=True):
    """One event as data: its position, its type, hub time in microseconds, and its other fields."""

    pos: int
    type: str
    at_us: int
    fields: dict[str, Any]


async def timeline(store: Store, task_id: str, *, shard: str = "0") -> list[Entry]:
    """All events that concern the task, oldest first; empty if there is no such task.

    Reads from the position that created it, which its id names, to the end. Raises `LedgerWrong`.
    """
    concern = TaskConcern(task_id)
    entries: list[Entry] = []
    async for records in read_batches(store, after=concern.first - 1, shard=shard):
        entries += concern.entries(records)
    return entries


class TaskConcern:
    """Finds the events that concern one task, quickly: a text that does not hold its id is never decoded."""

    def __init__(self, task_id: str) -> None:
        self._task_id = task_id
        self._needle = msgspec.json.encode(task_id).decode()
        digits = task_id.rpartition("-")[2]
        self.first = (
            int(digits) if digits.isdecimal() and digits.isascii() and len(digits) < 19 else 1
        )
        """The position that created the task, or 1 if its id names none."""

    def entries(self, records: list[Record]) -> Iterator[Entry]:
        """Those of the events that concern the task."""
        for record in records:
            if self._needle in record.body:
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


def entry_of(record: Record) -> Entry:
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
