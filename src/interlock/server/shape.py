"""The shapes of commands and replies as JSON, derived from the kernel's structs.

The kernel carries foreign JSON as text, tags its structs and leaves defaults out. A caller sees values instead of
texts, no tags, and every field; and what it sends has neither a tag nor the fields that only a key may fill.
"""

import types
from functools import cache
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import msgspec

from interlock.kernel.border import json_fields
from interlock.kernel.command import Command, Reply

JSON_SUFFIX: Final = "_json"
"""What the names of reply fields end in that hold JSON text; callers see the value, under the name without it."""

VALUES: Final[dict[tuple[str, str], str]] = {("LogEntry", "body"): "event"}
"""Fields that hold JSON text under another name, and the name that callers see."""

TEXT_MAPS: Final = frozenset({"steps"})
"""Fields that map names to JSON texts."""

JsonValue: Final = Annotated[Any, msgspec.Meta(description="Any JSON value.")]


def shown_name(kind: type[msgspec.Struct], name: str) -> str:
    """The name under which callers see a field of a reply; another one than its own if it holds JSON text."""
    found = VALUES.get((kind.__name__, name))
    return found if found is not None else name.removesuffix(JSON_SUFFIX)


@cache
def shown(kind: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """The struct that describes how a reply, or a part of one, looks to callers: all of it is there."""
    is_reply = issubclass(kind, Reply)
    config = kind.__struct_config__
    is_also_sent = config.forbid_unknown_fields
    fields: list[tuple[str, Any]] = []
    for field in msgspec.structs.fields(kind):
        name = shown_name(kind, field.name)
        is_text = name != field.name
        is_map = field.name in TEXT_MAPS
        kept = JsonValue if is_text else dict[str, Any] if is_map else _described(field.type)
        fields.append((name, kept))
    return msgspec.defstruct(
        kind.__name__ + "Answer" * is_also_sent,
        fields,
        namespace={"__doc__": kind.__doc__},
        tag=None if is_reply else config.tag,
        tag_field=None if is_reply else config.tag_field,
        kw_only=True,
    )


@cache
def accepted(kind: type[Command], *, as_text: bool = False) -> type[msgspec.Struct]:
    """The struct that describes what a caller may send for a command.

    With `as_text` a JSON field takes its value undecoded, else as any value: the first decodes, the other documents.
    """
    json_names = {name for name, _ in json_fields(kind)}
    fields: list[tuple[str, Any, Any]] = []
    for field in msgspec.structs.fields(kind):
        if field.name in sealed_fields(kind):
            continue
        annotation, default = field.type, _default_of(field)
        if field.name in json_names:
            annotation = msgspec.Raw if as_text else JsonValue
            if not field.required:
                default = msgspec.Raw(default) if as_text else None
        fields.append((field.name, annotation, default))
    last = ("agent", "request_id")
    fields.sort(key=lambda each: (each[0] in last, each[2] is not msgspec.NODEFAULT))
    return msgspec.defstruct(
        kind.__name__,
        [each[:2] if each[2] is msgspec.NODEFAULT else each for each in fields],
        namespace={"__doc__": kind.__doc__},
        forbid_unknown_fields=True,
        kw_only=True,
        gc=False,
    )


def sealed_fields(kind: type[Command]) -> frozenset[str]:
    """The fields of a command that no caller may fill: they come from the key or from the server."""
    return frozenset(getattr(kind, "sealed", ()))


def replies_of(kind: type[Command]) -> list[type[Reply]]:
    """The kinds of answer that a command may get, besides a refusal."""
    names = [name.strip() for name in kind.reply.split("|")]
    known = {reply.__name__: reply for reply in _kinds(Reply)}
    return [known[name] for name in names]


def _described(annotation: Any) -> Any:
    """The annotation with every struct in it as callers see it."""
    if isinstance(annotation, type) and not get_args(annotation):
        return shown(annotation) if issubclass(annotation, msgspec.Struct) else annotation
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return Annotated[(_described(args[0]), *args[1:])]
    if origin in (None, Literal):
        return annotation
    described = tuple(arg if arg is Ellipsis else _described(arg) for arg in args)
    if origin in (Union, types.UnionType):
        return Union[described]  # noqa: UP007
    return origin[described]


def _default_of(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return msgspec.field(default_factory=field.default_factory)
    return field.default


def _kinds(root: type[Reply]) -> list[type[Reply]]:
    children = root.__subclasses__()
    return [kind for child in children for kind in (child, *_kinds(child))]
