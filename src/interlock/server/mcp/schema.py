"""What a tool takes, as JSON Schema, from the kernel's command."""

from functools import cache
from typing import Any, Final

import msgspec

from interlock.kernel.border import json_fields
from interlock.kernel.decide import VERBS
from interlock.server.mcp.arguments import (
    ALIASES,
    ALIASES_OF_ALL,
    DEFAULTS,
    DERIVED,
    camel_case,
    snake_case,
)

OPTIONAL_IN_MCP: Final = frozenset({"fence"})
"""Fields that the server fills in itself where they are left out."""

KEPT: Final = frozenset({"type", "enum", "format", "default", "properties", "required"})
"""What a model needs to know of a field."""

EMPTY: Final[tuple[Any, ...]] = ("", [], {}, None)

ANY_JSON: Final = {"description": "any JSON value"}


@cache
def input_schema(verb: str, shown: tuple[str, ...]) -> dict[str, Any]:
    """The schema with the arguments that are shown, spelt as they are shown. All others of the verb work too."""
    properties, required = command_schema(verb)
    aliases = {**ALIASES_OF_ALL, **ALIASES.get(verb, {})}
    defaults = DEFAULTS.get(verb, {})
    optional = OPTIONAL_IN_MCP | DERIVED.get(verb, frozenset())
    found: dict[str, Any] = {}
    demanded: list[str] = []
    for name in shown:
        field = snake_case(name)
        if field not in properties:
            field = aliases.get(field, field)
        if field not in properties:
            continue
        is_camel = name != snake_case(name)
        found[name] = _camel(properties[field]) if is_camel else properties[field]
        if field in defaults:
            found[name] = {**found[name], "default": defaults[field]}
        elif field in required and field not in optional:
            demanded.append(name)
    schema: dict[str, Any] = {"type": "object", "properties": found}
    if demanded:
        schema["required"] = demanded
    return schema


@cache
def command_schema(verb: str) -> tuple[dict[str, Any], frozenset[str]]:
    """The fields of the verb's command as schemas, and the names of those that it demands."""
    kind = VERBS[verb]
    _, components = msgspec.json.schema_components((kind,), ref_template="{name}")
    whole = components[kind.__name__]
    json = {name for name, _ in json_fields(kind)}
    properties = {
        name: ANY_JSON if name in json else _inlined(schema, components)
        for name, schema in whole["properties"].items()
        if name in kind.__struct_fields__
    }
    return properties, frozenset(whole.get("required", ()))


def _inlined(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    """The schema with what it refers to put in place, and without what only costs context: the border checks
    every limit and names the one that was crossed."""
    if "$ref" in schema:
        schema = components[schema["$ref"]]
    kept = {name: value for name, value in schema.items() if name in KEPT}
    if "properties" in kept:
        fields = kept["properties"].items()
        kept["properties"] = {name: _inlined(field, components) for name, field in fields}
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            kept[name] = _inlined(schema[name], components)
    options = [_inlined(option, components) for option in schema.get("anyOf", ())]
    options = [option for option in options if option != {"type": "null"}]
    if len(options) > 1:
        kept["anyOf"] = options
    elif options:
        kept |= options[0]
    return {name: value for name, value in kept.items() if value not in EMPTY}


def _camel(schema: Any) -> Any:
    """The schema with the names of its members in camelCase."""
    if isinstance(schema, list):
        return [_camel(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _camel(value) for name, value in schema.items()}
    if isinstance(found.get("properties"), dict):
        found["properties"] = {camel_case(name): item for name, item in found["properties"].items()}
    if isinstance(found.get("required"), list):
        found["required"] = [camel_case(name) for name in found["required"]]
    return found
