"""What the fields of a command are to a caller: their Python type, their limits, their default."""

import types
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import Meta

AS_FIELDS = "dict[str, Any]"
"""A struct can always be given by its fields."""

LAST = ("agent", "request_id")
"""Fields that every command has: they stand at the end."""


@dataclass(frozen=True)
class Field:
    """One field of a command."""

    name: str
    annotation: Any
    default: Any

    @property
    def is_required(self) -> bool:
        """Whether a caller must give it."""
        return self.default is msgspec.NODEFAULT

    @property
    def is_json(self) -> bool:
        """Whether it is foreign JSON, handed in as any Python value."""
        return has_json(self.annotation)


def fields_of(command: type[msgspec.Struct]) -> list[Field]:
    """The fields in the order in which a caller meets them: required ones first."""
    found = [
        Field(field.name, field.type, _default_of(field))
        for field in msgspec.structs.fields(command)
    ]
    return sorted(found, key=lambda field: (field.name in LAST, not field.is_required))


def has_json(annotation: Any) -> bool:
    """Whether the annotation carries the mark of foreign JSON."""
    metas = [part for part in get_args(annotation)[1:] if isinstance(part, Meta)]
    if get_origin(annotation) is Annotated and any(
        (meta.extra or {}).get("json") for meta in metas
    ):
        return True
    return any(has_json(part) for part in get_args(annotation) if not isinstance(part, Meta | str))


def python_type(annotation: Any) -> str:
    """The type as a caller writes it."""
    if has_json(annotation):
        return "Any"
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return python_type(args[0])
    if origin is Literal:
        return f"Literal[{', '.join(repr(value) for value in args)}]"
    if origin in (Union, types.UnionType):
        parts = [python_type(part) for part in sorted(args, key=lambda part: part is type(None))]
        return " | ".join(dict.fromkeys(parts))
    if origin in (tuple, list, frozenset, set):
        item = python_type(args[0])
        return "Names" if item == "str" else f"Sequence[{item}]"
    if origin is dict:
        return f"dict[{python_type(args[0])}, {python_type(args[1])}]"
    if annotation is type(None):
        return "None"
    if structs_in(annotation) == {annotation}:
        return f"{annotation.__name__} | {AS_FIELDS}"
    return "Any" if annotation is Any else str(annotation.__name__)


def structs_in(annotation: Any) -> set[type[msgspec.Struct]]:
    """The structs that a caller needs to write this type."""
    is_class = isinstance(annotation, type) and not get_args(annotation)
    if is_class and issubclass(annotation, msgspec.Struct):
        return {annotation}
    nested = (part for part in get_args(annotation) if not isinstance(part, Meta | str | int))
    return set().union(*(structs_in(part) for part in nested))


def limits(annotation: Any) -> str:
    """The limits in words; empty when the type says it all."""
    return "; ".join(dict.fromkeys(_limits(annotation)))


def _limits(annotation: Any) -> list[str]:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        metas = [part for part in args[1:] if isinstance(part, Meta)]
        own = [text for meta in metas for text in _meta_words(meta, args[0])]
        return own + _limits(args[0])
    if origin in (Union, types.UnionType):
        return [text for part in args for text in _limits(part)]
    if origin in (tuple, list, frozenset, set):
        return [f"each {text}" for text in _limits(args[0])]
    if origin is dict:
        keys = [f"each key {text}" for text in _limits(args[0])]
        return keys + [f"each value {text}" for text in _limits(args[1])]
    return []


def _meta_words(meta: Meta, kind: Any) -> list[str]:
    words: list[str] = []
    if (meta.extra or {}).get("json"):
        return [f"JSON of at most {meta.max_length:,} bytes"]
    if kind is datetime:
        return ["with a time zone"] if meta.tz else []
    unit = "characters" if kind is str else "items"
    if meta.max_length is not None:
        words.append(
            f"{meta.min_length} to {meta.max_length:,} {unit}"
            if meta.min_length
            else f"at most {meta.max_length:,} {unit}"
        )
    if meta.pattern is not None:
        words.append("no control characters")
    low = meta.ge if meta.ge is not None else meta.gt
    high = meta.le if meta.le is not None else meta.lt
    if low is not None and high is not None:
        above = "more than " if meta.gt is not None else ""
        words.append(f"{above}{_number(low)} to {_number(high)}")
    return words


def _number(value: float) -> str:
    for exponent in (62, 63):
        if value in (2**exponent, 2**exponent - 1):
            return f"2^{exponent}" + (" - 1" if value == 2**exponent - 1 else "")
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


def _default_of(field: Any) -> Any:
    if field.default is not msgspec.NODEFAULT:
        return field.default
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return msgspec.NODEFAULT
