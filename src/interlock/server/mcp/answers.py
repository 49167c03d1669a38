"""Answers as a model reads them: small, by the names of the samples, with a hint where something was cut."""

import json
from typing import Any, Final

from interlock.kernel.command import Refusal, Reply
from interlock.kernel.help import HelpState
from interlock.kernel.mail.ask import Answered, NoAnswer
from interlock.kernel.task.claim import NothingReady
from interlock.kernel.task.view import TaskView
from interlock.server.mcp.arguments import camel_keys
from interlock.server.refusals import error_of
from interlock.server.render import builtins_of

OUTPUT_CHARS_MAX: Final = 24_000
"""One answer: some 6,000 tokens. What is longer fills a model's context for one look."""

TEXT_CHARS: Final = (4_000, 1_000, 250)
"""How much of each text stays, tried in this order until the answer fits."""

LIST_NAMES: Final[dict[str, str]] = {
    "get_messages": "messages",
    "get_tasks": "tasks",
    "get_agents": "agents",
    "get_queues": "queues",
    "get_sessions": "sessions",
    "get_dead_letters": "dead_letters",
    "get_help_requests": "requests",
    "search_messages": "messages",
    "read_topic": "events",
    "get_events": "events",
}
"""What a page of items is called in the answer of a tool."""

CAMEL_ANSWERS: Final = frozenset({"get_program_state", "update_program_state"})
"""Tools that answer in camelCase who asked in camelCase: what was written comes back as it was written."""

INNER_FIELDS: Final = frozenset({"pos", "changed_pos", "opened_pos", "digest", "traceparent"})
"""Book-keeping of the ledger that no model needs, as are its points in time: ages and durations say more."""

FOREIGN: Final = frozenset({"payload", "result", "checkpoint", "progress", "config", "steps"})
"""What agents wrote: it stays as it is, empty members and all."""

WHOLE: Final = frozenset({"read_log"})
"""Verbs whose answers are the book-keeping."""

EMPTY: Final[tuple[Any, ...]] = ("", [], {}, None)

HINTS: Final[dict[str, str]] = {
    "invalid": "Correct the argument that the message names.",
    "already_claimed": "Another agent has it. Call claim_task without taskId to take the next one.",
    "not_claimable": "It is not waiting. Call claim_task without taskId to take the next one.",
    "stale_fence": "The lease has passed on: stop this task and claim another one.",
    "session_closed": "Start a new session: use a sessionId that was never used.",
}
"""What a model should do about a refusal, where that differs from what other callers should."""


def structured_of(verb: str, reply: Reply, *, is_camel: bool) -> dict[str, Any]:
    """The answer to a tool call as structured content."""
    if isinstance(reply, Refusal):
        return _refused(reply)
    if isinstance(reply, NothingReady):
        return {"task_id": None, "reason": reply.reason}
    whole = builtins_of(reply)
    plain: dict[str, Any] = whole if verb in WHOLE else _pruned(whole)
    if isinstance(reply, TaskView):
        plain = {**plain.pop("task"), **plain}
    if "items" in type(reply).__struct_fields__:
        plain = {LIST_NAMES.get(verb, "items"): plain.pop("items", []), **plain}
    if isinstance(reply, Answered | NoAnswer):
        plain["answered"] = bool(reply)
    id_field = "help_id" if isinstance(reply, HelpState) else "message_id"
    for name in ("task_id", id_field):
        if name in plain:
            plain = {"id": plain[name], **plain}
    if is_camel and verb in CAMEL_ANSWERS:
        plain = {"programId": plain.get("agent", ""), **camel_keys(plain)}
    return plain


def bounded(
    value: dict[str, Any], *, chars_max: int = OUTPUT_CHARS_MAX
) -> tuple[dict[str, Any], str]:
    """The answer and its text, shortened until it fits."""
    text = _text_of(value)
    for chars in TEXT_CHARS:
        if len(text) <= chars_max:
            break
        shortened = _shortened(value, chars)
        shortened["truncated"] = CUT_HINT
        value, text = shortened, _text_of(shortened)
    return (value, text) if len(text) <= chars_max else _clipped(value, chars_max)


CUT_HINT: Final = (
    "Long texts were cut. Read the resource interlock://tasks/{id} or interlock://messages/{id} "
    "for the whole."
)


def _refused(refusal: Refusal) -> dict[str, Any]:
    shape = error_of(refusal)
    shape["error"]["hint"] = HINTS.get(refusal.code) or shape["error"]["hint"]
    return shape


def _pruned(value: Any) -> Any:
    """The value without book-keeping and without what is empty: each field costs context."""
    if isinstance(value, list):
        return [_pruned(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {
        name: item if name in FOREIGN else _pruned(item)
        for name, item in value.items()
        if name not in INNER_FIELDS and not name.endswith("_us")
    }
    return {name: item for name, item in found.items() if item not in EMPTY}


def _text_of(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _shortened(value: Any, chars: int) -> Any:
    if isinstance(value, str) and len(value) > chars:
        return f"{value[:chars]}… [{len(value) - chars} more characters]"
    if isinstance(value, dict):
        return {name: _shortened(item, chars) for name, item in value.items()}
    if isinstance(value, list):
        return [_shortened(item, chars) for item in value]
    return value


def _clipped(value: dict[str, Any], chars_max: int) -> tuple[dict[str, Any], str]:
    """Numbers and names alone can be too many: of the longest member the second half is left out, and so on."""
    kept = dict(value)
    left_out = 0
    while len(text := _text_of(kept)) > chars_max:
        longest = max(kept, key=lambda name: len(_text_of(kept[name])))
        items = kept[longest]
        if isinstance(items, list) and len(items) > 1:
            half = len(items) // 2
            left_out += len(items) - half
            kept[longest] = items[:half]
            kept["left_out"] = f"{left_out} items did not fit: ask with a smaller limit"
        else:
            kept[longest] = f"[{len(_text_of(items))} characters left out]"
    return kept, text
