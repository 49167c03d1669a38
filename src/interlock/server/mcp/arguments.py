"""Arguments of a tool call as fields of the kernel's command.

A model may write `task_id` or `taskId`; the aliases of each tool are data. Payloads are left as they are: what is
inside them belongs to the agents.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from interlock.kernel.decide import VERBS
from interlock.kernel.task.model import READY

ALIASES: Final[dict[str, dict[str, str]]] = {
    "send_message": {"source": "agent", "ttl": "ttl_s", "text": "message", "to": "target"},
    "ask": {
        "source": "agent",
        "ttl": "ttl_s",
        "text": "message",
        "question": "message",
        "to": "target",
    },
    "get_reply": {"source": "agent", "id": "message_id", "reply_to": "message_id"},
    "request_help": {"source": "agent", "reason": "summary", "message": "summary"},
    "create_task": {"type": "category"},
    "get_tasks": {"type": "category"},
    "get_program_state": {"program_id": "agent"},
    "update_program_state": {"program_id": "agent"},
}
"""Other words for the fields of a verb, in snake_case."""

ALIASES_OF_ALL: Final[dict[str, str]] = {
    "session_id": "session",
    "agent_id": "agent",
    "wait": "wait_s",
}
"""Words that mean the same in every tool, where its command has the field."""

STATUS_WORDS: Final[dict[str, str]] = {
    "created": "ready",
    "active": "claimed",
    "completed": "done",
    "failed": "dead",
}
"""Words of other queues for the status of a task."""

DEFAULTS: Final[dict[str, dict[str, Any]]] = {
    "send_message": {"message_type": "DIRECTIVE"},
}
"""What a tool takes for a required field that was left out."""

TITLE_WORDS: Final = 12
TITLE_CHARS: Final = 100
"""How much of its summary becomes the title of a request for help that has none: a line of a list."""

DERIVED: Final[dict[str, frozenset[str]]] = {"request_help": frozenset({"title"})}
"""Required fields of a verb that a tool makes of its other arguments where they are left out."""

CLAIM_WAIT_S: Final = 20.0
"""How long `claim_task` without an id waits for work unless told otherwise: fewer calls for an idle agent."""

NESTED: Final = frozenset({"backoff", "context_summary", "learned_patterns", "past_failures"})
"""Fields that hold structs of the kernel, whose members may be spelt either way, too."""

_HUMP: Final = re.compile(r"(?<=[a-z0-9])([A-Z])")
_SNAKE: Final = re.compile(r"_([a-z0-9])")


def fields_of(verb: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the verb's command that these arguments mean. Unknown ones stay, to be refused by name, as do
    other words for a field that says something else already: none of the two may be lost."""
    kind = VERBS[verb]
    known = set(kind.__struct_fields__)
    aliases = {**ALIASES_OF_ALL, **ALIASES.get(verb, {})}
    fields: dict[str, Any] = {}
    for name in sorted(arguments, key=lambda name: snake_case(name) not in known):
        value = arguments[name]
        field = name if name in known else snake_case(name)
        if field not in known:
            meant = aliases.get(field, field)
            field = meant if fields.get(meant, value) == value else name
        fields[field] = snake_keys(value) if field in NESTED else value
    return _completed(verb, fields)


def snake_case(name: str) -> str:
    """`lastTask` as `last_task`."""
    return _HUMP.sub(lambda found: "_" + found[1].lower(), name)


def camel_case(name: str) -> str:
    """`last_task` as `lastTask`."""
    return _SNAKE.sub(lambda found: found[1].upper(), name)


def snake_keys(value: Any) -> Any:
    """The value with the names of its members in snake_case, at every depth."""
    return _keys(value, snake_case)


def camel_keys(value: Any) -> Any:
    """The value with the names of its members in camelCase, at every depth."""
    return _keys(value, camel_case)


def _keys(value: Any, spell: Any) -> Any:
    if isinstance(value, Mapping):
        return {spell(name): _keys(item, spell) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_keys(item, spell) for item in value]
    return value


def _completed(verb: str, fields: dict[str, Any]) -> dict[str, Any]:
    for name, value in DEFAULTS.get(verb, {}).items():
        fields.setdefault(name, value)
    if verb == "get_tasks":
        _translate_status(fields)
    if verb == "claim_task" and not fields.get("task_id"):
        fields.setdefault("wait_s", CLAIM_WAIT_S)
    if verb == "request_help" and not fields.get("title"):
        _head_with_summary(fields)
    return fields


def _head_with_summary(fields: dict[str, Any]) -> None:
    """A request for help without a title is headed by the first words of its summary."""
    summary = fields.get("summary")
    words = summary.split() if isinstance(summary, str) else []
    if words:
        title = " ".join(words[:TITLE_WORDS])[:TITLE_CHARS]
        is_cut = len(words) > TITLE_WORDS or len(" ".join(words)) > TITLE_CHARS
        fields["title"] = f"{title}…" if is_cut else title


def _translate_status(fields: dict[str, Any]) -> None:
    """The words of others; of what waits the oldest comes first, for that is what is taken first."""
    status = fields.get("status")
    if isinstance(status, str):
        fields["status"] = status = STATUS_WORDS.get(status, status)
    elif isinstance(status, list):
        fields["status"] = [
            STATUS_WORDS.get(word, word) if isinstance(word, str) else word for word in status
        ]
    if status == READY:
        fields.setdefault("order", "oldest")
