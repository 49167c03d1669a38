"""The OpenAPI 3.1 document, made from the commands and their replies."""

import inspect
import re
from functools import cache
from importlib.metadata import version
from typing import Any, Final

import msgspec

from interlock.kernel.command import CODES, Command
from interlock.kernel.decide import VERBS
from interlock.kernel.limits import NAME_CHARS_MAX
from interlock.server.intake import KEY_PATTERN
from interlock.server.nouns import LISTED, THINGS, Noun
from interlock.server.refusals import HINTS, RETRY_AFTER_S, SERVER_CODES, status_of
from interlock.server.shape import accepted, replies_of, shown
from interlock.server.standing import PATH, Standing

Json = dict[str, Any]

ALWAYS: Final = (
    "invalid",
    "unauthenticated",
    "forbidden",
    "wrong_host",
    "wrong_origin",
    "not_found",
    "idempotency_conflict",
    "slow_request",
    "too_large",
    "limit",
    "disk_full",
    "ledger_unavailable",
    "outcome_unknown",
    "closing",
)
"""Codes that any verb may answer with, whatever its docstring names."""

DESCRIPTION: Final = """\
The coordination plane for fleets of LLM agents: tasks, messages, topics, agents and their state over one ledger.

Every verb is a `POST` with a JSON object. What only reads is also a `GET`. A refusal has the shape of `Refusal`. The
header `Idempotency-Key` (the same as the field `request_id`) makes a call safe to repeat. `GET /v1/events` streams the
log as server-sent events. Times are the server's, in microseconds since 1970; 0 means none."""

_REFUSALS: Final = re.compile(r"Refusals:(.*)\Z", re.DOTALL)
_WORD: Final = re.compile(r"[a-z_]+")


@cache
def document() -> bytes:
    """The document as JSON, made once."""
    return msgspec.json.encode(build_document())


def build_document() -> Json:
    """The document. Every verb, noun and value of the API stands in it."""
    schemas = _schemas()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Interlock",
            "version": version("interlock"),
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "tags": [{"name": name} for name in dict.fromkeys(_chapters())],
        "paths": {
            **{f"/v1/{verb}": {"post": _call(kind)} for verb, kind in VERBS.items()},
            **{noun.path: {"get": _read(noun)} for noun in (*LISTED.values(), *THINGS.values())},
            PATH: {"get": _STANDING},
        },
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A key that `interlock keys` made. An open server takes calls without one.",
                }
            },
        },
        "security": [{"key": []}, {}],
        "x-refusals": {
            code: {"status": status_of(code), "meaning": meaning, "hint": HINTS[code]}
            for code, meaning in {**CODES, **SERVER_CODES}.items()
        },
    }


def codes_of(kind: type[Command]) -> list[str]:
    """The codes of all refusals that a verb may answer with, those of its docstring first."""
    told = _REFUSALS.search(inspect.cleandoc(kind.__doc__ or ""))
    own = [word for word in _WORD.findall(told[1] if told else "") if word in CODES]
    return list(dict.fromkeys([*own, *ALWAYS]))


def chapter_of(kind: type[Command]) -> str:
    """The noun that a verb belongs to."""
    return kind.__module__.removeprefix("interlock.kernel.").split(".")[0]


def _chapters() -> list[str]:
    return [*(chapter_of(kind) for kind in VERBS.values()), "server"]


def _call(kind: type[Command]) -> Json:
    name = accepted(kind).__name__
    return {
        "operationId": kind.verb,
        "tags": [chapter_of(kind)],
        **_told(kind),
        "parameters": [_IDEMPOTENCY_KEY],
        "requestBody": {
            "required": bool(_required(kind)),
            "content": {"application/json": {"schema": _ref(name)}},
        },
        "responses": _responses(kind),
    }


