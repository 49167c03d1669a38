"""Trace context: which trace a request belongs to (W3C Trace Context, level 2).

A valid `traceparent` is continued: the same trace, a new span. Anything else starts a new trace, and what came in
`tracestate` is then dropped with it.
"""

import re
from collections.abc import Callable, Iterable
from secrets import token_hex
from typing import Final

import msgspec

STATE_MEMBERS_MAX: Final = 32
"""Members of a `tracestate`, as the standard has it; with more the whole of it is dropped."""

STATE_CHARS_MAX: Final = 512
"""Characters of a `tracestate` that every party has to hand on; of a longer one the last members go."""

_TRACE_BYTES: Final = 16
_SPAN_BYTES: Final = 8
_VERSION: Final = "00"
_KNOWN_FLAGS: Final = 0x03
"""Sampled, and random trace id. Flags that no standard has named yet are not handed on."""
_STARTED_FLAGS: Final = 0x03
"""A trace that starts here has a random id, and is recorded by those who follow and record at all."""

_PARENT: Final = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})(?P<rest>-.*)?",
    re.DOTALL,
)
_KEY: Final = re.compile(
    r"[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13}"
)
_VALUE: Final = re.compile(r"[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]")

Header = tuple[bytes, bytes]


class Trace(msgspec.Struct, frozen=True, gc=False):
    """One request's place in its trace. `span_id` is this server's; `was_sent` says that a caller sent a header."""

    trace_id: str
    span_id: str
    flags: int
    state: str = ""
    was_sent: bool = False

    @property
    def traceparent(self) -> str:
        """The header for whoever comes next."""
        return f"{_VERSION}-{self.trace_id}-{self.span_id}-{self.flags:02x}"


def trace_of(headers: Iterable[Header], *, new_id: Callable[[int], str] = token_hex) -> Trace:
    """The trace that a request belongs to, from its headers with lower-case names."""
    parents: list[str] = []
    states: list[str] = []
    for name, value in headers:
        if name == b"traceparent":
            parents.append(value.decode("latin-1"))
        elif name == b"tracestate":
            states.append(value.decode("latin-1"))
    span_id = new_id(_SPAN_BYTES)
    found = read_parent(parents[0]) if len(parents) == 1 else None
    if found is None:
        return Trace(new_id(_TRACE_BYTES), span_id, _STARTED_FLAGS, was_sent=bool(parents))
    trace_id, flags = found
    return Trace(
        trace_id, span_id, flags, state=read_state(states) if states else "", was_sent=True
    )


def read_parent(header: str) -> tuple[str, int] | None:
    """The trace id and the flags of a `traceparent`, or None if it is not valid.

    A later version than 00 may have more parts; only what 00 has is read of it.
    """
    found = _PARENT.fullmatch(header.strip(" \t"))
    if found is None:
        return None
    version, trace_id, span_id = found["version"], found["trace"], found["span"]
    if version == "ff" or (version == _VERSION and found["rest"] is not None):
        return None
    if not trace_id.strip("0") or not span_id.strip("0"):
        return None
    return trace_id, int(found["flags"], 16) & _KNOWN_FLAGS


def read_state(headers: Iterable[str]) -> str:
    """What of `tracestate` is handed on: all members in order, or nothing if any of them is malformed."""
    members: dict[str, str] = {}
    for part in ",".join(headers).split(","):
        member = part.strip(" \t")
        if not member:
            continue
        key, equals, value = member.partition("=")
        is_valid = equals and _KEY.fullmatch(key) and _VALUE.fullmatch(value)
        if not is_valid or key in members:
            return ""
        members[key] = member
    if len(members) > STATE_MEMBERS_MAX:
        return ""
    return _shorten(list(members.values()))


def _shorten(members: list[str]) -> str:
    """Whole members only: those of more than 128 characters go first, then the last ones."""
    while members and len(",".join(members)) > STATE_CHARS_MAX:
        long = [member for member in members if len(member) > 128]
        members.remove(long[-1] if long else members[-1])
    return ",".join(members)
