"""Any command that the border lets through, drawn at random from its types, for every verb there is."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

import msgspec
from msgspec import inspect

from interlock.kernel.command import Command
from interlock.kernel.decide import VERBS

NAMES = (
    "a",
    "b",
    "all",
    "group:g",
    "task-0-1",
    "task-0-2",
    "task-0-7",
    "message-0-3",
    "message-0-3@4",
    "subscription-6/a/b@9",
    "webhook-0-1",
    "post-3/webhook-0-1",
    "https://a.example/hook",
    "session-1",
    "sha256:00",
    "key-task/1/a/b",
    "-",
    "@",
    "é/\u2028 '\"",
)
"""Few, so that commands meet."""

TEXTS = ("", "a", "text with\nlines\tand 😀", f"00-{'a' * 32}-{'b' * 16}-01")
JSONS = ("null", "1", '{"a":[1,2.5,"x"]}', '"text"')
NUMBERS = (0, 1, 2, 3, 7, 2**63 - 1)


class AnyCommand:
    """Draws commands. The same seed draws the same ones."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def draw(self) -> Command:
        """The next one."""
        kind = self._random.choice(list(VERBS.values()))
        described = inspect.type_info(kind)
        assert isinstance(described, inspect.StructType)
        fields: dict[str, Any] = {}
        for field in described.fields:
            if field.required or self._random.random() < 0.4:
                fields[field.encode_name] = self._value(field.type)
        return msgspec.convert(fields, kind)

    def _value(self, described: Any) -> Any:
        if isinstance(described, inspect.Metadata):
            is_json = (described.extra or {}).get("json")
            return self._random.choice(JSONS) if is_json else self._value(described.type)
        return _DRAW[type(described)](self, described)

    def _text(self, described: inspect.StrType) -> str:
        least, most = described.min_length or 0, described.max_length or 99
        choices = [text for text in (*NAMES, *TEXTS) if least <= len(text) <= most]
        if described.pattern:
            choices = [text for text in choices if re.search(described.pattern, text)]
        return self._random.choice(choices)

    def _whole(self, described: inspect.IntType) -> int:
        least = described.ge or 0
        most = NUMBERS[-1] if described.le is None else described.le
        return self._random.choice([n for n in NUMBERS if least <= n <= most])

    def _real(self, described: inspect.FloatType) -> float:
        least = described.ge if described.ge is not None else (described.gt or 0) + 0.1
        return self._random.choice([least, described.le or 1.0])

    def _moment(self, _: inspect.DateTimeType) -> datetime:
        return datetime(2000 + self._random.randrange(200), 1, 1, tzinfo=UTC)

    def _items(self, described: inspect.VarTupleType | inspect.ListType) -> list[Any]:
        count = self._random.randint(max(1, described.min_length or 0), 3)
        return [self._value(described.item_type) for _ in range(count)]

    def _struct(self, described: inspect.StructType) -> dict[str, Any]:
        return {
            field.encode_name: self._value(field.type)
            for field in described.fields
            if field.required or self._random.random() < 0.5
        }


_DRAW: dict[type[inspect.Type], Callable[[AnyCommand, Any], Any]] = {
    inspect.StrType: AnyCommand._text,
    inspect.IntType: AnyCommand._whole,
    inspect.FloatType: AnyCommand._real,
    inspect.DateTimeType: AnyCommand._moment,
    inspect.VarTupleType: AnyCommand._items,
    inspect.ListType: AnyCommand._items,
    inspect.StructType: AnyCommand._struct,
    inspect.BoolType: lambda draw, _: draw._random.random() < 0.5,
    inspect.NoneType: lambda _draw, _: None,
    inspect.BytesType: lambda _draw, _: b"bytes",
    inspect.AnyType: lambda draw, _: msgspec.json.decode(draw._random.choice(JSONS)),
    inspect.LiteralType: lambda draw, found: draw._random.choice(found.values),
    inspect.UnionType: lambda draw, found: draw._value(draw._random.choice(found.types)),
    inspect.DictType: lambda draw, found: {
        draw._value(found.key_type): draw._value(found.value_type)
    },
}
