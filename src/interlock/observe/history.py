"""The events in order, in batches, each position accounted for.

The next batch is read while the caller works on the present one: a store with a thread of its own then reads
beside the fold.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeVar

from interlock.observe.fault import wrong
from interlock.store.contract import Record, Store, StoreError

BATCH_EVENTS: Final = 5_000
"""Events in one batch: enough to make the cost of a read small beside that of the fold."""

Item = TypeVar("Item")


async def read_batches(
    store: Store, *, after: int = 0, until: int | None = None, shard: str = "0"
) -> AsyncIterator[list[Record]]:
    """The events behind `after` up to position `until`, or to the present end. Raises `LedgerWrong`."""
    position = after

    async def following() -> list[Record]:
        nonlocal position
        wanted = BATCH_EVENTS if until is None else min(BATCH_EVENTS, until - position)
        if wanted <= 0:
            return []
        records = await read_dense(store, after=position, limit=wanted, shard=shard)
        position += len(records)
        return records

    async for records in ahead(following):
        yield records


async def read_dense(store: Store, *, after: int, limit: int, shard: str) -> list[Record]:
    """Up to `limit` events behind `after`. Raises `LedgerWrong` for a gap and for what cannot be read."""
    try:
        records = await store.read(shard, after=after, limit=limit)
    except StoreError as error:
        await _name_unreadable(store, after=after, limit=limit, shard=shard)
        raise wrong(after + 1, "unreadable", str(error)) from error
    for expected, record in enumerate(records, start=after + 1):
        if record.pos != expected:
            raise wrong(expected, "gap", f"the next event stands at position {record.pos}")
    return records


async def ahead(following: Callable[[], Awaitable[list[Item]]]) -> AsyncIterator[list[Item]]:
    """What `following` gives until it gives nothing, with one call always on its way."""
    reading = asyncio.ensure_future(following())
    try:
        while batch := await reading:
            reading = asyncio.ensure_future(following())
            # One turn of the loop, so that the read has begun when the caller sets to work.
            await asyncio.sleep(0)
            yield batch
    finally:
        reading.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await reading


async def _name_unreadable(store: Store, *, after: int, limit: int, shard: str) -> None:
    """Raises `LedgerWrong` for the first single event that cannot be read."""
    for position in range(after, after + limit):
        try:
            if not await store.read(shard, after=position, limit=1):
                return
        except StoreError as error:
            raise wrong(position + 1, "unreadable", str(error)) from error
