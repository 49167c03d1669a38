"""A world: agents, a network that loses and repeats, a disk, and the hubs that come and go on it."""

import asyncio
from functools import partial
from random import Random
from typing import Any

from interlock.hub.clock import HubClock
from interlock.hub.hub import Hub
from interlock.kernel.command import Command, Reply
from interlock.store.contract import LedgerInUse, StoreError
from interlock.store.memory import MemoryDisk
from tests.sim.answers import Answers
from tests.sim.call import Call
from tests.sim.delivery import Delivery
from tests.sim.disk import SimStore
from tests.sim.loop import SimLoop
from tests.sim.oracle import Oracle
from tests.sim.profile import Faults, Profile
from tests.sim.violation import Violation

EPOCH_US = 1_800_000_000_000_000
GRACE_S = 1.0
COMPARE_STEPS = 2_000
SLACK_US = 5_000_000
"""How late an alarm may be while a hub is there, in hub time."""

RESENDS_MAX = 4


class World:
    """Everything that exists. `steps` counts commands delivered to a hub, turns of a hub's clock, and crashes."""

    def __init__(self, loop: SimLoop, profile: Profile, seed: int) -> None:
        self.loop = loop
        self.profile = profile
        self.faults: Faults = profile.faults
        self.random = Random(seed)
        self.draw = self.random.random
        self.disk = MemoryDisk()
        self.oracle = Oracle(self.disk)
        self.answers = Answers(self.oracle)
        self.hub: Hub | None = None
        self.stores: dict[int, SimStore] = {}
        self.zombies: list[Hub] = []
        self.steps = 0
        self.steps_max = 1_000_000
        self.starts = 0
        self.wall_jump_us = 0
        self.slept_us = 0
        self.up_since_us = 0
        self._pending: dict[Hub, dict[Delivery, None]] = {}
        self._compare_at = COMPARE_STEPS
        self._number = 0
        self._jobs: set[asyncio.Task[Any]] = set()
        self.task_ids: list[str] = []
        self.idle_s = 0.0
        self.made_us = 0
        loop.set_task_factory(self._make_task)
        loop.set_exception_handler(self._raised)

    # Time and failures.

    def elapsed_us(self) -> int:
        """What a clock shows that nobody can set, suspends included."""
        return int(self.loop.time() * 1_000_000) + self.slept_us

    def wall_us(self) -> int:
        """What the machine's clock shows: somebody may have set it."""
        return EPOCH_US + self.elapsed_us() + self.wall_jump_us

    def _make_task(
        self, loop: asyncio.AbstractEventLoop, coro: Any, **kind: Any
    ) -> "asyncio.Task[Any]":
        task = asyncio.Task(coro, loop=loop, **kind)
        task.add_done_callback(self._finished)
        return task

    def _start(self, job: Any) -> None:
        task = self.loop.create_task(job)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    def _finished(self, task: "asyncio.Task[Any]") -> None:
        if not task.cancelled() and task.exception() is not None:
            self.fail(task.exception())

    def _raised(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        del loop
        self.fail(context.get("exception") or RuntimeError(context["message"]))

    def fail(self, error: BaseException | None) -> None:
        """The first thing that went wrong ends the world."""
        if self.loop.failure is None:
            self.loop.failure = error

    # Hubs.

    async def start_hub(self) -> None:
        """Starts a hub on the disk; tries again if it is killed or refused meanwhile."""
        while self.hub is None:
            store = SimStore(self)
            self.starts += 1
            if self.draw() < 0.1 and not self.faults.is_calm:
                self.loop.call_later(self.draw() * 0.02, self._kill_starting, store)
            try:
                hub = await Hub.start(
                    store,
                    owner=f"owner {self.starts}",
                    make_clock=partial(HubClock_of, self),
                    lease_grace_s=GRACE_S,
                )
            except (StoreError, LedgerInUse):
                store.crash()
                await asyncio.sleep(0.05)
                continue
            self.oracle.catch_up()
            self.oracle.hub_started(self.made_us, int(GRACE_S * 1_000_000))
            self.up_since_us = hub.now_us()
            self._count_ticks(hub)
            self._pending[hub] = {}
            self.hub = hub

    def _kill_starting(self, store: SimStore) -> None:
        if self.hub is None and all(zombie.store is not store for zombie in self.zombies):
            self.steps += 1
            store.crash()

    def _count_ticks(self, hub: Hub) -> None:
        tick = hub._tick

        def counted() -> None:
            self.steps += 1
            if self.steps > self.steps_max:
                self.fail(Violation("time_goes_on", f"{self.steps} steps and no end"))
            tick()

        hub._tick = counted  # type: ignore[method-assign]

    def crash(self, store: Any = None) -> None:
        """Kills the hub (that of the store, if one is named) as SIGKILL does: its memory is gone."""
        self.steps += 1
        hub = self.hub
        if store is not None and (hub is None or hub.store is not store):
            hub = next((zombie for zombie in self.zombies if zombie.store is store), None)
        if hub is None:
            if store is not None:
                store.crash()
            return
        self.bury(hub)
        self.oracle.fold.compare()

    def bury(self, hub: Hub) -> None:
        """Nothing of this hub happens any more; who waits for it gets no answer."""
        hub.store.crash()  # type: ignore[attr-defined]
        hub._closing = "killed"
        hub._timer.cancel()
        for parked in hub._lot.drain():
            parked.future.cancel()
        jobs = [*hub._jobs._tasks, *hub._questions._asking]
        for job in sorted(jobs, key=lambda job: int(job.get_name().rpartition("-")[2])):
            job.cancel()
        if hub is self.hub:
            self.hub = None
            self._start(self._come_back())
        else:
            self.zombies.remove(hub)
        for delivery in self._pending.pop(hub):
            self._lost(delivery.call)

    async def _come_back(self) -> None:
        await asyncio.sleep(0.02 + self.draw() ** 4 * 3)
        if self.draw() < 0.3:
            self.wall_jump_us += int((self.draw() - 0.5) * 10 ** self.random.randint(6, 11))
        await self.start_hub()

    def usurp(self) -> None:
        """The hub is paused and loses the shard; it wakes up after another one has taken over."""
        hub = self.hub
        if hub is None or self.zombies:
            return
        self.steps += 1
        hub.store.gate = self.loop.create_future()  # type: ignore[attr-defined]
        self.disk.unlock()
        self.zombies.append(hub)
        self.hub = None
        self._start(self._take_over(hub))

    async def _take_over(self, old: Hub) -> None:
        if self.draw() < 0.5:
            self.loop.call_later(self.draw() * 0.03, self._wake, old)
        await self.start_hub()
        await asyncio.sleep(self.draw() ** 4 * 2)
        self._wake(old)
        await asyncio.sleep(self.draw() * 2)
        if old in self.zombies:
            self.bury(old)

    def _wake(self, old: Hub) -> None:
        gate = old.store.gate  # type: ignore[attr-defined]
        if gate is not None and not gate.done():
            gate.set_result(None)

    # What happens to the machine.

    def jump(self) -> None:
        """Somebody sets the machine's clock."""
        self.wall_jump_us += int((self.draw() - 0.5) * 10 ** self.random.randint(6, 11))

    def suspend(self) -> None:
        """The machine sleeps: its steady clock goes on, its timers do not."""
        self.slept_us += int(self.draw() ** 4 * 100_000_000)
        if self.hub is not None:
            self.up_since_us = self.hub.now_us()

    def fill_disk(self) -> None:
        """The disk runs full; it is found out soon."""
        self.disk.room = "low"

    def pause(self) -> None:
        """Nobody asks anything for a while."""
        self.idle_s = self.draw() ** 6 * 100_000

    # The network.

    def send(self, client: Any, command: Command, marker: str = "") -> None:
        """A client sends a command; it hears an answer, or nothing."""
        call = Call(client, command, marker)
        if marker:
            self.oracle.calls.by_marker[marker] = call
        self._transmit(call)

    def know(self, task_id: str) -> None:
        """Somebody wrote this id on the wall, where everybody reads."""
        self.task_ids.append(task_id)
        if len(self.task_ids) > 200:
            del self.task_ids[:100]

    def mark(self) -> str:
        """A text that no other command bears."""
        self._number += 1
        return f"m{self._number}"

    def _transmit(self, call: Call) -> None:
        call.attempts += 1
        dice = self.draw()
        faults = self.faults
        if dice < faults.lose:
            self._lost(call)
            return
        self.loop.call_later(self._delay_s(), self._arrive, call)
        if dice > 1 - faults.duplicate:
            self.loop.call_later(self._delay_s() * 3, self._arrive, call)

    def _delay_s(self) -> float:
        dice = self.draw()
        return dice * 40 if dice < self.faults.delay * 0.5 else dice * 0.006

    def _lost(self, call: Call) -> None:
        self.loop.call_later(0.05 + self.draw(), self._timed_out, call)

    def _timed_out(self, call: Call) -> None:
        if call.is_over:
            return
        command = call.command
        can_resend = command.request_id or command.repeatable
        if can_resend and call.attempts < RESENDS_MAX:
            self._transmit(call)
        else:
            call.is_over = True
            call.client.gave_up(call)

    def _arrive(self, call: Call) -> None:
        hub = self.hub
        is_stale = False
        if self.zombies and (hub is None or self.draw() < 0.3):
            hub, is_stale = self.zombies[0], True
        if hub is None:
            self._lost(call)
            return
        self.steps += 1
        delivery = Delivery(
            call, hub=hub, head=self.oracle.log.head, at_us=hub.now_us(), is_stale=is_stale
        )
        self.answers.sent(delivery)
        try:
            answer = hub.submit(call.command)
        except Exception as error:  # noqa: BLE001
            self.fail(error)
            return
        if isinstance(answer, Reply):
            self._answered(delivery, answer)
        else:
            self._pending[hub][delivery] = None
            answer.add_done_callback(partial(self._resolved, delivery))

    def _resolved(self, delivery: Delivery, future: "asyncio.Future[Reply]") -> None:
        pending = self._pending.get(delivery.hub)
        if pending is None or future.cancelled() or delivery not in pending:
            return
        del pending[delivery]
        if future.exception() is not None:
            self.fail(future.exception())
            return
        self._answered(delivery, future.result())

    def _answered(self, delivery: Delivery, reply: Reply) -> None:
        if delivery.hub in self.zombies:
            delivery.is_stale = True
        try:
            self.answers.check(delivery, reply)
        except Violation as violation:
            self.fail(violation)
            return
        call = delivery.call
        if self.draw() < self.faults.lose:
            self._lost(call)
        else:
            self.loop.call_later(self._delay_s(), self._heard, call, reply)

    def _heard(self, call: Call, reply: Reply) -> None:
        if not call.is_over:
            call.is_over = True
            call.client.heard(call, reply)

    # Looking at everything.

    def compare(self) -> None:
        """What is too slow for each step: folds, compares, looks for what is late."""
        if self.steps < self._compare_at:
            return
        self._compare_at = self.steps + COMPARE_STEPS
        self.look()

    def look(self) -> None:
        """Compares the log with the rows, and with a hub that has nothing on its way."""
        self.oracle.fold.compare()
        hub = self.hub
        if hub is None or hub._closing or hub._is_reloading:
            return
        if hub.state.head == self.oracle.log.head and not hub.state.touched:
            self.oracle.fold.compare_hub(hub)
        now_us = hub.now_us()
        if now_us - self.up_since_us > SLACK_US:
            late = self.oracle.overdue(now_us, SLACK_US)
            if late:
                raise Violation("alarms_ring", f"{len(late)} are late: {late[:3]}")

    def revive(self) -> None:
        """A hub that gave up (it was fenced, or its disk failed) is replaced."""
        hub = self.hub
        if hub is not None and hub._closing:
            self.bury(hub)


def HubClock_of(world: World, last_us: int) -> HubClock:  # noqa: N802
    """The clock of a hub in this world."""
    clock = HubClock(last_us=last_us, wall=world.wall_us, elapsed=world.elapsed_us)
    world.made_us = clock.now_us()
    return clock
