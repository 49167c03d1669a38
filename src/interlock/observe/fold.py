"""Folds events and keeps a fingerprint of each row that they make."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

import msgspec

from interlock.kernel.apply import apply, decode_event
from interlock.kernel.command import Event
from interlock.kernel.payload import InvalidJson, parse_json
from interlock.kernel.rows import PackedRow, pack_rows
from interlock.kernel.state import State
from interlock.observe.fault import LedgerWrong, wrong
from interlock.store.contract import CLOSED, Row

RowKey = tuple[str, str]
"""Kind and id of a row."""

_POS_BYTES: Final = 8
_DIGEST_BYTES: Final = 16
_ROW_BYTES_MAX: Final = 1 << 30

NEVER_TOUCHED_AGAIN: Final[dict[str, tuple[str, ...]]] = {
    "task": ("task", "content"),
    "delivery": ("delivery",),
    "session": ("session",),
}
"""Kinds whose closed rows no later event changes, with the kinds of the same id that go with them. A dead letter
is not closed: it may come back."""


class Fold:
    """A state made from events, and the fingerprints of its rows.

    A fingerprint is the position that changed the row last and 16 bytes of BLAKE2b over its columns and body.
    Finished work leaves the state once their rows are fingerprinted, so that memory follows the open work.
    """

    def __init__(self, *, shard: str = "0") -> None:
        self.state = State(shard)
        self.prints: dict[RowKey, bytes] = {}

    def add(self, bodies: Sequence[str]) -> list[PackedRow]:
        """Folds the next events and returns the rows that they changed. Raises `LedgerWrong`."""
        events = self._decode(bodies)
        state = self.state
        try:
            for event in events:
                apply(state, event)
        except Exception as error:  # only events that `decide` never made can raise, in any way
            raise self._inapplicable(error) from error
        rows = pack_rows(state)
        self._note(rows)
        state.woken.clear()
        return rows

    def _decode(self, bodies: Sequence[str]) -> list[Event]:
        try:
            return [decode_event(body) for body in bodies]
        except (msgspec.MsgspecError, UnicodeError):
            self._add_decodable(bodies)
            raise

    def _add_decodable(self, bodies: Sequence[str]) -> None:
        """Folds up to the first text that is no event, and raises `LedgerWrong` there: an event before it may be
        wrong too, and the first one counts."""
        for number, body in enumerate(bodies):
            try:
                decode_event(body)
            except (msgspec.MsgspecError, UnicodeError) as error:
                self.add(bodies[:number])
                raise wrong(self.state.head + 1, "undecodable", str(error)) from error

    def _inapplicable(self, error: Exception) -> LedgerWrong:
        reason = f"{type(error).__name__}: {error}"
        return wrong(self.state.head + 1, "inapplicable", reason)

    def _note(self, rows: list[PackedRow]) -> None:
        prints, closed = self.prints, self.state.closed
        for row in rows:
            kind, id, queue, status, pos, phase, body = row
            if not body:
                prints.pop((kind, id), None)
                continue
            prints[kind, id] = fingerprint(queue, status, pos, phase, body)
            if phase == CLOSED and kind in NEVER_TOUCHED_AGAIN:
                for gone in NEVER_TOUCHED_AGAIN[kind]:
                    closed.pop((gone, id), None)


def fingerprint(queue: str, status: str, pos: int, phase: int, body: bytes) -> bytes:
    """The fingerprint of a row with these columns."""
    columns = f"{queue}\0{status}\0{pos}\0{phase}\0".encode()
    return (
        pos.to_bytes(_POS_BYTES, "big", signed=True)
        + blake2b(columns + body, digest_size=_DIGEST_BYTES).digest()
    )


def fingerprint_of(row: Row, *, expected: bytes | None = None) -> bytes:
    """The fingerprint of a stored row.

    A store may render JSON anew. So when the bytes are not those of `expected`, the value counts: parsed
    strictly (a key that stands twice is a difference) and rendered as the kernel renders it.
    """
    body = bytes(row.body)
    found = fingerprint(row.queue, row.status, row.pos, row.phase, body)
    if found == expected or not body:
        return found
    try:
        body = msgspec.json.encode(parse_json(body, bytes_max=_ROW_BYTES_MAX))
    except InvalidJson:
        return found
    return fingerprint(row.queue, row.status, row.pos, row.phase, body)


def position_in(fingerprint: bytes) -> int:
    """The position that the fingerprinted row names."""
    return int.from_bytes(fingerprint[:_POS_BYTES], "big", signed=True)
