"""Every limit of the kernel, as constrained types: a command that crosses one is refused at the border.

`msgspec` checks these constraints in C when a command is built from foreign data, in process or from a
frame, so that `decide` can trust every field.
"""

from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta

NAME_CHARS_MAX: Final = 200
"""Names of queues, agents, groups, topics and keys: room for a path-like name, small enough to index."""

NAME_PATTERN: Final = r"^[^\x00-\x1f\x7f]*$(?!\n)"
"""No control characters: names are printed in tables, logs and headers. In Python `$` alone lets a line feed
follow."""

TITLE_CHARS_MAX: Final = 500
TEXT_CHARS_MAX: Final = 65_536
"""Free text such as instructions and notes: as much as one inline payload."""

NOTE_CHARS_MAX: Final = 2_000
"""Reasons and error texts: one is kept for each attempt."""

PAYLOAD_BYTES_MAX: Final = 65_536
"""A payload kept inline in the ledger; a larger one belongs into a blob, named by its reference."""

PROGRESS_BYTES_MAX: Final = 4_096
"""A heartbeat's progress is written often: it must stay small."""

NESTING_MAX: Final = 64
"""Levels of lists and objects in a payload: deeper ones overflow the parsers of other languages."""

CAPABILITIES_MAX: Final = 32
NEEDS_MAX: Final = 200
"""Tasks that one task may wait for."""

DEPENDENTS_MAX: Final = 2_000
"""Tasks that may wait for one task: its completion frees them all in one commit."""

TRACEPARENT_CHARS_MAX: Final = 55
TRACEPARENT_PATTERN: Final = (
    r"^(00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2})?$(?!\n)"
)
"""Version 00, which every later one can be written as; ids of zeros alone are none."""

QUEUES_PER_CLAIM_MAX: Final = 32
QUEUE_DEPTH_MAX: Final = 2_000_000
"""Open tasks in one queue, unless the queue is configured lower."""

MAILBOX_DEPTH_MAX: Final = 10_000
"""Open messages of one recipient: past it a sender is told, instead of memory growing."""

DELIVERIES_MAX: Final = 1_000_000
"""Open messages of all recipients together: names that nobody reads must not fill the memory."""

RECIPIENTS_MAX: Final = 2_000
"""Recipients of one message to a group or to all."""

BATCH_MAX: Final = 100
"""Items that one read verb hands out."""

ATTEMPTS_MAX: Final = 100
STEPS_MAX: Final = 1_000
"""Memoised steps of one task."""

STEP_CHARS_MAX: Final = 4 * 1024 * 1024
"""Results of all memoised steps of one task: a claim carries them all, in one frame."""

LEASE_S_MIN: Final = 0.05
LEASE_S_MAX: Final = 86_400.0
WAIT_S_MAX: Final = 55.0
"""Long polls end before the minute after which proxies cut idle connections."""

TTL_S_MAX: Final = 30 * 86_400.0
DELAY_S_MAX: Final = 366 * 86_400.0

REQUESTS_MAX: Final = 100_000
"""Answers remembered by request id; the oldest makes room."""

KEY_WINDOW_US: Final = 24 * 3_600 * 1_000_000
"""How long an idempotency key is remembered after its last use."""

KEYS_MAX: Final = 1_000_000
ALARMS_PER_TICK_MAX: Final = 200
"""Alarms that one turn of the clock handles, so that a wave of them never blocks the callers."""

I64_MAX: Final = 2**63 - 1

Name = Annotated[str, Meta(min_length=1, max_length=NAME_CHARS_MAX, pattern=NAME_PATTERN)]
OptionalName = Annotated[str, Meta(max_length=NAME_CHARS_MAX, pattern=NAME_PATTERN)]
Title = Annotated[str, Meta(min_length=1, max_length=TITLE_CHARS_MAX)]
Text = Annotated[str, Meta(max_length=TEXT_CHARS_MAX)]
Note = Annotated[str, Meta(max_length=NOTE_CHARS_MAX)]
Json = Annotated[str, Meta(max_length=PAYLOAD_BYTES_MAX, extra={"json": True})]
"""JSON text of at most `PAYLOAD_BYTES_MAX` bytes, already checked by `payload.py`."""
SmallJson = Annotated[str, Meta(max_length=PROGRESS_BYTES_MAX, extra={"json": True})]
Capabilities = Annotated[tuple[Name, ...], Meta(max_length=CAPABILITIES_MAX)]
TraceParent = Annotated[str, Meta(max_length=TRACEPARENT_CHARS_MAX, pattern=TRACEPARENT_PATTERN)]
"""A `traceparent` of W3C Trace Context, or nothing."""
Priority = Annotated[int, Meta(ge=0, le=9)]
LeaseSeconds = Annotated[float, Meta(ge=LEASE_S_MIN, le=LEASE_S_MAX)]
WaitSeconds = Annotated[float, Meta(ge=0, le=WAIT_S_MAX)]
TtlSeconds = Annotated[float, Meta(gt=0, le=TTL_S_MAX)]
DelaySeconds = Annotated[float, Meta(ge=0, le=DELAY_S_MAX)]
Moment = Annotated[datetime, Meta(tz=True)]
"""A point in time; without a time zone it would mean another moment on each machine."""
Count = Annotated[int, Meta(ge=1, le=BATCH_MAX)]
Fence = Annotated[int, Meta(ge=0, le=I64_MAX)]
Position = Annotated[int, Meta(ge=0, le=I64_MAX)]
