"""The newest events of a namespace, read from its store once for all who watch.

The newest batches stand in a ring. A watcher holds nothing but its position: while it keeps up it takes batches
from the ring, and when it falls out of it, or comes late, it reads the store at its own pace until it meets the
ring again. So no watcher makes another wait, and a slow one costs no memory.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Iterator
from typing import Final

from interlock.hub.hub import Hub
from interlock.kernel.selection import Selection, Subject
from interlock.kernel.timeline import Entry, entry_of
from interlock.observe.subject import Subjects, subject_of
from interlock.server.event_json import event_json
from interlock.store.contract import Record, StoreError

log = logging.getLogger(__name__)

READ_EVENTS: Final = 500
"""Events in one batch: past a few hundred the cost of a read no longer counts, and the memory does."""

RING_EVENTS_MAX: Final = 5_000
RING_CHARS_MAX: Final = 16 * 1024 * 1024
"""What the ring holds at the most: a few seconds of a busy fleet."""

GATHER_S: Final = 0.05
"""How long the reader waits after a read: under load events go out twenty times a second, and not once per commit."""

BEAT_S: Final = 5.0
"""How long the reader waits for an event before it wakes the watchers, so that they can show signs of life."""

HISTORY_READS_MAX: Final = 4
"""Watchers that may read history at once: the tail must not queue behind a hundred of them."""

CHUNK_BYTES_MAX: Final = 256 * 1024
"""What is handed to a connection at once, unless one event is larger."""


CHOICES_MAX: Final = 8
"""Selections whose outcome a batch remembers: most watchers want the same."""

_TYPE_FIRST: Final = '{"type":"'
"""How the text of every event begins, as the kernel writes it."""


class LoggedEvent:
    """One event, decoded and rendered at the most once, whoever looks."""

    __slots__ = ("_entry", "_frame", "_subject", "record")

    def __init__(self, record: Record) -> None:
        self.record = record
        self._entry: Entry | None = None
        self._frame: bytes | None = None
        self._subject: Subject | None = None

    @property
    def pos(self) -> int:
        """Its position in the log."""
        return self.record.pos

    @property
    def type(self) -> str:
        """Its type, without decoding all of it."""
        body = self.record.body
        if not body.startswith(_TYPE_FIRST):
            return self.entry.type
        return body[len(_TYPE_FIRST) : body.index('"', len(_TYPE_FIRST))]

    @property
    def entry(self) -> Entry:
        """The event as data."""
        if self._entry is None:
            self._entry = entry_of(self.record)
        return self._entry

    @property
    def frame(self) -> bytes:
        """The event as server-sent events have it."""
        if self._frame is None:
            data = event_json(self.entry)
            head = f"id: {self.pos}\nevent: {self.entry.type}\ndata: "
            self._frame = head.encode() + data + b"\n\n"
        return self._frame

    def sight(self) -> Subject:
        """What the event by itself says that it is about."""
        return self._subject or subject_of(self.entry)

    async def subject(self, subjects: Subjects) -> Subject:
        """All that the event is about."""
        if self._subject is None:
            self._subject = await subjects.find(self.entry)
        return self._subject


class Batch:
    """Some events in order, without a gap."""

    def __init__(self, records: list[Record]) -> None:
        self.events = [LoggedEvent(record) for record in records]
        self.chars = sum(len(record.body) for record in records)
        self._chosen: dict[tuple[Selection, ...], list[bytes]] = {}

    @property
    def last(self) -> int:
        """The position of its last event."""
        return self.events[-1].pos

    async def chunks(
        self, selections: tuple[Selection, ...], subjects: Subjects, *, after: int
    ) -> list[bytes]:
        """The frames behind `after` that every selection takes. Worked out once for all who want the same."""
        if after >= self.events[0].pos:
            late = [event for event in self.events if event.pos > after]
            return _joined([event.frame for event in await chosen(late, selections, subjects)])
        found = self._chosen.get(selections)
        if found is None:
            events = await chosen(self.events, selections, subjects)
            found = _joined([event.frame for event in events])
            if len(self._chosen) < CHOICES_MAX:
                self._chosen[selections] = found
        return found


class Tail:
    """Follows one namespace while somebody watches."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.subjects = Subjects(hub.store, shard=hub.grant.shard)
        self.position = hub.head
        """The last position that was read."""
        self.ended = ""
        """Why there will be nothing more."""
        self._ring: deque[Batch] = deque()
        self._waiters: list[asyncio.Future[None]] = []
        self._watchers = 0
        self._reader: asyncio.Task[None] | None = None
        self._history = asyncio.Semaphore(HISTORY_READS_MAX)

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Keeps the tail up to date meanwhile."""
        self._watchers += 1
        if self._reader is None and not self.ended:
            self.position = self.hub.head
            self._reader = asyncio.get_running_loop().create_task(self._follow())
        try:
            yield
        finally:
            self._watchers -= 1
            if not self._watchers:
                self._stop()

    async def batch_behind(self, position: int) -> Batch | None:
        """The next events behind a position, from the ring or from the store; None at the end of the log.

        Raises `StoreError`.
        """
        if position >= self.position:
            return None
        if self._ring and position >= self._ring[0].events[0].pos - 1:
            return next(batch for batch in self._ring if batch.last > position)
        async with self._history:
            records = await self.hub.store.read(
                self.hub.grant.shard, after=position, limit=READ_EVENTS
            )
        return Batch(records) if records else None

    async def news(self) -> None:
        """Returns when something was read, when the tail has ended, or after `BEAT_S` at the latest."""
        if self.ended:
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter

    def end(self, reason: str) -> None:
        """There will be nothing more: whoever waits is told."""
        self.ended = self.ended or reason
        self._stop()
        self._wake()

    async def _follow(self) -> None:
        shard = self.hub.grant.shard
        try:
            while True:
                records = await self.hub.store.read(
                    shard, after=self.position, limit=READ_EVENTS, wait_s=BEAT_S
                )
                self._keep(records)
                self._wake()
                if 0 < len(records) < READ_EVENTS:
                    await asyncio.sleep(GATHER_S)
        except StoreError as error:
            self.end(f"the store failed: {error}")
        except Exception:  # whatever it was, nobody may wait for ever
            log.exception("the tail behind %d failed as no store should", self.position)
            self.end("the log cannot be read")

    def _keep(self, records: list[Record]) -> None:
        if not records:
            return
        ring = self._ring
        ring.append(Batch(records))
        self.position = records[-1].pos
        while len(ring) > 1 and _is_over(ring):
            ring.popleft()

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _stop(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
        self._reader = None
        self._ring.clear()


async def chosen(
    events: list[LoggedEvent], selections: tuple[Selection, ...], subjects: Subjects
) -> list[LoggedEvent]:
    """Those of the events that every selection takes."""
    for selection in selections:
        events = await _chosen_by(events, selection, subjects)
    return events


async def _chosen_by(
    events: list[LoggedEvent], selection: Selection, subjects: Subjects
) -> list[LoggedEvent]:
    if selection.types:
        events = [event for event in events if event.type in selection.types]
    if selection.needs_origins:
        return [event for event in events if selection.takes(await event.subject(subjects))]
    if selection.task_ids:
        ids = selection.task_ids
        events = [event for event in events if any(id in event.record.body for id in ids)]
    if selection.task_ids or selection.topics:
        return [event for event in events if selection.takes(event.sight())]
    return events


def _is_over(ring: deque[Batch]) -> bool:
    return (
        sum(len(batch.events) for batch in ring) > RING_EVENTS_MAX
        or sum(batch.chars for batch in ring) > RING_CHARS_MAX
    )


def _joined(frames: list[bytes]) -> list[bytes]:
    chunks: list[bytes] = []
    gathered: list[bytes] = []
    size = 0
    for frame in frames:
        if gathered and size + len(frame) > CHUNK_BYTES_MAX:
            chunks.append(b"".join(gathered))
            gathered, size = [], 0
        gathered.append(frame)
        size += len(frame)
    return [*chunks, b"".join(gathered)] if gathered else chunks
