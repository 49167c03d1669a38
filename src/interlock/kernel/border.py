"""The border: foreign values become commands here, checked against every type and limit in one place."""

from functools import cache
from typing import Any, TypeVar

import msgspec

from interlock.kernel.command import Command, Refusal
from interlock.kernel.errors import Invalid
from interlock.kernel.limits import PAYLOAD_BYTES_MAX
from interlock.kernel.payload import NULL, InvalidJson, check_json, encode_json

C = TypeVar("C", bound=Command)


def make_command(kind: type[C], fields: dict[str, Any]) -> C:
    """A command from Python values; JSON fields take any JSON-like value. Raises `Invalid`."""
    try:
        for name, bytes_max in json_fields(kind):
            if name in fields:
                fields = {**fields, name: encode_json(fields[name], bytes_max=bytes_max)}
        for name in _struct_fields(kind):
            if name in fields:
                fields = {**fields, name: msgspec.to_builtins(fields[name])}
        command = msgspec.convert(fields, kind)
        # Text that is no valid Unicode is found by writing it; in a frame it would have been refused.
        msgspec.msgpack.encode(command)
    except UnicodeEncodeError as error:
        raise _invalid(kind, _no_unicode(error)) from error
    except (InvalidJson, msgspec.ValidationError) as error:
        raise _invalid(kind, error) from error
    return command


def check_command(command: Command) -> Command:
    """A command that was decoded from a frame, with its JSON texts checked. Raises `Invalid`."""
    for name, bytes_max in json_fields(type(command)):
        text = getattr(command, name)
        if text == NULL:
            continue
        try:
            checked = check_json(text, bytes_max=bytes_max)
        except InvalidJson as error:
            raise _invalid(type(command), error) from error
        if checked != text:
            command = msgspec.structs.replace(command, **{name: checked})
    return command


@cache
def json_fields(kind: type[Command]) -> tuple[tuple[str, int], ...]:
    """The fields of a command that hold JSON text, with the most bytes that each may have."""
    found: list[tuple[str, int]] = []
    for field in _fields(kind):
        meta = field.type
        if isinstance(meta, msgspec.inspect.Metadata) and (meta.extra or {}).get("json"):
            inner = meta.type
            assert isinstance(inner, msgspec.inspect.StrType)
            found.append((field.encode_name, inner.max_length or PAYLOAD_BYTES_MAX))
    return tuple(found)


@cache
def _struct_fields(kind: type[Command]) -> tuple[str, ...]:
    """The fields that hold structs. A ready struct would pass unchecked: it is taken apart and made again."""
    return tuple(field.encode_name for field in _fields(kind) if _has_struct(field.type))


def _fields(kind: type[Command]) -> tuple[msgspec.inspect.Field, ...]:
    described = msgspec.inspect.type_info(kind)
    assert isinstance(described, msgspec.inspect.StructType)
    return described.fields


def _has_struct(found: msgspec.inspect.Type) -> bool:
    if isinstance(found, msgspec.inspect.Metadata):
        return _has_struct(found.type)
    if isinstance(found, msgspec.inspect.UnionType):
        return any(_has_struct(kind) for kind in found.types)
    if isinstance(found, msgspec.inspect.VarTupleType | msgspec.inspect.ListType):
        return _has_struct(found.item_type)
    return isinstance(found, msgspec.inspect.StructType)


def _no_unicode(error: UnicodeEncodeError) -> ValueError:
    return ValueError(f"a text field holds a lone surrogate at character {error.start}")


def _invalid(kind: type[Command], error: Exception) -> Invalid:
    return Invalid(Refusal(code="invalid", message=f"{kind.verb}: {error}"))
