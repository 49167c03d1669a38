"""Reads a ledger file while another process, or another thread of this one, owns and writes it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, Literal, NoReturn, TypeVar

import apsw

from interlock.store.blob import BlobFolder, blobs_path
from interlock.store.connection import open_read_only, sqlite_errors
from interlock.store.contract import (
    BLOB_BYTES_MAX,
    Fenced,
    Grant,
    Link,
    Record,
    Room,
    Row,
    StoreError,
)
from interlock.store.lane import Lane
from interlock.store.migration import refuse_foreign
from interlock.store.sqlite_read import (
    RowScan,
    count_ended,
    read_ended,
    read_events,
    read_links,
    read_mentions,
    read_topics,
)

Result = TypeVar("Result")

POLL_S: Final = 0.05
"""How often a waiting reader in another process looks whether the file has changed."""


class SqliteReader:
    """The reading half of a store. It never writes and needs no ownership: whatever would write raises `Fenced`."""

    def __init__(self, path: Path, *, vfs: str, lane: Lane) -> None:
        self._path = path
        self._vfs = vfs
        self._lane = lane
        self._scans: set[RowScan] = set()
        self._shard = ""
        self._connection: apsw.Connection | None = None
        self._blobs = BlobFolder(blobs_path(path), blob_bytes_max=BLOB_BYTES_MAX)

    @classmethod
    async def open(cls, path: Path, *, vfs: str = "") -> "SqliteReader":
        """Opens an existing ledger. Raises `StoreError` for anything else."""
        reader = cls(path, vfs=vfs, lane=Lane(f"interlock-read {path.name}"))
        try:
            await reader._lane.run(reader._connect)
        except BaseException:
            await reader.close()
            raise
        return reader

    def _connect(self) -> None:
        self._connection = open_read_only(self._path, vfs=self._vfs)
        with sqlite_errors(self._path):
            if refuse_foreign(self._connection) == 0:
                raise StoreError(f"{self._path} is empty: it is no ledger yet")

    async def load(
        self,
        shard: str,
        *,
        kind: str = "",
        phase: int | None = None,
        ids: Sequence[str] | None = None,
    ) -> AsyncIterator[list[Row]]:
        """See `Store.load`."""
        connect = partial(open_read_only, self._path, vfs=self._vfs)
        scan = RowScan(connect, kind=kind, phase=phase, ids=ids)
        self._scans.add(scan)
        try:
            while batch := await self._ask(shard, lambda _: scan.next_batch()):
                yield batch
        finally:
            # Closed with the store, if that came first.
            if scan in self._scans:
                await self._lane.run(partial(self._end, scan))

    def _end(self, scan: RowScan) -> None:
        self._scans.discard(scan)
        scan.close()

    async def ended(
        self, shard: str, *, kind: str, status: str, behind: int, is_newest_first: bool, limit: int
    ) -> list[Row]:
        """See `Store.ended`."""
        question = partial(
            read_ended,
            kind=kind,
            status=status,
            behind=behind,
            is_newest_first=is_newest_first,
            limit=limit,
        )
        return await self._ask(shard, question)

    async def count_ended(self, shard: str, *, kind: str) -> dict[str, int]:
        """See `Store.count_ended`."""
        return await self._ask(shard, partial(count_ended, kind=kind))

    async def read(
        self, shard: str, *, after: int, limit: int, topic: str | None = None, wait_s: float = 0.0
    ) -> list[Record]:
        """See `Store.read`."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + wait_s
        while True:
            records = await self.read_now(shard, after=after, limit=limit, topic=topic)
            left_s = deadline - clock()
            if records or left_s <= 0:
                return records
            await asyncio.sleep(min(POLL_S, left_s))

    async def read_now(
        self, shard: str, *, after: int, limit: int, topic: str | None
    ) -> list[Record]:
        """`read` without waiting."""
        return await self._ask(shard, partial(read_events, after=after, limit=limit, topic=topic))

    async def mentions(
        self, shard: str, *, text: str, after: int, until: int, limit: int
    ) -> list[Record]:
        """See `Store.mentions`."""
        question = partial(read_mentions, text=text, after=after, until=until, limit=limit)
        return await self._ask(shard, question)

    async def topics(self, shard: str, *, behind: str, limit: int) -> list[tuple[str, int]]:
        """See `Store.topics`."""
        return await self._ask(shard, partial(read_topics, behind=behind, limit=limit))

    async def links(self, shard: str, *, after: int, limit: int) -> list[Link]:
        """See `Store.links`."""
        return await self._ask(shard, partial(read_links, after=after, limit=limit))

    async def blob_get(self, ref: str) -> bytes:
        """See `Store.blob_get`."""
        return await self._lane.run(partial(self._blobs.get, ref))

    async def close(self) -> None:
        """Ends the thread and every snapshot. Safe to call twice."""
        await self._lane.close(self._disconnect)

    def _disconnect(self) -> None:
        while self._scans:
            self._scans.pop().close()
        if self._connection is not None:
            self._connection.close()

    async def _ask(self, shard: str, question: Callable[[apsw.Connection], Result]) -> Result:
        return await self._lane.run(partial(self._answer, shard, question))

    def _answer(self, shard: str, question: Callable[[apsw.Connection], Result]) -> Result:
        assert self._connection is not None, "open connects before it hands the reader out"
        with sqlite_errors(self._path):
            if shard != self._shard:
                self._refuse_other_shard(self._connection, shard)
            return question(self._connection)

    def _refuse_other_shard(self, connection: apsw.Connection, shard: str) -> None:
        kept = connection.execute("SELECT shard FROM owner").get
        if kept is not None and kept != shard:
            raise StoreError(f"{self._path} keeps the shard {kept!r}, not {shard!r}")
        self._shard = kept or ""

    async def acquire(self, shard: str, *, owner: str, ttl_ms: int) -> Grant:
        """Raises `Fenced`."""
        self._refuse_to_write()

    async def commit(
        self, grant: Grant, *, head: int, events: Sequence[str], puts: Sequence[Row], now_us: int
    ) -> int:
        """Raises `Fenced`."""
        self._refuse_to_write()

    async def resolve(self, grant: Grant, *, head: int) -> Literal["landed", "absent"]:
        """Raises `Fenced`: only the owner can say that a commit is absent for good."""
        self._refuse_to_write()

    async def blob_put(self, content: bytes) -> str:
        """Raises `Fenced`."""
        self._refuse_to_write()

    def room(self) -> Room:
        """A reader adds nothing: no new work fits."""
        return "low"

    def _refuse_to_write(self) -> NoReturn:
        raise Fenced(f"{self._path} was opened for reading: send commands to its owner")


async def open_reader(path: Path | str) -> SqliteReader:
    """A read-only store over a ledger, whoever owns it. Raises `StoreError` when there is none."""
    return await SqliteReader.open(Path(path))
