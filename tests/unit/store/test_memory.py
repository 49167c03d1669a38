"""The faults that a simulator can ask of the store in memory."""

import asyncio

import pytest

from interlock.store.contract import CommitUnknown, Fenced, Grant, StoreError, StoreFull
from interlock.store.memory import MemoryDisk, MemoryStore

SHARD = "main"


class Crash(Exception):
    """What a simulator throws."""


async def commit(store: MemoryStore, grant: Grant, *, head: int) -> int:
    return await store.commit(grant, head=head, events=['{"n":1}'], puts=[], now_us=head)


async def acquire(store: MemoryStore) -> Grant:
    return await store.acquire(SHARD, owner="hub", ttl_ms=10_000)


@pytest.mark.parametrize("error", [StoreFull("planned"), Crash("planned")])
async def test_a_fault_before_the_write_point_leaves_nothing(error: Exception) -> None:
    async def fail(grant: Grant, head: int) -> None:
        raise error

    store = MemoryStore(before_write=fail)
    grant = await acquire(store)
    with pytest.raises(type(error)):
        await commit(store, grant, head=0)
    assert await store.resolve(grant, head=0) == "absent"


async def test_a_fault_after_the_write_point_loses_the_answer_and_not_the_commit() -> None:
    async def lose(grant: Grant, head: int) -> None:
        raise CommitUnknown("planned")

    store = MemoryStore(after_write=lose)
    grant = await acquire(store)
    with pytest.raises(CommitUnknown):
        await commit(store, grant, head=0)
    assert await store.resolve(grant, head=0) == "landed"
    assert len(await store.read(SHARD, after=0, limit=9)) == 1


async def test_a_store_that_crashes_while_a_commit_is_delayed_writes_nothing() -> None:
    disk, gate = MemoryDisk(), asyncio.Event()

    async def delay(grant: Grant, head: int) -> None:
        await gate.wait()

    store = MemoryStore(disk, before_write=delay)
    grant = await acquire(store)
    committing = asyncio.create_task(commit(store, grant, head=0))
    await asyncio.sleep(0)
    store.crash()
    gate.set()
    with pytest.raises(StoreError):
        await committing
    successor = MemoryStore(disk)
    assert (await acquire(successor)).epoch == grant.epoch + 1
    assert await successor.read(SHARD, after=0, limit=9) == []


async def test_a_zombie_whose_commit_was_delayed_over_a_takeover_is_fenced() -> None:
    disk, gate = MemoryDisk(), asyncio.Event()

    async def delay(grant: Grant, head: int) -> None:
        await gate.wait()

    zombie = MemoryStore(disk, before_write=delay)
    grant = await acquire(zombie)
    committing = asyncio.create_task(commit(zombie, grant, head=0))
    await asyncio.sleep(0)
    disk.unlock()
    successor = MemoryStore(disk)
    await commit(successor, await acquire(successor), head=0)
    gate.set()
    with pytest.raises(Fenced):
        await committing
    assert len(await successor.links(SHARD, after=0, limit=9)) == 1


async def test_closing_a_zombie_does_not_free_the_lock_of_its_successor() -> None:
    disk = MemoryDisk()
    zombie = MemoryStore(disk)
    await acquire(zombie)
    disk.unlock()
    successor = MemoryStore(disk)
    await acquire(successor)
    await zombie.close()
    assert disk.is_locked_by(successor)


async def test_a_test_says_how_much_room_there_is() -> None:
    disk = MemoryDisk()
    disk.room = "low"
    assert MemoryStore(disk).room() == "low"
