"""What the processes of a storm do: own the ledger, bring tasks, work on them. Each may die at any moment."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import interlock
from interlock import CannotConnect, Plane, StaleFence, Unavailable
from interlock.hub.committer import Committer
from interlock.kernel.task.claim import Claim
from interlock.kernel.task.create import TaskRef
from interlock.store.sqlite import SqliteStore
from tests.crash.journal import Journal, journal_path, read_journal

BLOCK_TASKS: Final = 12
"""Tasks that a driver brings at once. The next block may need tasks of the one before."""

OPEN_TASKS_MAX: Final = 120
"""A driver waits while more are open: the restart of an owner stays quick."""

LEASE_S: Final = 1.0
VISIBILITY_S: Final = 1.0
READER: Final = "reader"
SLOTS: Final = 3
"""Tasks that one worker has in hand at the same time."""

Canary = Literal["", "reply_before_commit"]
T = TypeVar("T")


class Place:
    """Where a storm happens."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger = folder / "storm.ledger"

    def journal(self, name: str) -> Path:
        """The journal of the process of this name."""
        return journal_path(self.folder, name)


class Stop:
    """Set by SIGTERM: come to an end in good order."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._event.set)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})

    def __bool__(self) -> bool:
        return self._event.is_set()

    async def within(self, seconds: float) -> bool:
        """Whether the end was called for within so many seconds; returns at once when it is."""
        try:
            await asyncio.wait_for(self._event.wait(), seconds)
        except TimeoutError:
            return False
        return True


async def own(place: Place, *, canary: Canary) -> None:
    """The owner: has the ledger open and serves it until it is told to stop."""
    stop = Stop()
    if canary == "reply_before_commit":
        _answer_too_early(stop)
    async with interlock.open(place.ledger):
        while not await stop.within(3_600):
            pass


def _answer_too_early(stop: Stop) -> None:
    """Plants the bug, on a disk so slow that a kill between answer and commit is likely."""
    commit = SqliteStore.commit

    async def slowly(*args: Any, **named: Any) -> int:
        await stop.within(0.05)
        return await commit(*args, **named)

    SqliteStore.commit = slowly  # type: ignore[method-assign]
    Committer.answer = lambda committer, reply, command: reply  # type: ignore[method-assign]


async def drive(place: Place, name: str, generation: int) -> None:
    """A driver: brings blocks of tasks, and after its death goes on where its journal ends.

    Most tasks carry an idempotency key, so that a successor may ask again for what it does not find in the
    journal. The others carry none: for them, only the client's own request ids keep them single.
    """
    stop = Stop()
    journal = Journal(place.journal(name))
    known = {promise.key: promise.task_id for promise in read_journal(place.journal(name))}
    async with connected(place, stop) as plane:
        block = 0
        while not stop:
            needs = [known[key] for key in _keys(name, block - 1)[:2]] if block % 3 else []
            missing = [key for key in _keys(name, block) if key not in known]
            created = [_create_keyed(plane, journal, key=key, needs=needs) for key in missing]
            if missing:
                created.append(_create_bare(plane, journal, f"{name}/{generation}/{block}"))
            known.update(await asyncio.gather(*created))
            block += 1
            while missing and not stop and await _open_count(plane) > OPEN_TASKS_MAX:
                await stop.within(0.05)


def _keys(name: str, block: int) -> list[str]:
    return [f"{name}-{block}-{number}" for number in range(BLOCK_TASKS)]


async def _create_keyed(
    plane: Plane, journal: Journal, *, key: str, needs: list[str]
) -> tuple[str, str]:
    async def create() -> TaskRef:
        return await plane.create_task(
            key, needs=needs, idempotency_key=key, lease_s=LEASE_S, attempts_max=100, agent="driver"
        )

    ref = await patiently(create)
    journal.note("create_task", ref.task_id, key=key)
    return key, ref.task_id


async def _create_bare(plane: Plane, journal: Journal, title: str) -> tuple[str, str]:
    async def create() -> TaskRef:
        return await plane.create_task(title, lease_s=LEASE_S, attempts_max=100)

    ref = await patiently(create)
    journal.note("create_task", ref.task_id, key=title)
    return title, ref.task_id


async def _open_count(plane: Plane) -> int:
    queue = await patiently(lambda: plane.get_queue("default"))
    return sum(queue.counts.values())


async def work(place: Place, name: str, generation: int) -> None:
    """A worker: claims, heartbeats, completes; at the end it goes on until nothing is open."""
    stop = Stop()
    journal = Journal(place.journal(name))
    async with connected(place, stop) as plane:
        slots = [_Slot(plane, journal, stop, f"{name}.{number}") for number in range(SLOTS)]
        await asyncio.gather(*[slot.run() for slot in slots])


class _Slot:
    """One task at a time."""

    def __init__(self, plane: Plane, journal: Journal, stop: Stop, agent: str) -> None:
        self._plane = plane
        self._journal = journal
        self._stop = stop
        self._agent = agent

    async def run(self) -> None:
        while True:
            claim = await patiently(lambda: self._plane.claim_task(agent=self._agent, wait_s=0.5))
            if isinstance(claim, Claim):
                self._journal.note("claim_task", claim.task_id, fence=claim.fence)
                try:
                    await self._work_on(claim)
                except StaleFence:
                    self._journal.note("stale_fence", claim.task_id, fence=claim.fence)
            elif self._stop and await _open_count(self._plane) == 0:
                return

    async def _work_on(self, claim: Claim) -> None:
        plane, task_id, fence = self._plane, claim.task_id, claim.fence
        if claim.attempt == 1 and random.random() < 0.1:
            if random.random() < 0.5:
                await patiently(lambda: plane.fail_task(task_id, fence=fence, error="unlucky"))
                self._journal.note("fail_task", task_id, fence=fence)
            else:
                await patiently(lambda: plane.release_task(task_id, fence=fence))
                self._journal.note("release_task", task_id, fence=fence)
            return
        for beat in range(random.choice((0, 0, 1, 3))):
            await self._stop.within(random.uniform(0.0, 0.2))
            await patiently(
                lambda beat=beat: plane.extend_lease(task_id, fence=fence, progress=beat)
            )
            self._journal.note("extend_lease", task_id, fence=fence)
        step = await patiently(
            lambda: plane.record_step(task_id, fence=fence, name="only", result=fence)
        )
        self._journal.note("record_step", task_id, fence=int(step.result_json))
        await self._report(task_id)
        await patiently(lambda: plane.complete_task(task_id, fence=fence, result={"by": fence}))
        self._journal.note("complete_task", task_id, fence=fence)

    async def _report(self, task_id: str) -> None:
        """A message per task, however many attempts get that far: all of them say the same under the same key."""
        sent = await patiently(
            lambda: self._plane.send_message(
                READER,
                message_type="STATUS",
                message=f"{task_id} is nearly done",
                deliveries_max=100,
                idempotency_key=task_id,
                agent="worker",
            )
        )
        self._journal.note("send_message", sent.message_id, key=task_id)


async def read(place: Place, name: str) -> None:
    """A reader: settles the messages of the workers; at the end it goes on until none comes any more."""
    stop = Stop()
    journal = Journal(place.journal(name))
    async with connected(place, stop) as plane:
        while True:
            mail = await patiently(
                lambda: plane.get_messages(
                    agent=READER, limit=5, visibility_s=VISIBILITY_S, wait_s=2 * VISIBILITY_S
                )
            )
            for item in mail.items:
                await patiently(lambda item=item: plane.ack_message(item.receipt, agent=READER))
                journal.note("ack_message", item.id)
            if stop and not mail:
                return


@asynccontextmanager
async def connected(place: Place, stop: Stop) -> AsyncIterator[Plane]:
    """The plane of the present owner, as soon as there is one."""
    while True:
        opening = interlock.connect(place.ledger)
        try:
            plane = await opening.__aenter__()
        except CannotConnect:
            await stop.within(random.uniform(0.01, 0.05))
        else:
            break
    try:
        yield plane
    finally:
        await opening.__aexit__(None, None, None)


async def patiently(call: Callable[[], Awaitable[T]]) -> T:
    """The answer of a hub that takes commands: one that shuts down refuses, and its successor is asked."""
    while True:
        try:
            return await call()
        except Unavailable as refusal:
            if refusal.code != "closing":
                raise