def _read(noun: Noun) -> Json:
    fields = msgspec.json.schema_components([accepted(noun.kind)], ref_template=_REF)[1]
    properties: Json = fields[noun.kind.__name__]["properties"]
    return {
        "operationId": f"read_{noun.name}_by_id" if noun.keys else f"list_{noun.name}",
        "tags": [chapter_of(noun.kind)],
        **_told(noun.kind),
        "parameters": [
            {
                "name": name,
                "in": "path" if name in noun.keys else "query",
                "required": name in noun.keys,
                "schema": schema,
            }
            for name, schema in properties.items()
        ],
        "responses": _responses(noun.kind),
    }


def _told(kind: type[Command]) -> Json:
    text = inspect.cleandoc(kind.__doc__ or "")
    summary = text.split("\n\n")[0].replace("\n", " ").split(". ")[0].rstrip(".")
    return {"summary": summary, "description": text}


def _required(kind: type[Command]) -> list[str]:
    return [field.name for field in msgspec.structs.fields(kind) if field.required]


def _responses(kind: type[Command]) -> Json:
    answers = [_ref(reply.__name__) for reply in replies_of(kind)]
    schema = answers[0] if len(answers) == 1 else {"anyOf": answers}
    return _answers(schema, codes_of(kind))


def _answers(schema: Json, codes: list[str]) -> Json:
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(status_of(code), []).append(code)
    refusals = {str(status): _refusal(status, each) for status, each in sorted(by_status.items())}
    return {
        "200": {
            "description": "It was carried out.",
            "headers": {"traceparent": _TRACEPARENT},
            "content": {"application/json": {"schema": schema}},
        },
        **refusals,
    }


def _refusal(status: int, codes: list[str]) -> Json:
    told = ", ".join(f"`{code}`" for code in codes)
    found: Json = {
        "description": told,
        "content": {"application/json": {"schema": _ref("Refusal")}},
    }
    if status in (429, 503):
        found["headers"] = {
            "Retry-After": {
                "description": f"Seconds to wait, such as {RETRY_AFTER_S}.",
                "schema": {"type": "integer"},
            }
        }
    return found


def _schemas() -> Json:
    kinds = [accepted(kind) for kind in VERBS.values()]
    replies = {reply for kind in VERBS.values() for reply in replies_of(kind)}
    kinds.append(Standing)
    kinds += [shown(reply) for reply in sorted(replies, key=lambda reply: reply.__name__)]
    _, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    for schema in components.values():
        schema["description"] = inspect.cleandoc(schema.get("description", ""))
    return {**components, "Refusal": _REFUSAL_SCHEMA}


_REF: Final = "#/components/schemas/{name}"


def _ref(name: str) -> Json:
    return {"$ref": _REF.format(name=name)}


_TRACEPARENT: Final[Json] = {
    "description": "The trace of this call (W3C Trace Context): the caller's, or a new one.",
    "schema": {"type": "string"},
}

_IDEMPOTENCY_KEY: Final[Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same as the field `request_id`.",
    "schema": {"type": "string", "maxLength": NAME_CHARS_MAX, "pattern": KEY_PATTERN},
}

_REFUSAL_SCHEMA: Final[Json] = {
    "title": "Refusal",
    "description": "Why a call was not carried out, and what to do about it.",
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "code": {"type": "string", "enum": sorted({**CODES, **SERVER_CODES})},
                "message": {"type": "string"},
                "hint": {"type": "string"},
                "details": {"type": "object"},
            },
            "required": ["code", "message", "hint", "details"],
            "additionalProperties": False,
        }
    },
    "required": ["error"],
    "additionalProperties": False,
}

_STANDING: Final[Json] = {
    "operationId": "read_server",
    "tags": ["server"],
    "summary": "Tells whom the server takes the caller for",
    "parameters": [],
    "description": "Whom the server takes the caller for, what the key allows, and whether a key is needed at all.",
    "responses": _answers(
        _ref("Standing"), ["unauthenticated", "wrong_host", "wrong_origin", "closing"]
    ),
}
