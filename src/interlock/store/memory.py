"""A store in memory, for tests: the same promises, no threads, and hooks to crash it at any point."""

import asyncio
import hashlib
from bisect import bisect_right
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Sequence
from functools import partial
from itertools import islice
from typing import Any, Final, Literal

import msgspec

from interlock.store.bell import Bell
from interlock.store.contract import (
    BLOB_BYTES_MAX,
    DEAD,
    GENESIS_HASH,
    OPEN,
    BlobMissing,
    BlobTooLarge,
    Fenced,
    Grant,
    LedgerInUse,
    Link,
    Record,
    Room,
    Row,
    StoreError,
    bodies_digest,
    chain_hash,
)

LOAD_ROWS: Final = 1_000
"""Rows in one batch of `load`."""

Hook = Callable[[Grant, int], Awaitable[None]]
"""Awaited with the grant and the head of a commit, before or after its write point.

What it raises goes to the committer: before the write point nothing is written, after it everything
is.
"""


class MemoryLedger:
    """The durable content of one shard."""

    def __init__(self) -> None:
        self.epoch = 0
        self.owner = ""
        self.events: list[str] = []
        self.links: list[Link] = []
        self.rows: dict[tuple[str, str], Row] = {}
        self.topics: dict[str, list[int]] = {}

    @property
    def head(self) -> int:
        """The position of the last commit's last event."""
        return self.links[-1].last if self.links else 0

    @property
    def hash(self) -> bytes:
        """The end of the hash chain."""
        return self.links[-1].hash if self.links else GENESIS_HASH


class MemoryDisk:
    """What survives the crash of an owner: hand the same disk to the store that comes after it."""

    def __init__(self) -> None:
        self.ledgers: dict[str, MemoryLedger] = {}
        self.blobs: dict[str, bytes] = {}
        self.room: Room = "ample"
        self.bell = Bell()
        self._locked_by: MemoryStore | None = None

    def ledger(self, shard: str) -> MemoryLedger:
        """The content of the shard, empty at first."""
        if shard not in self.ledgers:
            self.ledgers[shard] = MemoryLedger()
        return self.ledgers[shard]

    def lock(self, store: "MemoryStore") -> None:
        """Makes this store the only one that may acquire. Raises `LedgerInUse` while another one
        is.
        """
        if self._locked_by not in (None, store):
            assert self._locked_by is not None
            raise LedgerInUse("in memory", address=self._locked_by.address)
        self._locked_by = store

    def unlock(self) -> None:
        """Frees the lock as the system does when a process dies. A store that held it lives on as a
        zombie.
        """
        self._locked_by = None

    def is_locked_by(self, store: "MemoryStore") -> bool:
        """Whether this store holds the lock."""
        return self._locked_by is store


async def _no_fault(grant: Grant, head: int) -> None:
    """The hook of a store without faults."""


class _Commit:
    """A commit that nobody has to await: a hub that is dropped before it leaves nothing behind."""

    __slots__ = ("_write",)

    def __init__(self, write: Callable[[], Coroutine[Any, Any, int]]) -> None:
        self._write = write

    def __await__(self) -> Generator[Any, Any, int]:
        return self._write().__await__()


