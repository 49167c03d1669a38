"""The default store: one SQLite file, one owner, one writing connection on its own thread."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final, Literal

from interlock.store.bell import Bell
from interlock.store.blob import BlobFolder, blobs_path, sync_folder
from interlock.store.contract import Grant, Link, Record, Room, Row, StoreError
from interlock.store.lane import Lane
from interlock.store.options import DEFAULTS, SqliteOptions
from interlock.store.ownership import OwnerLock
from interlock.store.room import DiskReserve
from interlock.store.sqlite_reader import SqliteReader
from interlock.store.sqlite_writer import Batch, Writer

CROWD: Final = 48
"""Events of a commit from which on its caller is busy enough to hold the thread up that should write them."""


class SqliteStore:
    """Fulfils `Store` for the one shard of a ledger file. Made by `open`, ended by `close`."""

    def __init__(self, path: Path, *, options: SqliteOptions) -> None:
        # Resolved: a second owner that comes through a symbolic link must meet the same lock.
        path = path.resolve()
        self.path = path
        self._options = options
        self._bell = Bell()
        self._blobs = BlobFolder(blobs_path(path), blob_bytes_max=options.blob_bytes_max)
        self._reserve = DiskReserve(path, reserve_bytes=options.headroom_bytes)
        self._lock: OwnerLock | None = None
        self._writer: Writer | None = None
        self._reader: SqliteReader | None = None
        self._lane = Lane(f"interlock-write {path.name}", tidy=self._tidy)
        self._blob_lane = Lane(f"interlock-blob {path.name}")

    @classmethod
    async def open(
        cls, path: Path | str, *, address: str = "", options: SqliteOptions = DEFAULTS
    ) -> "SqliteStore":
        """Takes the ledger, and creates it when it is missing.

        `address` is what a refused second opener is told. Raises `LedgerInUse` while another opener
        lives, and `StoreError` for a file that is no ledger or a system that cannot keep one
        safely.
        """
        store = cls(Path(path), options=options)
        try:
            await store._lane.run(partial(store._own, address or f"process {os.getpid()}"))
            store._reader = await SqliteReader.open(store.path, vfs=options.vfs)
        except BaseException:
            await store.close()
            raise
        return store

    def _own(self, address: str) -> None:
        try:
            self._take(address)
        except OSError as error:
            raise StoreError(f"cannot keep a ledger at {self.path}: {error}") from error

    def _take(self, address: str) -> None:
        self._lock = OwnerLock(self.path, address=address)
        self._reserve.hold()
        self._blobs.sweep()
        self._writer = Writer(
            self.path,
            address=address,
            bell=self._bell,
            reserve=self._reserve,
            options=self._options,
        )
        sync_folder(self.path.parent)

    async def acquire(self, shard: str, *, owner: str, ttl_ms: int) -> Grant:
        """See `Store.acquire`. The lock on the file says whether an owner is alive; `ttl_ms` is not
        needed.
        """
        return await self._lane.run(partial(self._writing.acquire, shard, owner=owner))

    def commit(
        self, grant: Grant, *, head: int, events: Sequence[str], puts: Sequence[Row], now_us: int
    ) -> asyncio.Future[int]:
        """See `Store.commit`. A caller that is cancelled while it waits learns the outcome from
        `resolve`.
        """
        try:
            batch = Batch(grant, head=head, events=events, puts=puts, now_us=now_us)
            work = partial(self._writing.commit, batch)
            return self._lane.start(work, hand_over=len(events) >= CROWD)
        except StoreError as error:
            refused: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            refused.set_exception(error)
            return refused

    async def resolve(self, grant: Grant, *, head: int) -> Literal["landed", "absent"]:
        """See `Store.resolve`."""
        return await self._lane.run(partial(self._writing.resolve, grant, head=head))

    def load(
        self,
        shard: str,
        *,
        kind: str = "",
        phase: int | None = None,
        ids: Sequence[str] | None = None,
    ) -> AsyncIterator[list[Row]]:
        """See `Store.load`."""
        return self._reading.load(shard, kind=kind, phase=phase, ids=ids)

    async def ended(
        self, shard: str, *, kind: str, status: str, behind: int, is_newest_first: bool, limit: int
    ) -> list[Row]:
        """See `Store.ended`."""
        return await self._reading.ended(
            shard,
            kind=kind,
            status=status,
            behind=behind,
            is_newest_first=is_newest_first,
            limit=limit,
        )

    async def count_ended(self, shard: str, *, kind: str) -> dict[str, int]:
        """See `Store.count_ended`."""
        return await self._reading.count_ended(shard, kind=kind)

    async def read(
        self, shard: str, *, after: int, limit: int, topic: str | None = None, wait_s: float = 0.0
    ) -> list[Record]:
        """See `Store.read`."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + wait_s
        while True:
            seen = self._bell.rung
            records = await self._reading.read_now(shard, after=after, limit=limit, topic=topic)
            left_s = deadline - clock()
            if records or left_s <= 0:
                return records
            await self._bell.wait(seen=seen, timeout_s=left_s)

    async def mentions(
        self, shard: str, *, text: str, after: int, until: int, limit: int
    ) -> list[Record]:
        """See `Store.mentions`."""
        return await self._reading.mentions(shard, text=text, after=after, until=until, limit=limit)

    async def topics(self, shard: str, *, behind: str, limit: int) -> list[tuple[str, int]]:
        """See `Store.topics`."""
        return await self._reading.topics(shard, behind=behind, limit=limit)

    async def links(self, shard: str, *, after: int, limit: int) -> list[Link]:
        """See `Store.links`."""
        return await self._reading.links(shard, after=after, limit=limit)

    def room(self) -> Room:
        """See `Store.room`."""
        return "low" if self._writing.is_low else self._reserve.room()

    async def blob_put(self, content: bytes) -> str:
        """See `Store.blob_put`."""
        return await self._blob_lane.run(partial(self._blobs.put, content))

    async def blob_get(self, ref: str) -> bytes:
        """See `Store.blob_get`."""
        return await self._blob_lane.run(partial(self._blobs.get, ref))

    async def close(self) -> None:
        """See `Store.close`."""
        try:
            if self._reader is not None:
                await self._reader.close()
        finally:
            try:
                await self._blob_lane.close(_nothing)
            finally:
                # Last: the connection that closes last folds the write-ahead log into the ledger.
                await self._lane.close(self._disown)
                self._bell.ring()

    def _disown(self) -> None:
        writer, self._writer = self._writer, None
        try:
            if writer is not None:
                writer.close()
        finally:
            if self._lock is not None:
                self._lock.release()

    def _tidy(self, is_busy: bool) -> float | None:
        return None if self._writer is None else self._writer.tidy(is_busy)

    @property
    def _writing(self) -> Writer:
        if self._writer is None:
            raise StoreError(f"{self.path} is not open here: use SqliteStore.open")
        return self._writer

    @property
    def _reading(self) -> SqliteReader:
        if self._reader is None:
            raise StoreError(f"{self.path} is not open here: use SqliteStore.open")
        return self._reader


def _nothing() -> None:
    """The last work of a lane that holds no connection."""
