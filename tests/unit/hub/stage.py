"""A hub on a disk that the test holds in its hand: commits wait at a gate, or fail as they are told."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, Literal

from interlock.hub.batch import Answer
from interlock.hub.clock import HubClock
from interlock.hub.hub import Hub
from interlock.kernel.border import make_command
from interlock.kernel.command import Command, Reply
from interlock.kernel.decide import VERBS
from interlock.store.contract import Grant, Record, Row, StoreError
from interlock.store.memory import MemoryDisk, MemoryStore

WALL_US = 1_800_000_000_000_000


class Disk:
    """Decides what becomes of each commit."""

    def __init__(self) -> None:
        self.commits: list[int] = []
        """The head of each commit that reached the disk, resends included."""
        self.before: list[BaseException] = []
        """Raised by the next commits, which write nothing."""
        self.after: list[BaseException] = []
        """Raised by the next commits, which write everything."""
        self._gate = asyncio.Event()
        self._gate.set()

    def stall(self) -> None:
        """No commit gets through until `flow`."""
        self._gate.clear()

    def flow(self) -> None:
        self._gate.set()

    async def before_write(self, grant: Grant, head: int) -> None:
        self.commits.append(head)
        await self._gate.wait()
        if self.before:
            raise self.before.pop(0)

    async def after_write(self, grant: Grant, head: int) -> None:
        if self.after:
            raise self.after.pop(0)


class SlowStore(MemoryStore):
    """A store whose reading waits at a gate as well, and can fail."""

    def __init__(self, disk: Disk, memory: MemoryDisk) -> None:
        super().__init__(memory, before_write=disk.before_write, after_write=disk.after_write)
        self.loads = 0
        self.fail_load: StoreError | None = None
        self.fail_resolve: StoreError | None = None
        self.fail_read: StoreError | None = None
        self.reading = asyncio.Event()
        """Clear, no rows come back before it is set again."""
        self.reading.set()
        self.fetching = asyncio.Event()
        """The same for rows that are named, and for events."""
        self.fetching.set()

    async def load(
        self,
        shard: str,
        *,
        kind: str = "",
        phase: int | None = None,
        ids: Sequence[str] | None = None,
    ) -> AsyncIterator[list[Row]]:
        self.loads += 1
        found = [rows async for rows in super().load(shard, kind=kind, phase=phase, ids=ids)]
        await self.reading.wait()
        if ids is not None:
            await self.fetching.wait()
        if self.fail_load is not None:
            raise self.fail_load
        for rows in found:
            yield rows

    async def read(
        self, shard: str, *, after: int, limit: int, topic: str | None = None, wait_s: float = 0.0
    ) -> list[Record]:
        if self.fail_read is not None:
            raise self.fail_read
        found = await super().read(shard, after=after, limit=limit, topic=topic, wait_s=wait_s)
        await self.fetching.wait()
        return found

    async def resolve(self, grant: Grant, *, head: int) -> Literal["landed", "absent"]:
        if self.fail_resolve is not None:
            raise self.fail_resolve
        return await super().resolve(grant, head=head)


class Stage:
    """The hub, its disk, and short ways to speak to it."""

    def __init__(self) -> None:
        self.disk = Disk()
        self.memory = MemoryDisk()
        self.wall_us = WALL_US
        self.hub: Hub
        self.store: SlowStore

    async def start(self, **options: Any) -> None:
        """Starts a hub over what is on the disk."""
        loop = asyncio.get_running_loop()
        self.store = SlowStore(self.disk, self.memory)

        def make_clock(last_us: int) -> HubClock:
            return HubClock(
                last_us=last_us,
                wall=lambda: self.wall_us,
                elapsed=lambda: int(loop.time() * 1_000_000),
            )

        self.hub = await Hub.start(
            self.store, owner="stage", make_clock=make_clock, **{"lease_grace_s": 0.0, **options}
        )

    async def restart(self, **options: Any) -> None:
        """Kills the owner, as SIGKILL does, and starts the next one."""
        self.store.crash()
        await self.start(**options)

    async def end(self) -> None:
        self.disk.flow()
        self.store.reading.set()
        self.store.fetching.set()
        await self.hub.close()

    def submit(self, verb: str, **fields: Any) -> Answer:
        """Hands a command in; the answer may be a future."""
        return self.hub.submit(command(verb, **fields))

    def ask(self, verb: str, **fields: Any) -> "asyncio.Future[Reply]":
        """The same, as a future in any case."""
        answer = self.submit(verb, **fields)
        if isinstance(answer, asyncio.Future):
            return answer
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        future.set_result(answer)
        return future

    async def do(self, verb: str, **fields: Any) -> Any:
        """The answer."""
        return await self.hub.call(command(verb, **fields))

    async def settle(self) -> None:
        """Lets everything happen that needs no time to pass."""
        for _ in range(50):
            await asyncio.sleep(0)

    @property
    def events(self) -> list[str]:
        """What is durable."""
        return self.memory.ledger("0").events


def command(verb: str, **fields: Any) -> Command:
    """A command as it comes from the border."""
    return make_command(VERBS[verb], fields)