class MemoryStore:
    """Fulfils `Store` on a `MemoryDisk`.

    `before_write` and `after_write` may delay, raise `StoreFull` or `CommitUnknown`, or raise
    whatever a simulator calls a crash. A subclass can plant bugs by overriding `_admit`, `_append`
    or `_put`.
    """

    def __init__(
        self,
        disk: MemoryDisk | None = None,
        *,
        address: str = "another store in memory",
        before_write: Hook = _no_fault,
        after_write: Hook = _no_fault,
        blob_bytes_max: int = BLOB_BYTES_MAX,
    ) -> None:
        self.disk = MemoryDisk() if disk is None else disk
        self.address = address
        self.before_write = before_write
        self.after_write = after_write
        self.blob_bytes_max = blob_bytes_max
        self._is_closed = False
        self._epochs: dict[str, int] = {}

    async def acquire(self, shard: str, *, owner: str, ttl_ms: int) -> Grant:
        """See `Store.acquire`. The lock, not `ttl_ms`, says whether an owner is alive."""
        self._refuse_when_closed()
        self.disk.lock(self)
        ledger = self.disk.ledger(shard)
        is_renewal = ledger.owner == owner and self._epochs.get(shard) == ledger.epoch
        if not is_renewal:
            ledger.epoch += 1
            ledger.owner = owner
            self._epochs[shard] = ledger.epoch
        now_us = ledger.links[-1].at_us if ledger.links else 0
        return Grant(shard=shard, owner=owner, epoch=ledger.epoch, head=ledger.head, now_us=now_us)

    def commit(
        self, grant: Grant, *, head: int, events: Sequence[str], puts: Sequence[Row], now_us: int
    ) -> Awaitable[int]:
        """See `Store.commit`; begins when it is awaited."""
        return _Commit(
            partial(self._commit, grant, head=head, events=events, puts=puts, now_us=now_us)
        )

    async def _commit(
        self, grant: Grant, *, head: int, events: Sequence[str], puts: Sequence[Row], now_us: int
    ) -> int:
        self._refuse_when_closed()
        if not events:
            raise StoreError(
                "refused a commit without events: rows change only together with an event"
            )
        bodies_digest(events)
        await self.before_write(grant, head)
        self._refuse_when_closed()
        ledger = self.disk.ledger(grant.shard)
        last = self._admit(ledger, grant, head=head, events=events)
        if last is None:
            last = self._append(ledger, grant, events=events, now_us=now_us)
            self._put(ledger, puts)
            self.disk.bell.ring()
        await self.after_write(grant, head)
        return last

    def _admit(
        self, ledger: MemoryLedger, grant: Grant, *, head: int, events: Sequence[str]
    ) -> int | None:
        """None for a commit that is next; the first answer for one sent again; else raises
        `Fenced`.
        """
        if (grant.epoch, head) == (ledger.epoch, ledger.head):
            return None
        link = _link_behind(ledger, grant, head)
        if link is not None and ledger.events[link.first - 1 : link.last] == list(events):
            return link.last
        raise Fenced(
            f"epoch {grant.epoch} cannot commit behind {head}: the shard {grant.shard} is at epoch "
            f"{ledger.epoch}, position {ledger.head}"
        )

    def _append(
        self, ledger: MemoryLedger, grant: Grant, *, events: Sequence[str], now_us: int
    ) -> int:
        first = ledger.head + 1
        last = ledger.head + len(events)
        chained = chain_hash(
            ledger.hash, epoch=grant.epoch, first=first, at_us=now_us, bodies=events
        )
        topics = [_topic_of(body) for body in events]
        for pos, topic in enumerate(topics, start=first):
            if topic is not None:
                ledger.topics.setdefault(topic, []).append(pos)
        ledger.events.extend(events)
        ledger.links.append(
            Link(first=first, last=last, epoch=grant.epoch, at_us=now_us, hash=chained)
        )
        return last

    def _put(self, ledger: MemoryLedger, puts: Sequence[Row]) -> None:
        for row in puts:
            if bytes(row.body):
                ledger.rows[row.kind, row.id] = row
            else:
                ledger.rows.pop((row.kind, row.id), None)

    async def load(
        self,
        shard: str,
        *,
        kind: str = "",
        phase: int | None = None,
        ids: Sequence[str] | None = None,
    ) -> AsyncIterator[list[Row]]:
        """See `Store.load`."""
        named = None if ids is None else set(ids)
        rows = [
            row
            for _, row in sorted(self.disk.ledger(shard).rows.items())
            if (not kind or row.kind == kind)
            and (phase is None or row.phase == phase)
            and (named is None or row.id in named)
        ]
        self._refuse_when_closed()
        for start in range(0, len(rows), LOAD_ROWS):
            yield rows[start : start + LOAD_ROWS]
            self._refuse_when_closed()

    async def ended(
        self, shard: str, *, kind: str, status: str, behind: int, is_newest_first: bool, limit: int
    ) -> list[Row]:
        """See `Store.ended`."""
        self._refuse_when_closed()
        rows = [
            row
            for row in self.disk.ledger(shard).rows.values()
            if row.kind == kind
            and row.status == status
            and row.phase != OPEN
            and (row.pos < behind if is_newest_first else row.pos > behind)
        ]
        return sorted(rows, key=lambda row: row.pos, reverse=is_newest_first)[:limit]

    async def count_ended(self, shard: str, *, kind: str) -> dict[str, int]:
        """See `Store.count_ended`."""
        self._refuse_when_closed()
        counts: dict[str, int] = {}
        for row in self.disk.ledger(shard).rows.values():
            if row.kind == kind and (row.phase == DEAD or (row.phase != OPEN and kind == "task")):
                status = row.status if kind == "task" else "dead"
                counts[status] = counts.get(status, 0) + 1
        return counts

    async def read(
        self, shard: str, *, after: int, limit: int, topic: str | None = None, wait_s: float = 0.0
    ) -> list[Record]:
        """See `Store.read`."""
        self._refuse_when_closed()
        clock = asyncio.get_running_loop().time
        deadline = clock() + wait_s
        while True:
            seen = self.disk.bell.rung
            records = self._read_now(shard, after=after, limit=limit, topic=topic)
            left_s = deadline - clock()
            if records or left_s <= 0:
                return records
            await self.disk.bell.wait(seen=seen, timeout_s=left_s)
            self._refuse_when_closed()

    def _read_now(self, shard: str, *, after: int, limit: int, topic: str | None) -> list[Record]:
        ledger = self.disk.ledger(shard)
        positions: Sequence[int] = range(1, ledger.head + 1)
        if topic is not None:
            positions = ledger.topics.get(topic, [])
        start = bisect_right(positions, after)
        wanted = positions[start : start + limit]
        return [Record(pos=pos, body=ledger.events[pos - 1]) for pos in wanted]

    async def mentions(
        self, shard: str, *, text: str, after: int, until: int, limit: int
    ) -> list[Record]:
        """See `Store.mentions`."""
        self._refuse_when_closed()
        ledger = self.disk.ledger(shard)
        found = (
            Record(pos=pos, body=ledger.events[pos - 1])
            for pos in range(after + 1, min(until, ledger.head) + 1)
            if text in ledger.events[pos - 1]
        )
        return list(islice(found, limit))

    async def topics(self, shard: str, *, behind: str, limit: int) -> list[tuple[str, int]]:
        """See `Store.topics`."""
        self._refuse_when_closed()
        topics = self.disk.ledger(shard).topics
        names = sorted(name for name in topics if name > behind)[:limit]
        return [(name, topics[name][-1]) for name in names]

    async def links(self, shard: str, *, after: int, limit: int) -> list[Link]:
        """See `Store.links`."""
        self._refuse_when_closed()
        links = self.disk.ledger(shard).links
        start = bisect_right(links, after, key=lambda link: link.last)
        return links[start : start + limit]

    async def resolve(self, grant: Grant, *, head: int) -> Literal["landed", "absent"]:
        """See `Store.resolve`."""
        self._refuse_when_closed()
        ledger = self.disk.ledger(grant.shard)
        return "absent" if _link_behind(ledger, grant, head) is None else "landed"

    def room(self) -> Room:
        """See `Store.room`. Tests set it on the disk."""
        return self.disk.room

    async def blob_put(self, content: bytes) -> str:
        """See `Store.blob_put`."""
        self._refuse_when_closed()
        if len(content) > self.blob_bytes_max:
            raise BlobTooLarge(
                f"a blob of {len(content)} bytes is over the limit of {self.blob_bytes_max}"
            )
        ref = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self.disk.blobs[ref] = content
        return ref

    async def blob_get(self, ref: str) -> bytes:
        """See `Store.blob_get`."""
        self._refuse_when_closed()
        if ref not in self.disk.blobs:
            raise BlobMissing(f"there is no blob {ref}")
        return self.disk.blobs[ref]

    def crash(self) -> None:
        """Ends this store as SIGKILL ends a process: commits on their way fail, the lock is free."""
        self._is_closed = True
        if self.disk.is_locked_by(self):
            self.disk.unlock()
        self.disk.bell.ring()

    async def close(self) -> None:
        """See `Store.close`."""
        self.crash()

    def _refuse_when_closed(self) -> None:
        if self._is_closed:
            raise StoreError("this store is closed: open another one")


def _link_behind(ledger: MemoryLedger, grant: Grant, head: int) -> Link | None:
    for link in reversed(ledger.links):
        if link.first <= head + 1:
            return link if (link.first, link.epoch) == (head + 1, grant.epoch) else None
    return None


class _Topic(msgspec.Struct):
    topic: str


_topic_decoder: Final = msgspec.json.Decoder(_Topic)


def _topic_of(body: str) -> str | None:
    try:
        return _topic_decoder.decode(body).topic
    except msgspec.ValidationError:
        return None
    except msgspec.DecodeError as error:
        raise StoreError(f"refused to store an event that is no JSON text: {error}") from error
