"""Agents that live their lives through clients, and what the ledger has to say about it afterwards."""

import asyncio
from collections import Counter
from pathlib import Path

from interlock import ConnectionLost, Plane, Unavailable
from interlock.kernel.apply import decode_event
from interlock.kernel.task.claim import Claim, TaskClaimed
from interlock.kernel.task.create import TaskCreated
from interlock.kernel.task.finish import TaskCompleted
from interlock.kernel.task.lease import LeaseExpired
from interlock.observe.history import read_batches
from interlock.observe.verify import verify_ledger
from interlock.store.sqlite import SqliteStore


class Fleet:
    """Counts the lifecycles of its agents, which go on until they are told to stop."""

    def __init__(self) -> None:
        self.finished: dict[str, str] = {}
        """The task of each lifecycle that its agent saw to its end, by its title."""
        self.seen: Counter[str] = Counter()
        """Lifecycles by agent."""
        self._is_over = False
        self._progress = asyncio.Event()

    async def live(self, plane: Plane, *, agent: str) -> None:
        """One agent: creates a task of its own, claims it, tells its progress, completes it, and again."""
        number = 0
        while not self._is_over:
            number += 1
            title = f"{agent}/{number}"
            try:
                await self._lifecycle(plane, agent=agent, title=title)
            except (ConnectionLost, Unavailable):
                continue
            self.seen[agent] += 1
            self._progress.set()

    async def wait_for(self, count: int) -> None:
        """Until so many lifecycles more are through."""
        goal = len(self.finished) + count
        while len(self.finished) < goal:
            await self._next()

    async def wait_for_everybody(self) -> None:
        """Until each agent that was ever seen has finished a lifecycle from now on."""
        before = Counter(self.seen)
        while any(self.seen[agent] == count for agent, count in before.items()):
            await self._next()

    def stop(self) -> None:
        """Each agent finishes what it is at."""
        self._is_over = True

    async def _next(self) -> None:
        self._progress.clear()
        await self._progress.wait()

    async def _lifecycle(self, plane: Plane, *, agent: str, title: str) -> None:
        ref = await plane.create_task(title, queue=agent, lease_s=600, agent=agent)
        claim = await plane.claim_task(queue=agent, wait_s=30, agent=agent)
        assert isinstance(claim, Claim)
        assert (claim.task_id, claim.title) == (ref.task_id, title)
        fence = claim.fence
        await plane.extend_lease(ref.task_id, fence=fence, progress={"done": 0.5}, agent=agent)
        await plane.complete_task(ref.task_id, fence=fence, result=title, agent=agent)
        self.finished[title] = ref.task_id


async def check_ledger(path: Path, fleet: Fleet) -> None:
    """What the agents saw is there, once, and nothing else was done; the ledger proves whole."""
    store = await SqliteStore.open(path)
    try:
        proof = await verify_ledger(store)
        assert proof.holds, proof.fault
        events = [
            decode_event(record.body) async for batch in read_batches(store) for record in batch
        ]
    finally:
        await store.close()
    created = Counter(event.task.title for event in events if isinstance(event, TaskCreated))
    assert set(created.values()) == {1}
    assert created.keys() >= fleet.finished.keys()
    for kind in (TaskClaimed, TaskCompleted):
        counted = Counter(event.task_id for event in events if isinstance(event, kind))
        assert set(counted.values()) == {1}
        assert counted.keys() >= set(fleet.finished.values())
    assert not any(isinstance(event, LeaseExpired) for event in events)
