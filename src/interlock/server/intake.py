"""Requests become commands: straight from the bytes, checked against every type and limit, in one place."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from interlock.kernel.border import json_fields
from interlock.kernel.command import Command, Refusal
from interlock.kernel.errors import Invalid
from interlock.kernel.limits import NAME_CHARS_MAX
from interlock.kernel.payload import InvalidJson, check_json
from interlock.kernel.wire import MALFORMED
from interlock.server.shape import accepted

KEY_PATTERN: Final = r"^[!-~]*$(?!\n)"
"""What a header can carry without being guessed at: visible ASCII."""

IdempotencyKey = Annotated[str, Meta(max_length=NAME_CHARS_MAX, pattern=KEY_PATTERN)]


class Envelope(msgspec.Struct, frozen=True):
    """What the headers of a request say beside its body: they fill what the body leaves empty."""

    request_id: str = ""
    traceparent: str = ""


Reader = Callable[[bytes, Envelope], Command]


def read_command(kind: type[Command], body: bytes, envelope: Envelope) -> Command:
    """The command that a JSON body stands for; an empty one stands for no fields. Raises `Invalid`."""
    try:
        return _reader(kind)(body or b"{}", envelope)
    except (InvalidJson, *MALFORMED) as error:
        raise invalid(f"{kind.verb}: {error}") from error


def read_query(kind: type[Command], parameters: Mapping[str, list[str]]) -> Command:
    """The command that the parameters of a query stand for. Raises `Invalid`."""
    shape = accepted(kind)
    fields: dict[str, Any] = {}
    for name, values in parameters.items():
        fields[name] = list(values) if len(values) > 1 or name in _lists(kind) else values[0]
    try:
        found = msgspec.convert(fields, shape, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(f"{kind.verb}: {error}") from error
    return kind(**msgspec.structs.asdict(found))


def check_request_id(value: str) -> str:
    """The request id that an `Idempotency-Key` header names. Raises `Invalid`."""
    try:
        return msgspec.convert(value, IdempotencyKey)
    except msgspec.ValidationError as error:
        raise invalid(f"Idempotency-Key: {error}") from error


def invalid(message: str) -> Invalid:
    """The error for a request that is malformed."""
    return Invalid(Refusal(code="invalid", message=message))


@cache
def _reader(kind: type[Command]) -> Reader:
    """What reads the bodies of this kind, made once."""
    decode = msgspec.json.Decoder(accepted(kind, as_text=True)).decode
    texts = json_fields(kind)
    has_trace: Final = "traceparent" in kind.__struct_fields__

    def read(body: bytes, envelope: Envelope) -> Command:
        fields = msgspec.structs.asdict(decode(body))
        for name, bytes_max in texts:
            fields[name] = _json_text(fields[name], bytes_max=bytes_max)
        if envelope.request_id:
            fields["request_id"] = _same_request(fields["request_id"], envelope.request_id)
        if has_trace and not fields["traceparent"]:
            fields["traceparent"] = envelope.traceparent
        return kind(**fields)

    return read


def _json_text(raw: msgspec.Raw, *, bytes_max: int) -> str:
    """The value's compact text. Spaces between tokens go first: what is left is mostly canonical."""
    compact = msgspec.json.format(bytes(raw), indent=-1)
    return check_json(compact.decode(), bytes_max=bytes_max)


def _same_request(in_body: str, in_header: str) -> str:
    if in_body and in_body != in_header:
        raise InvalidJson("request_id and the Idempotency-Key header differ: send one of them")
    return in_header


@cache
def _lists(kind: type[Command]) -> frozenset[str]:
    """The fields that hold several values and never one alone."""
    described = msgspec.inspect.type_info(accepted(kind))
    assert isinstance(described, msgspec.inspect.StructType)
    return frozenset(field.encode_name for field in described.fields if _is_list(field.type))


def _is_list(found: msgspec.inspect.Type) -> bool:
    if isinstance(found, msgspec.inspect.Metadata):
        return _is_list(found.type)
    if isinstance(found, msgspec.inspect.UnionType):
        return all(
            _is_list(kind) for kind in found.types if not isinstance(kind, msgspec.inspect.NoneType)
        )
    return isinstance(found, msgspec.inspect.VarTupleType | msgspec.inspect.ListType)
