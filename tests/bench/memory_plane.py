"""A plane and mailboxes in memory, so that the measuring loops can be tested without a system."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator

from bench.harness.task_plane import Claim


class MemoryPlane:
    """Keeps tasks in a queue and counts each verb; a claim that is not held cannot be ended."""

    def __init__(self) -> None:
        self.ready: asyncio.Queue[str] = asyncio.Queue()
        self.held: dict[str, str] = {}
        self.calls: Counter[str] = Counter()

    async def create(self, number: int) -> str:
        self.calls["create"] += 1
        await self.ready.put(str(number))
        return str(number)

    async def claim(self, agent: str, *, wait_s: float) -> Claim:
        task_id = await self.ready.get()
        self.calls["claim"] += 1
        self.held[task_id] = agent
        await asyncio.sleep(0)
        return Claim(task_id=task_id, fence=1)

    async def extend(self, claim: Claim, *, agent: str, progress: float) -> None:
        self.calls["extend"] += 1
        assert self.held[claim.task_id] == agent
        await asyncio.sleep(0)

    async def complete(self, claim: Claim, *, agent: str) -> None:
        self.calls["complete"] += 1
        assert self.held.pop(claim.task_id) == agent
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def connected(address: str) -> AsyncIterator[MemoryPlane]:
    yield MemoryPlane()


@contextlib.asynccontextmanager
async def refusing(address: str) -> AsyncIterator[MemoryPlane]:
    raise ConnectionRefusedError(f"nobody listens on {address}")
    yield


class MemoryMailboxes:
    """One queue for each recipient; a receipt can be acknowledged once."""

    def __init__(self, *, recipients: int) -> None:
        self.queues: list[asyncio.Queue[int]] = [asyncio.Queue() for _ in range(recipients)]
        self.unacknowledged: set[int] = set()

    async def send(self, sender: int, *, recipient: int, number: int) -> None:
        await self.queues[recipient].put(number)
        await asyncio.sleep(0)

    async def receive(self, recipient: int, *, wait_s: float) -> list[tuple[int, int]]:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                number = await self.queues[recipient].get()
                self.unacknowledged.add(number)
                return [(number, number)]
        return []

    async def ack(self, recipient: int, *, receipt: int) -> None:
        self.unacknowledged.remove(receipt)
