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
        command = msgspec.convert(fields, kind)
        for value in fields.values():
            _refuse_surrogates(value)
    except (InvalidJson, msgspec.ValidationError, UnicodeEncodeError) as error:
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


def _refuse_surrogates(value: Any) -> None:
    """Raises `UnicodeEncodeError` for text, however deep inside, that no file and no frame can hold."""
    if isinstance(value, str):
        if not value.isascii():
            value.encode()
    elif not isinstance(value, bytes | int | float | None):
        msgspec.msgpack.encode(value)


@cache
def json_fields(kind: type[Command]) -> tuple[tuple[str, int], ...]:
    """The fields of a command that hold JSON text, with the most bytes that each may have."""
    found: list[tuple[str, int]] = []
    for field in msgspec.inspect.type_info(kind).fields:  # type: ignore[attr-defined]
        meta = field.type
        if isinstance(meta, msgspec.inspect.Metadata) and (meta.extra or {}).get("json"):
            inner = meta.type
            assert isinstance(inner, msgspec.inspect.StrType)
            found.append((field.encode_name, inner.max_length or PAYLOAD_BYTES_MAX))
    return tuple(found)


def _invalid(kind: type[Command], error: Exception) -> Invalid:
    return Invalid(Refusal(code="invalid", message=f"{kind.verb}: {error}"))
