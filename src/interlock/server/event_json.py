"""Events of the log as JSON for callers, by the rules of an answer: what is kept as text is the value itself."""

from typing import Any, Final

import msgspec

from interlock.kernel.timeline import Entry
from interlock.kernel.withheld import WITHHELD

_NULL: Final = msgspec.Raw(b"null")
_encode: Final = msgspec.json.Encoder().encode


def event_json(entry: Entry) -> bytes:
    """The event on one line: its position, its type, hub time in microseconds, and its fields."""
    head = {"pos": entry.pos, "type": entry.type, "at_us": entry.at_us}
    return _encode(head | _plain(entry.fields))


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return dict(_field(name, value) for name, value in fields.items() if name not in WITHHELD)


def _field(name: str, value: Any) -> tuple[str, Any]:
    if isinstance(value, str) and name.endswith("_json"):
        return name.removesuffix("_json"), msgspec.Raw(value) if value else _NULL
    if isinstance(value, dict):
        return name, _plain(value)
    return name, value
