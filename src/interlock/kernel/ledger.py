"""Looking into the ledger itself: its log, and the blobs beside it. The hub answers from the store; nothing is
decided."""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from interlock.kernel.command import Command, Reply
from interlock.kernel.limits import Name, Position, WaitSeconds
from interlock.kernel.payload import decode_json

LOG_PAGE_MAX: Final = 1_000
"""Events in one answer."""

BLOB_BYTES_MAX: Final = 16 * 1024 * 1024
"""A blob that travels in one frame; a larger one has to be cut by its sender."""


class ReadLog(Command, frozen=True, kw_only=True):
    """Returns the durable events behind the position `after`, in order.

    With `wait_s` it waits that long at the most for the first one. Returns `LogPage`, which is false when
    there are none.
    """

    verb = "read_log"
    reply = "LogPage"
    repeatable = True

    after: Position = 0
    limit: Annotated[int, Meta(ge=1, le=LOG_PAGE_MAX)] = 100
    wait_s: WaitSeconds = 0.0


class PutBlob(Command, frozen=True, kw_only=True):
    """Keeps bytes that are too large for a payload; returns the reference under which anybody finds them.

    The same bytes have the same reference. Refusals: invalid (too large), disk_full, ledger_unavailable.
    """

    verb = "put_blob"
    reply = "BlobRef"
    grows = True
    repeatable = True

    content: Annotated[bytes, Meta(max_length=BLOB_BYTES_MAX)]


class GetBlob(Command, frozen=True, kw_only=True):
    """Returns the bytes behind a reference. Refusals: not_found."""

    verb = "get_blob"
    reply = "Blob"
    repeatable = True

    ref: Name


class LogEntry(msgspec.Struct, frozen=True, gc=False):
    """One event: its position and its JSON text as the ledger keeps it."""

    pos: int
    body: str

    @property
    def event(self) -> dict[str, Any]:
        """The event as plain values; `type` names it."""
        event: dict[str, Any] = decode_json(self.body)
        return event


class LogPage(Reply, frozen=True, kw_only=True):
    """Some events in order; `next_after` asks for those behind them. False when there are none."""

    next_after: int
    entries: tuple[LogEntry, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.entries)


class BlobRef(Reply, frozen=True, kw_only=True):
    """Where bytes are found: `sha256:` and their digest."""

    ref: str
    length_bytes: int


class Blob(Reply, frozen=True, kw_only=True):
    """The bytes behind a reference."""

    ref: str
    content: bytes
