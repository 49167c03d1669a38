"""A store in memory that is slow, full, forgetful or killed, as the seed says."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Literal

from interlock.store.contract import CommitUnknown, Grant, Record, Row, StoreError, StoreFull
from interlock.store.memory import MemoryStore

if TYPE_CHECKING:
    from tests.sim.world import World


BATCH_ROWS = 50


class SimStore(MemoryStore):
    """Takes virtual time for everything, so that other things happen meanwhile."""

    def __init__(self, world: "World") -> None:
        super().__init__(world.disk, before_write=self._before, after_write=self._after)
        self._world = world
        self.gate: asyncio.Future[None] | None = None
        """While it is not done, the process that holds this store is paused."""

    async def acquire(self, shard: str, *, owner: str, ttl_ms: int) -> Grant:
        """See `Store.acquire`: from here on, the owners before may commit nothing."""
        grant = await super().acquire(shard, owner=owner, ttl_ms=ttl_ms)
        self._world.oracle.catch_up()
        self._world.oracle.log.epoch = grant.epoch
        return grant

    async def _before(self, grant: Grant, head: int) -> None:
        world, faults = self._world, self._world.faults
        await self._pass(world.draw() * faults.commit_s)
        if faults.is_calm:
            return
        dice = world.draw()
        if dice < faults.crash_before:
            world.crash(self)
            await asyncio.get_running_loop().create_future()
        dice -= faults.crash_before
        if dice < faults.store_full:
            world.disk.room = "low"
            raise StoreFull("the simulated disk is full")
        dice -= faults.store_full
        if dice < faults.store_error:
            raise StoreError("the simulated disk failed")
        dice -= faults.store_error
        if dice < faults.commit_unknown:
            raise CommitUnknown("the answer was lost before the write")

    async def _after(self, grant: Grant, head: int) -> None:
        world, faults = self._world, self._world.faults
        if faults.is_calm:
            return
        dice = world.draw()
        if dice < faults.crash_after:
            world.crash(self)
            await asyncio.get_running_loop().create_future()
        dice -= faults.crash_after
        if dice < faults.commit_unknown:
            raise CommitUnknown("the answer was lost after the write")

    async def _pass(self, seconds: float) -> None:
        if seconds:
            await asyncio.sleep(seconds)
        if self.gate is not None:
            await self.gate

    async def load(
        self,
        shard: str,
        *,
        kind: str = "",
        phase: int | None = None,
        ids: Sequence[str] | None = None,
    ) -> AsyncIterator[list[Row]]:
        """See `Store.load`: the snapshot is of the start, and reading it takes time."""
        everything = self.disk.ledger(shard).rows
        if ids is None:
            found = [
                row
                for row in everything.values()
                if (not kind or row.kind == kind) and (phase is None or row.phase == phase)
            ]
        else:
            found = [everything[kind, id] for id in ids if (kind, id) in everything]
        found.sort(key=lambda row: (row.kind, row.id))
        for start in range(0, max(len(found), 1), BATCH_ROWS):
            await self._pass(self._world.draw() * self._world.faults.commit_s)
            self._refuse_when_closed()
            yield found[start : start + BATCH_ROWS]

    async def read(
        self, shard: str, *, after: int, limit: int, topic: str | None = None, wait_s: float = 0.0
    ) -> list[Record]:
        """See `Store.read`."""
        records = await super().read(shard, after=after, limit=limit, topic=topic, wait_s=wait_s)
        await self._pass(self._world.draw() * self._world.faults.commit_s)
        self._refuse_when_closed()
        return records

    async def resolve(self, grant: Grant, *, head: int) -> Literal["landed", "absent"]:
        """See `Store.resolve`."""
        await self._pass(self._world.draw() * self._world.faults.commit_s)
        if self._world.draw() < self._world.faults.resolve_error and not self._world.faults.is_calm:
            raise StoreError("the simulated disk failed while it was asked")
        return await super().resolve(grant, head=head)
