"""Interlock behind the protocols of `bench/harness`: the one file that knows its public verbs.

Everything goes through the front door, `interlock.open` and `interlock.connect`, with their defaults.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import msgspec

import interlock
from bench.harness.claim_depth import filled
from bench.harness.relay import Mailboxes
from bench.harness.task_plane import Claim, TaskPlane
from bench.memory import peak_bytes, resident_bytes
from bench.row import installed_versions
from interlock.kernel.task.claim import Claim as InterlockClaim
from interlock.observe.replay import fold_rate, replay_to
from interlock.store.sqlite_reader import open_reader

LEASE_S = 60.0
TOPIC = "bench"
FULL = 2
"""The number by which SQLite answers `PRAGMA synchronous` when it is FULL."""


class Tasks:
    """The verbs of a task's life."""

    def __init__(self, plane: interlock.Plane) -> None:
        self.plane = plane

    async def create(self, number: int) -> str:
        """Queues a task as a user would: a title, instructions, a small payload."""
        created = await self.plane.create_task(
            "file the invoice", instructions="read it, then file it", payload={"n": number}
        )
        return created.task_id

    async def claim(self, agent: str, *, wait_s: float) -> Claim:
        claim = await self.plane.claim_task(agent=agent, lease_s=LEASE_S, wait_s=wait_s)
        if not isinstance(claim, InterlockClaim):
            raise TimeoutError(f"{agent} found no task within {wait_s} s")
        return Claim(task_id=claim.task_id, fence=claim.fence)

    async def extend(self, claim: Claim, *, agent: str, progress: float) -> None:
        await self.plane.extend_lease(
            claim.task_id, fence=claim.fence, progress={"done": progress}, agent=agent
        )

    async def complete(self, claim: Claim, *, agent: str) -> None:
        await self.plane.complete_task(
            claim.task_id, fence=claim.fence, result={"ok": True}, agent=agent
        )


class Mail:
    """The verbs of a message's life, between agents that are called by their numbers."""

    def __init__(self, plane: interlock.Plane) -> None:
        self.plane = plane

    async def send(self, sender: int, *, recipient: int, number: int) -> None:
        await self.plane.send_message(
            f"receiver-{recipient}",
            message_type="DIRECTIVE",
            message="file the invoice",
            payload={"n": number},
            agent=f"sender-{sender}",
        )

    async def receive(self, recipient: int, *, wait_s: float) -> list[tuple[str, int]]:
        found = await self.plane.get_messages(agent=f"receiver-{recipient}", wait_s=wait_s)
        return [(message.receipt, message.payload["n"]) for message in found.items]

    async def ack(self, recipient: int, *, receipt: str) -> None:
        await self.plane.ack_message(receipt, agent=f"receiver-{recipient}")


class Logged(msgspec.Struct, frozen=True, kw_only=True):
    """Events that were published, the seconds that took, and whether each call waited for its fsync."""

    count: int
    elapsed_s: float
    durable: bool


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """How many events were folded, in how many seconds, and in how many they were proved."""

    count: int
    replay_s: float
    proof_s: float


class Restarted(msgspec.Struct, frozen=True, kw_only=True):
    """A ledger that was opened: the seconds that took, and the memory of the process after it and at most."""

    open_tasks: int
    open_s: float
    grown_bytes: int
    peak_bytes: int
    durable: bool


@contextlib.asynccontextmanager
async def embedded(path: str) -> AsyncIterator[TaskPlane]:
    """Opens the ledger at `path` in this process."""
    async with interlock.open(path) as plane:
        yield Tasks(plane)


@contextlib.asynccontextmanager
async def served(path: str) -> AsyncIterator[str]:
    """Owns the ledger at `path` in this process; gives the address at which it is served."""
    async with interlock.open(path) as plane:
        yield plane.address


@contextlib.asynccontextmanager
async def connected(address: str) -> AsyncIterator[TaskPlane]:
    """Speaks to the owner that serves the Unix socket `address`."""
    async with interlock.connect(address) as plane:
        yield Tasks(plane)


@contextlib.asynccontextmanager
async def embedded_mailboxes(path: str, *, pairs: int) -> AsyncIterator[Mailboxes[str]]:
    """Opens the ledger at `path` with `pairs` senders and as many receivers registered."""
    async with interlock.open(path) as plane:
        for pair in range(pairs):
            await plane.register_agent(agent=f"sender-{pair}")
            await plane.register_agent(agent=f"receiver-{pair}")
        yield Mail(plane)


async def append(path: str, *, duration_s: float, callers: int) -> Logged:
    """Publishes events to one topic for `duration_s`, with `callers` that each await each call."""
    count = 0

    async def publish(plane: interlock.Plane, deadline: float) -> None:
        nonlocal count
        while time.perf_counter() < deadline:
            await plane.publish_event(TOPIC, payload={"n": count}, agent="publisher")
            count += 1

    async with interlock.open(path) as plane:
        durable = waits_for_fsync(path)
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(callers):
                group.create_task(publish(plane, started + duration_s))
        elapsed_s = time.perf_counter() - started
    return Logged(count=count, elapsed_s=elapsed_s, durable=durable)


async def replay(path: str) -> Replayed:
    """Reads the closed ledger at `path` from its file: folds all events into a state, then proves them.

    The proof also hashes the chain and takes a fingerprint of each row, as `interlock verify` does.
    """
    head = _head_of(path)
    store = await open_reader(path)
    try:
        started = time.perf_counter()
        state = await replay_to(store, head)
        replay_s = time.perf_counter() - started
        if state.head != head:
            raise RuntimeError(f"the log ends at {head}, and {state.head} events were folded")
        del state
        proof_s = head / await fold_rate(store)
    finally:
        await store.close()
    return Replayed(count=head, replay_s=replay_s, proof_s=proof_s)


async def fill_open_tasks(path: str, *, count: int) -> None:
    """Leaves a closed ledger at `path` with `count` open tasks, made by as many calls of create."""
    async with interlock.open(path) as plane:
        await filled(Tasks(plane), count=count)


async def restart(path: str) -> Restarted:
    """Opens the ledger at `path`, and looks at the memory while it is open."""
    before_bytes = resident_bytes()
    started = time.perf_counter()
    async with interlock.open(path) as plane:
        open_s = time.perf_counter() - started
        return Restarted(
            open_tasks=sum((await plane.get_queue("default")).counts.values()),
            open_s=open_s,
            grown_bytes=resident_bytes() - before_bytes,
            peak_bytes=peak_bytes(),
            durable=waits_for_fsync(path),
        )


def waits_for_fsync(path: str) -> bool:
    """Whether commits of the ledger that this process has open return only after their fsync.

    Asks the connection that writes: the setting belongs to it and stands nowhere in the file.
    """
    writers = [
        connection
        for connection in apsw.connections()
        if Path(connection.filename).resolve() == Path(path).resolve()
        and not connection.readonly("main")
    ]
    if len(writers) != 1:
        raise RuntimeError(f"{len(writers)} connections of this process write {path}, not one")
    settings = writers[0].pragma("journal_mode"), writers[0].pragma("synchronous")
    return settings == ("wal", FULL)


def _head_of(path: str) -> int:
    connection = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)
    try:
        head = connection.execute("SELECT max(pos) FROM event").get
    finally:
        connection.close()
    if not isinstance(head, int):
        raise RuntimeError(f"{path} holds no events")
    return head


def versions() -> dict[str, str]:
    """Interlock's own version and those of the libraries that carry it."""
    return {
        **installed_versions("interlock", "apsw", "msgspec"),
        "sqlite": apsw.sqlite_lib_version(),
    }
