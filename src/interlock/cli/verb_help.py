"""The fields of a verb in words, from the schema that callers of the server see."""

from typing import Any, Final

import msgspec

from interlock.kernel.command import Command
from interlock.server.shape import accepted

_REF: Final = "{name}"
_WIDTH_MAX: Final = 20
_INDENT: Final = "  "


def fields_text(kind: type[Command]) -> str:
    """One line for each field, then the fields of the structs that they are made of."""
    [_], parts = msgspec.json.schema_components([accepted(kind)], ref_template=_REF)
    lines: list[str] = []
    for name in sorted(parts, key=lambda name: name != kind.__name__):
        lines.append("Fields:" if name == kind.__name__ else f"{name}:")
        lines += _lines(parts[name])
    return "\n".join(lines)


def _lines(schema: dict[str, Any]) -> list[str]:
    fields: dict[str, Any] = schema.get("properties", {})
    width = min(_WIDTH_MAX, max((len(name) for name in fields), default=0))
    required = schema.get("required", ())
    return [
        f"{_INDENT}{name:<{width}}  {_words(field)}" + _default(field, name in required)
        for name, field in fields.items()
    ]


def _default(field: dict[str, Any], is_required: bool) -> str:
    if is_required:
        return "  [required]"
    if not field.get("default") and field.get("default") is not False:
        return ""
    return f"  [default: {msgspec.json.encode(field['default']).decode()}]"


def _words(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"])
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_words(each) for each in schema["anyOf"]))
    kind = schema.get("type")
    if kind == "array":
        return f"[{_words(schema.get('items', {}))}, ...]" + _range(schema, "Items", "items")
    if kind == "object":
        return "{name: " + _words(schema.get("additionalProperties") or {}) + "}"
    if kind == "string":
        word = {"date-time": "time", "byte": "base64"}.get(
            schema.get("format") or schema.get("contentEncoding", ""), "text"
        )
        return word + _range(schema, "Length", "characters")
    if kind in ("integer", "number"):
        return str(kind) + _bounds(schema)
    return str(kind or "any JSON")


def _range(schema: dict[str, Any], what: str, unit: str) -> str:
    most = schema.get(f"max{what}")
    least = schema.get(f"min{what}", 0)
    if most is None:
        return ""
    return f" of {least:,} to {most:,} {unit}" if least else f" of up to {most:,} {unit}"


def _bounds(schema: dict[str, Any]) -> str:
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    most = schema.get("maximum", schema.get("exclusiveMaximum"))
    return "" if least is None or most is None else f" from {least:,} to {most:,}"
