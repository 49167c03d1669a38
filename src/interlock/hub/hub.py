"""The hub: decides each command in memory as it comes, and commits what has gathered in one go.

While a commit is in flight the next commands gather; when it returns they go together. There is no timer in
this: the only timers are alarms of the kernel and the ends of long polls.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

import msgspec

from interlock.hub.batch import Batch
from interlock.hub.clock import HubClock
from interlock.hub.parked import Parked, ParkingLot
from interlock.hub.query import QUERIES, Query
from interlock.kernel.apply import apply, encode_event
from interlock.kernel.command import Command, Event, Refusal, Reply
from interlock.kernel.decide import decide
from interlock.kernel.limits import ALARMS_PER_TICK_MAX
from interlock.kernel.rows import Loader, decode_row, pack_rows
from interlock.kernel.state import State
from interlock.kernel.tick import decide_alarm
from interlock.kernel.wait import place_of, wait_s
from interlock.kernel.wants import RowKey, missing_rows
from interlock.store.contract import (
    OPEN,
    CommitUnknown,
    Fenced,
    Grant,
    Row,
    Store,
    StoreError,
    StoreFull,
)

PENDING_MAX: Final = 50_000
"""Callers that may wait for one commit: past it a caller is told, instead of memory growing."""

CLOSED_MAX: Final = 20_000
"""Finished things kept at hand after their commit, for late questions about them."""

PARKED_MAX: Final = 100_000
"""Long polls that may wait at once."""

LEASE_GRACE_S: Final = 5.0
"""How long after its start a hub leaves running claims alone, so that their holders can find it again."""

RESENDS_MAX: Final = 3
"""How often a commit whose answer was lost is sent again."""

Answer = Reply | asyncio.Future[Reply]
ClockMaker = Callable[[int], HubClock]
_T = TypeVar("_T")


def _system_clock(last_us: int) -> HubClock:
    return HubClock(last_us=last_us)


class Hub:
    """Owns one shard of a store. Made by `Hub.start`, ended by `close`."""

    def __init__(self, store: Store, grant: Grant, clock: HubClock) -> None:
        self.store = store
        self.grant = grant
        self.state = State(grant.shard)
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._durable = grant.head
        self._batch = Batch()
        self._in_flight: Batch | None = None
        self._is_scheduled = False
        self._is_reloading = False
        self._closing = ""
        self._lot = ParkingLot()
        self._parked_count = 0
        self._alarm: asyncio.TimerHandle | None = None
        self._jobs: set[asyncio.Task[Any]] = set()
        self._asking: set[asyncio.Task[Reply]] = set()
        self._fetching = 0
        self._held_back: list[tuple[Command, asyncio.Future[Reply]]] = []

    @classmethod
    async def start(
        cls,
        store: Store,
        *,
        owner: str,
        shard: str = "0",
        make_clock: ClockMaker = _system_clock,
        lease_grace_s: float = LEASE_GRACE_S,
        ttl_ms: int = 4_000,
    ) -> "Hub":
        """Takes ownership of the shard and loads its open work. Raises `LedgerInUse`, `StoreError`."""
        grant = await store.acquire(shard, owner=owner, ttl_ms=ttl_ms)
        hub = cls(store, grant, make_clock(grant.now_us))
        await hub._load(lease_floor_us=hub._clock.now_us() + int(lease_grace_s * 1_000_000))
        hub._arm()
        return hub

    @property
    def head(self) -> int:
        """The position of the last durable event."""
        return self._durable

    def now_us(self) -> int:
        """The hub's time."""
        return self._clock.now_us()

    async def call(self, command: Command) -> Reply:
        """Carries a command out and returns its answer, a refusal included, once it is durable."""
        answer = self.submit(command)
        return await answer if isinstance(answer, asyncio.Future) else answer

    def submit(self, command: Command) -> Answer:
        """Decides now. Returns the answer if nothing has to become durable first, else its future."""
        if self._closing:
            return Refusal(code="closing", message=self._closing)
        if self._is_reloading:
            future: asyncio.Future[Reply] = self._loop.create_future()
            self._held_back.append((command, future))
            return future
        if len(self._batch.answers) >= PENDING_MAX:
            return Refusal(
                code="limit", message=f"{PENDING_MAX} callers wait for the next commit: slow down"
            )
        query = QUERIES.get(type(command))
        if query is not None:
            return self._run(self._ask(query, command))
        if missing_rows(self.state, command):
            return self._run(self._fetch_and_execute(command))
        return self._execute(command)

    async def close(self) -> None:
        """Answers the long polls, commits what was decided, and gives up the shard. Safe to call twice."""
        if not self._closing:
            self._closing = "the hub is shutting down: send the command again to its successor"
        if self._alarm is not None:
            self._alarm.cancel()
        for parked in self._lot.drain():
            self._give(
                parked.future, Refusal(code="closing", message=self._closing), parked.command
            )
        for asking in self._asking:
            asking.cancel()
        self._flush()
        while self._jobs:
            await asyncio.wait(self._jobs)
            self._flush()
        await self.store.close()

    # Deciding.

    def _execute(self, command: Command) -> Answer:
        if command.grows and self.store.room() == "low":
            return self._answer(_disk_full(command), command)
        events, reply = decide(self.state, command, self._clock.now_us())
        if events:
            refusal = self._log(events)
            reply = refusal or reply
        elif (seconds := wait_s(command, reply)) > 0:
            return self._park(command, reply, seconds)
        answer = self._answer(reply, command)
        if self.state.woken:
            self._serve_parked()
        self._arm()
        return answer

    def _log(self, events: list[Event]) -> Refusal | None:
        """Applies the events and adds them to the batch; refuses text that is no valid Unicode."""
        try:
            texts = [encode_event(event) for event in events]
        except UnicodeEncodeError as error:
            return Refusal(code="invalid", message=f"a text field holds a lone surrogate: {error}")
        for event in events:
            apply(self.state, event)
        self._batch.events += texts
        self._schedule()
        return None

    def _answer(self, reply: Reply, command: Command) -> Answer:
        """The reply itself, or a future if anything that it was decided upon is not durable yet."""
        if not self._batch.events and self._in_flight is None:
            return reply
        future: asyncio.Future[Reply] = self._loop.create_future()
        self._give(future, reply, command)
        return future

    def _give(self, future: asyncio.Future[Reply], reply: Reply, command: Command) -> None:
        self._batch.answers.append((future, reply, command))
        self._schedule()

    async def _ask(self, query: Query, command: Command) -> Reply:
        """Asks the store; gives up when the hub closes, since a long poll may have a minute to go."""
        if command.grows and self.store.room() == "low":
            return _disk_full(command)
        asking = self._loop.create_task(_guarded(query, self.store, self.grant.shard, command))
        self._asking.add(asking)
        try:
            return await asking
        except asyncio.CancelledError:
            if self._closing and asking.cancelled():
                return Refusal(code="closing", message=self._closing)
            asking.cancel()
            raise
        finally:
            self._asking.discard(asking)

    # Finished things that left memory.

    async def _fetch_and_execute(self, command: Command) -> Reply:
        asked: set[RowKey] = set()
        self._fetching += 1
        try:
            while wanted := [key for key in missing_rows(self.state, command) if key not in asked]:
                asked.update(wanted)
                await self._fetch(wanted)
        except StoreError as error:
            return Refusal(
                code="ledger_unavailable", message=f"{command.verb}: the store failed: {error}"
            )
        finally:
            self._fetching -= 1
        answer = self._execute(command)
        return await answer if isinstance(answer, asyncio.Future) else answer

    async def _fetch(self, wanted: list[RowKey]) -> None:
        by_kind: dict[str, list[str]] = {}
        for kind, id in wanted:
            by_kind.setdefault(kind, []).append(id)
        for kind, ids in by_kind.items():
            async for rows in self.store.load(self.grant.shard, kind=kind, ids=ids):
                for row in rows:
                    if row.phase != OPEN:
                        self.state.closed.setdefault((kind, row.id), decode_row(kind, row.body))

    # Committing.

    def _schedule(self) -> None:
        if not self._is_scheduled and self._in_flight is None:
            self._is_scheduled = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._is_scheduled = False
        if self._in_flight is not None or self._is_reloading:
            return
        batch, self._batch = self._batch, Batch()
        if not batch.events:
            batch.resolve()
            return
        rows = [
            Row(kind, id, queue, status, pos, phase, msgspec.Raw(body))
            for kind, id, queue, status, pos, phase, body in pack_rows(self.state)
        ]
        self._in_flight = batch
        self._run(self._commit(batch, rows, self._clock.now_us()))

    async def _commit(self, batch: Batch, rows: list[Row], now_us: int) -> None:
        try:
            await self._write(batch, rows, now_us)
        except Fenced as error:
            self._fail(batch, f"another owner has taken the shard: {error}")
        except StoreError as error:
            await self._start_over(batch, error)
        else:
            self._durable += len(batch.events)
            self._in_flight = None
            batch.resolve()
            self._evict()
            self._flush()

    async def _write(self, batch: Batch, rows: list[Row], now_us: int) -> None:
        for attempt in range(RESENDS_MAX + 1):
            try:
                await self.store.commit(
                    self.grant, head=self._durable, events=batch.events, puts=rows, now_us=now_us
                )
            except CommitUnknown:
                if await self.store.resolve(self.grant, head=self._durable) == "landed":
                    return
                if attempt == RESENDS_MAX:
                    raise
            else:
                return

    async def _start_over(self, batch: Batch, error: StoreError) -> None:
        """Nothing of the failed batch is durable: goes back to what is, and decides its commands again.

        Where the disk is full, new work is refused and the rest goes through; after other failures the
        callers are told, because the store may be gone for long.
        """
        waiting = [*batch.waiting(), *self._batch.waiting()]
        self._batch = Batch()
        self._in_flight = None
        self._is_reloading = True
        try:
            await self._load(lease_floor_us=0)
        except StoreError as again:
            self._fail(batch, f"the store failed: {again}")
            return
        finally:
            self._is_reloading = False
        held_back, self._held_back = self._held_back, []
        for future, command in waiting:
            if not isinstance(error, StoreFull):
                message = f"{command.verb}: the store failed and nothing was done: {error}"
                _settle(future, Refusal(code="ledger_unavailable", message=message))
            elif command.grows:
                _settle(future, _disk_full(command))
            else:
                _follow(self.submit(command), future)
        for command, future in held_back:
            _follow(self.submit(command), future)
        self._serve_parked()
        self._arm()
        self._flush()

    def _fail(self, batch: Batch, reason: str) -> None:
        """Ends this hub's work: it may not decide any more."""
        self._closing = reason
        refusal = Refusal(code="closing", message=reason)
        waiting = [*batch.waiting(), *self._batch.waiting()]
        waiting += [(future, command) for command, future in self._held_back]
        waiting += [(parked.future, parked.command) for parked in self._lot.drain()]
        self._batch = Batch()
        self._held_back = []
        self._in_flight = None
        for future, _ in waiting:
            _settle(future, refusal)

    async def _load(self, *, lease_floor_us: int) -> None:
        """Makes the state from the open rows."""
        state = State(self.grant.shard)
        loader = Loader(state)
        async for rows in self.store.load(self.grant.shard, phase=OPEN):
            for row in rows:
                loader.add(row.kind, row.id, row.body)
        loader.finish(head=self._durable, lease_floor_us=lease_floor_us)
        self.state = state

    def _evict(self) -> None:
        """Lets go of finished things whose commit is durable."""
        closed = self.state.closed
        while len(closed) > CLOSED_MAX and not self._fetching:
            oldest = next(iter(closed))
            if closed[oldest].columns()[2] > self._durable:
                break
            del closed[oldest]

    # Waiting.

    def _park(self, command: Command, empty: Reply, seconds: float) -> Answer:
        if len(self._lot) >= PARKED_MAX:
            return Refusal(
                code="limit", message=f"{PARKED_MAX} long polls wait already: ask again later"
            )
        self._parked_count += 1
        future: asyncio.Future[Reply] = self._loop.create_future()
        parked = Parked(command, future=future, empty=empty, number=self._parked_count)
        self._lot.park(parked, place_of(command))
        parked.timer = self._loop.call_later(seconds, self._give_up, parked)
        future.add_done_callback(lambda _: self._lot.remove(parked))
        return future

    def _give_up(self, parked: Parked) -> None:
        self._lot.remove(parked)
        self._give(parked.future, parked.empty, parked.command)

    def _serve_parked(self) -> None:
        """Decides parked commands again for which something appeared, each line from its head."""
        while self.state.woken:
            woken = sorted(self.state.woken)
            self.state.woken.clear()
            for channel in woken:
                for line in self._lot.lines(channel):
                    while line and self._serve(next(iter(line.values()))):
                        pass

    def _serve(self, parked: Parked) -> bool:
        """Whether the parked command got its answer, or its caller went away."""
        if parked.future.done():
            self._lot.remove(parked)
            return True
        events, reply = decide(self.state, parked.command, self._clock.now_us())
        if not reply:
            return False
        if events:
            reply = self._log(events) or reply
        self._lot.remove(parked)
        self._give(parked.future, reply, parked.command)
        return True

    # The clock.

    def _arm(self) -> None:
        """Sets the timer to the next alarm."""
        due_us = self.state.alarms.next_us()
        if due_us is None or self._closing:
            return
        delay_s = max(0.0, (due_us - self._clock.now_us()) / 1_000_000)
        at = self._loop.time() + delay_s
        if self._alarm is not None and not self._alarm.cancelled():
            if self._alarm.when() <= at:
                return
            self._alarm.cancel()
        self._alarm = self._loop.call_at(at, self._tick)

    def _tick(self) -> None:
        """Handles a bounded number of alarms, then lets the callers in."""
        self._alarm = None
        if self._is_reloading or self._closing:
            return
        now_us = self._clock.now_us()
        for key in self.state.alarms.ringing(now_us, limit=ALARMS_PER_TICK_MAX):
            events = decide_alarm(self.state, key, now_us)
            if events:
                self._log(events)
            else:
                self.state.alarms.clear(key)
        if self.state.woken:
            self._serve_parked()
        self._arm()

    # Jobs of the hub's own.

    def _run(self, job: Coroutine[Any, Any, _T]) -> "asyncio.Task[_T]":
        task = self._loop.create_task(job)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)
        return task


async def _guarded(query: Query, store: Store, shard: str, command: Command) -> Reply:
    try:
        return await query(store, shard, command)
    except StoreError as error:
        message = f"{command.verb}: the store failed: {error}"
        return Refusal(code="ledger_unavailable", message=message)


def _settle(future: asyncio.Future[Reply], reply: Reply) -> None:
    """Gives the answer, unless the caller went away."""
    if not future.done():
        future.set_result(reply)


def _follow(answer: Answer, future: asyncio.Future[Reply]) -> None:
    """Hands an answer on to the caller that has waited for it, or cancels what it no longer wants."""
    if not isinstance(answer, asyncio.Future):
        _settle(future, answer)
        return

    def hand_on(done: asyncio.Future[Reply]) -> None:
        if not done.cancelled():
            _settle(future, done.result())

    def let_go(done: asyncio.Future[Reply]) -> None:
        if done.cancelled():
            answer.cancel()

    answer.add_done_callback(hand_on)
    future.add_done_callback(let_go)


def _disk_full(command: Command) -> Refusal:
    message = (
        f"{command.verb}: the disk is nearly full, so no new work is taken; "
        "claims, completions and acknowledgements still go through: make room, then send it again"
    )
    return Refusal(code="disk_full", message=message)
