"""What hostile or broken clients send where JSON and names are expected. Every border must refuse it alike."""

from datetime import datetime
from typing import Any, Final

BOMB_LEVELS: Final = 100_000

JSON_TEXTS: Final[dict[str, str]] = {
    "the same key twice": '{"a":1,"a":2}',
    "the same key twice, once escaped": '{"a":1,"\\u0061":2}',
    "the same key twice, deep inside": '[{"x":[{"k":null,"k":null}]}]',
    "not a number": "NaN",
    "not a number in a list": "[1,NaN]",
    "infinity": "Infinity",
    "minus infinity": '{"a":-Infinity}',
    "a float beyond all floats": "1e400",
    "a lone surrogate, escaped": '"\\ud800"',
    "a lone low surrogate, escaped": '{"a":"\\udc00"}',
    "a lone surrogate in a key": '{"\\udfff":1}',
    "surrogates in the wrong order": '"\\udc00\\ud800"',
    "an integer one over 64 bits": "9223372036854775808",
    "an integer one under 64 bits": "-9223372036854775809",
    "an unsigned integer of 64 bits": "18446744073709551615",
    "an integer of 21 digits": "100000000000000000000",
    "an integer of many digits": "[" + "7" * 5_000 + "]",
    "one level too many": "[" * 66 + "]" * 66,
    "objects nested too deep": '{"a":' * 70 + "1" + "}" * 70,
    "a bomb that never closes": "[" * 60_000,
    "one byte too many": '"' + "x" * 65_535 + '"',
    "too many bytes in few characters": '"' + "é" * 40_000 + '"',
    "too many bytes in fewer characters": '"' + "𝄞" * 20_000 + '"',
    "no JSON": "{",
    "nothing": "",
    "two values": "1 2",
    "a comment": "/* */ 1",
    "a trailing comma": "[1,]",
    "a byte order mark": "\ufeff1",
    "a zero byte": "1\x00",
    "a raw control character": '"\x01"',
    "a number with a leading zero": "01",
    "a hexadecimal number": "0x10",
    "single quotes": "'a'",
    "a name of another language": "None",
}
"""Texts that no JSON field takes."""

RAW_SURROGATE: Final = '"\ud800"'
"""In Python alone: no frame can carry it."""


class Opaque:
    """Something that is no JSON."""


def bomb() -> list[Any]:
    """A list in a list in a list."""
    nested: list[Any] = []
    for _ in range(BOMB_LEVELS):
        nested = [nested]
    return nested


def ring() -> list[Any]:
    """A list that holds itself."""
    held: list[Any] = []
    held.append(held)
    return held


def values() -> dict[str, Any]:
    """Python values that no JSON field takes."""
    return {
        "not a number": float("nan"),
        "infinity": [float("inf")],
        "a lone surrogate": "\ud800",
        "a lone surrogate in a key": {"\udfff": 1},
        "a wide integer": 2**63,
        "a wide negative integer": -(2**63) - 1,
        "an integer beyond all floats": 10**400,
        "a bomb": bomb(),
        "a ring": ring(),
        "a key that is no text": {1: 2},
        "an object": Opaque(),
        "a function": bomb,
        "too many bytes": "x" * 65_535,
        "too many bytes in few characters": "é" * 40_000,
    }


FIELDS: Final[dict[str, dict[str, Any]]] = {
    "an empty title": {"title": ""},
    "a title that is too long": {"title": "x" * 501},
    "a title of the wrong type": {"title": 7},
    "no title": {},
    "a lone surrogate in a title": {"title": "\ud800"},
    "a lone surrogate in a text": {"title": "t", "instructions": "a\udfffb"},
    "a lone surrogate in a name": {"title": "t", "queue": "q\ud800"},
    "a control character in a name": {"title": "t", "queue": "a\nb"},
    "a zero byte in a name": {"title": "t", "queue": "a\0b"},
    "a delete character in a key": {"title": "t", "idempotency_key": "a\x7fb"},
    "an empty queue": {"title": "t", "queue": ""},
    "a name that is too long": {"title": "t", "queue": "q" * 201},
    "an agent that is too long": {"title": "t", "agent": "a" * 201},
    "a request id with a line feed": {"title": "t", "request_id": "a\n"},
    "text that is too long": {"title": "t", "instructions": "x" * 65_537},
    "a priority out of range": {"title": "t", "priority": 10},
    "a negative priority": {"title": "t", "priority": -1},
    "a priority beyond all numbers": {"title": "t", "priority": 10**400},
    "a priority of an unknown name": {"title": "t", "priority": "asap"},
    "a priority that is a truth value": {"title": "t", "priority": True},
    "a lease that is not a number": {"title": "t", "lease_s": float("nan")},
    "a lease without an end": {"title": "t", "lease_s": float("inf")},
    "a lease of no time": {"title": "t", "lease_s": 0},
    "a lease of text": {"title": "t", "lease_s": "60"},
    "a delay that is not a number": {"title": "t", "not_before": float("nan")},
    "a negative delay": {"title": "t", "not_before": -1},
    "a time without a zone": {"title": "t", "not_before": datetime(2030, 1, 1)},  # noqa: DTZ001
    "a text time without a zone": {"title": "t", "deadline": "2030-01-01T00:00:00"},
    "no attempt": {"title": "t", "attempts_max": 0},
    "too many attempts": {"title": "t", "attempts_max": 101},
    "capabilities that are one text": {"title": "t", "capabilities": "ocr"},
    "too many capabilities": {"title": "t", "capabilities": ["c"] * 33},
    "a capability with a control character": {"title": "t", "capabilities": ["a\x1b[2J"]},
    "too many needs": {"title": "t", "needs": ["task-0-1"] * 201},
    "a nested list of needs": {"title": "t", "needs": [["task-0-1"]]},
    "an unknown field": {"title": "t", "colour": "red"},
    "an unknown field of an inner part": {"title": "t", "backoff": {"bass_s": 1}},
}
"""Fields of `create_task` that are wrong."""
