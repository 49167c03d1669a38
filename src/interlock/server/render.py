"""Replies as callers of the server see them: JSON without the kernel's tags, every field there.

JSON that the kernel carries as text goes out as it is, without being read again.
"""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Final, get_args, get_origin

import msgspec

from interlock.kernel.command import Refusal, Reply
from interlock.server.shape import TEXT_MAPS, shown_name

Turn = Callable[[Any], Any]
"""Makes what goes out of the value of a field."""

_NULL: Final = msgspec.Raw(b"null")
_encoder: Final = msgspec.json.Encoder()


def encode_reply(reply: Reply) -> bytes:
    """The reply as JSON; a field such as `payload_json` becomes the value `payload`."""
    assert not isinstance(reply, Refusal)
    return _encoder.encode(_turn_of(type(reply))(reply))


def builtins_of(reply: Reply) -> Any:
    """The same as Python values."""
    return msgspec.json.decode(encode_reply(reply))


@cache
def _turn_of(kind: type[msgspec.Struct]) -> Turn:
    """What turns a struct of this kind into the fields that go out."""
    turns = [
        (field.name, shown_name(kind, field.name), found)
        for field in msgspec.structs.fields(kind)
        if (found := _field_turn(kind, field)) is not None
    ]
    tag = None if issubclass(kind, Reply) else kind.__struct_config__.tag
    tag_field = kind.__struct_config__.tag_field

    def turned(value: msgspec.Struct) -> dict[str, Any]:
        fields = msgspec.structs.asdict(value)
        for name, shown, turn in turns:
            fields[shown] = turn(fields.pop(name))
        if tag is not None and tag_field is not None:
            fields[tag_field] = tag
        return fields

    return turned


def _field_turn(kind: type[msgspec.Struct], field: msgspec.structs.FieldInfo) -> Turn | None:
    if shown_name(kind, field.name) != field.name:
        return _raw
    if field.name in TEXT_MAPS:
        return _raw_map
    return _value_turn(field.type)


def _value_turn(annotation: Any) -> Turn | None:
    """What turns a value of this type, or None if it goes out as it is."""
    if isinstance(annotation, type) and not get_args(annotation):
        return _turn_of(annotation) if issubclass(annotation, msgspec.Struct) else None
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _value_turn(args[0])
    inner = next((turn for arg in args if (turn := _value_turn(arg)) is not None), None)
    if inner is None:
        return None
    if origin in (tuple, list):
        return lambda values: [inner(value) for value in values]
    if origin is dict:
        return lambda values: {key: inner(value) for key, value in values.items()}
    return _any_turn


def _any_turn(value: Any) -> Any:
    """For a field that may hold one of several kinds."""
    return _turn_of(type(value))(value) if isinstance(value, msgspec.Struct) else value


def _raw(text: str) -> msgspec.Raw:
    return msgspec.Raw(text) if text else _NULL


def _raw_map(texts: dict[str, str]) -> dict[str, msgspec.Raw]:
    return {name: _raw(text) for name, text in texts.items()}
