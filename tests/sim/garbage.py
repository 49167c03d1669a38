"""Commands of every verb with valid, silly and boundary values, made from the types of their fields."""

from datetime import UTC, datetime
from random import Random
from typing import Any

import msgspec

from interlock.kernel.border import make_command
from interlock.kernel.command import Command
from interlock.kernel.decide import VERBS
from interlock.kernel.errors import Invalid

NAMES = (
    "ada",
    "bea",
    "zoë",
    "x" * 200,
    "x" * 201,
    "",
    "a/b",
    "-",
    "\x00",
    "group:red",
    "all",
    "\ud800",
)
NUMBERS = (0, 1, 2, 9, 10, 99, 100, 101, 2**31, 2**63 - 1, 2**63, -1)
SECONDS = (0, 1e-9, 0.05, 0.5, 55, 55.1, 86_400, 86_401, -1, float("nan"), float("inf"))
TEXTS = ("", "hello", "\ud800", "null", "x" * 2_001, "\n")
VALUES = (
    None,
    1,
    "x",
    [1, {"a": [None]}],
    {"k": 2**63 - 1},
    2**64,
    float("nan"),
    "\udfff",
    {"a": "x" * 70_000},
)
MOMENTS = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC), datetime(2030, 1, 1))  # noqa: DTZ001

HARMFUL = ("configure_queue", "pause_agent", "quarantine_agent")
"""Verbs that would stop the world for long if they came as often as the others."""


def make_garbage(random: Random, ids: list[str]) -> Command | None:
    """A command, or None when it did not pass the border."""
    verb = random.choice(_VERBS)
    if verb in HARMFUL and random.random() < 0.7:
        return None
    kind = VERBS[verb]
    fields: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if field.required or random.random() < 0.35:
            fields[field.name] = _value(random, field.name, ids)
    try:
        return make_command(kind, fields)
    except Invalid:
        return None


def _value(random: Random, name: str, ids: list[str]) -> Any:
    choice = random.choice
    if name in ("task_id", "message_id", "receipt", "reply_to"):
        return choice(
            (choice(ids or ["task-0-1"]), "task-0-0", "message-0-1", "x", "message-0-2/ada@3", "")
        )
    if name in ("needs", "ids"):
        return [
            choice((choice(ids or ["task-0-1"]), "task-0-7", "event-1/x"))
            for _ in range(random.randrange(3))
        ]
    if name == "key_id":
        return choice(("key-0-0", "x", f"key-0-{random.randrange(1, 300)}"))
    if name in _NUMBERS:
        return choice(NUMBERS)
    if name.endswith("_s"):
        return choice(SECONDS)
    if name in ("payload", "result", "checkpoint", "progress", "config"):
        return choice(VALUES)
    if name in _FIXED:
        return choice(_FIXED[name])
    if name in (
        "title",
        "instructions",
        "message",
        "description",
        "reason",
        "error",
        "pattern",
        "evidence",
    ):
        return choice(TEXTS)
    return choice(NAMES)


_VERBS = sorted(VERBS)
_NUMBERS = (
    "fence",
    "attempts_max",
    "deliveries_max",
    "limit",
    "depth_max",
    "position",
    "if_version",
    "after",
)
_FIXED: dict[str, tuple[Any, ...]] = {
    "capabilities": ((), ("read",), ("zoë", "read"), tuple("abcdefgh") * 5),
    "groups": ((), ("red",), ("blue", "red")),
    "queue": ("default", "mail", "slow", "", "\x07"),
    "priority": (0, 4, 9, 10, -1, "urgent", "low", "none"),
    "not_before": (0, 0.01, 2.0, *MOMENTS, -1, 1e12),
    "deadline": (0, 0.01, 2.0, 3_600, *MOMENTS, -1),
    "at": (0, 1.0, 100.0, *MOMENTS),
    "cron": ("", "*/20 * * * *", "0 0 1 1 *", "nonsense", "0 0 31 2 *"),
    "timezone": ("UTC", "Europe/Berlin", "Mars"),
    "every_s": (300.0, 3_600.0, 0.0, float("nan")),
    "paused": (True, False),
    "catch_up": ("one", "none", "all"),
    "task": (
        {"title": "scheduled"},
        {"title": ""},
        {"title": "t", "queue": "slow", "deadline": 5.0},
        {},
    ),
    "is_paused": (False, False, False, True, None),
    "requeue": (True, False),
    "weights": ({}, {"a": 3}, {"a": 0}, {"b": 1_000}),
    "backoff": ({}, {"base_s": 0.0}, {"base_s": 1e9}, {"cap_s": 0.5, "base_s": 0.1}),
    "error_class": ("TRANSIENT", "PERMANENT", "POLICY", "OTHER"),
    "message_type": ("DIRECTIVE", "QUERY", "RESULT", "ACK", "STATUS", "EVENT", "NEWS"),
    "target": ("ada", "bea", "all", "group:red", "group:none", "", "nobody"),
    "topic": ("orders", "news", "escalation", ""),
    "group": ("billing", "audit", ""),
    "from_position": ("now", "start", 0, 1, 2**62),
    "positions": ((), (1,), (1, 2, 3)),
    "content": (b"", b"x", b"x" * 1_000),
    "noun": ("", "task", "message", "event", "webhook", "x"),
    "url": (
        "https://a.example/hook",
        "http://b.example:0/",
        "https://u:p@c.example/",
        "ftp://x",
        "",
    ),
    "selection": ({}, {"types": ["TaskCreated"]}, {"queues": ["mail"]}, {"types": ["Nothing"]}),
    "secret_sealed": ("", "sealed"),
    "grace_s": (0.0, 60.0, -1.0),
    "delivered": (0, 1, -1),
    "redriven": ((), (1,), (3, 2**62)),
    "failure": (None, {"position": 1, "error": "no"}, {"position": 2**62, "error": ""}),
    "context_summary": (
        {},
        {"handoff_notes": "go on"},
        {"last_task": {"task_id": "task-0-1"}},
        {"x": 1},
    ),
    "learned_patterns": ((), ({"pattern": "p"},), ({"pattern": "p", "confidence": 2.0},)),
    "past_failures": ((), ({"what": "it"},)),
    "weight": (0.0, 0.2, 1.0, 2.0),
    "domain": ("", "mail"),
    "role": ("agent", "admin", "viewer", "king"),
    "verbs": ((), ("claim_task",), ("fly",)),
    "queues": ((), ("mail",), ("",)),
    "profile": ("", "worker", "clown"),
    "expires": (None, 0, 0.5, 100.0, *MOMENTS, -1),
    "digest": ("", "ab" * 32, "cd" * 32, "xy" * 32),
    "namespace": ("", "", "default", "elsewhere", "0"),
    "is_first": (True, False),
    "cursor": ("", "0", "7", "x"),
    "agent": ("ada", "bea", "", "zoë"),
    "name": ("ada", "bea", "one", "zoë", "", "s1"),
    "session": ("", "session 1.1", "s", "\x00"),
    "request_id": ("", "g1", "g2", "\ud800"),
    "idempotency_key": ("", "same", "\ud800"),
}
