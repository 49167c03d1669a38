"""The hub: decides each command in memory as it comes, and answers when what it decided is durable.

The only timers here are the kernel's alarms and the ends of long polls.
"""

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any, Final, TypeVar

from interlock.hub.batch import Answer, Batch, Caller, follow, settle, settled
from interlock.hub.clock import ClockMaker, HubClock, start_clock
from interlock.hub.committer import Committer
from interlock.hub.jobs import Jobs
from interlock.hub.news import News
from interlock.hub.parked import Parked, ParkingLot
from interlock.hub.query import ANSWERS, Question, Questions
from interlock.hub.refusals import disk_full, store_failed
from interlock.hub.rows import Missing, Reads, changed_rows, forget_closed, load_state
from interlock.hub.survey import SURVEYS
from interlock.hub.timer import AlarmTimer
from interlock.kernel.apply import apply, encode_event
from interlock.kernel.command import Command, Event, Refusal, Reply
from interlock.kernel.decide import decide
from interlock.kernel.limits import ALARMS_PER_TICK_MAX
from interlock.kernel.state import State
from interlock.kernel.tick import decide_alarm
from interlock.kernel.wait import wait_s
from interlock.kernel.wants import missing_rows
from interlock.store.contract import (
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

LEASE_GRACE_S: Final = 5.0
"""How long after its start a hub leaves running claims alone, so that their holders can find it again."""

OWNERSHIP_MS: Final = 4_000
"""How long ownership lasts in a store whose owners hold a lease instead of a lock."""


_T = TypeVar("_T")


class Hub:
    """Owns one shard of a store. Made by `Hub.start`, ended by `close`."""

    def __init__(self, store: Store, grant: Grant, clock: HubClock) -> None:
        self.store = store
        self.grant = grant
        self.state = State(grant.shard)
        self.state.tally.pace.since_us = clock.now_us()
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._jobs = Jobs()
        self._committer = Committer(
            store,
            grant,
            jobs=self._jobs,
            now_us=clock.now_us,
            take_rows=self._take_rows,
            on_durable=self._landed,
            on_failure=self._start_over,
        )
        self._questions = Questions()
        self._news = News()
        self._lot = ParkingLot()
        self._timer = AlarmTimer(self._tick, now_us=clock.now_us)
        self._closing = ""
        self._is_reloading = False
        self._held_back: list[Caller] = []
        self._overdue: list[Parked] = []
        """Long polls whose time ended while the state was loaded again: what is there now goes first."""
        self._reads = Reads(store, grant.shard)
        self._lease_floor_us = 0

    @classmethod
    async def start(
        cls,
        store: Store,
        *,
        owner: str,
        shard: str = "0",
        make_clock: ClockMaker = start_clock,
        lease_grace_s: float = LEASE_GRACE_S,
    ) -> "Hub":
        """Takes ownership of the shard and loads its open work. Raises `LedgerInUse`, `StoreError`."""
        grant = await store.acquire(shard, owner=owner, ttl_ms=OWNERSHIP_MS)
        hub = cls(store, grant, make_clock(grant.now_us))
        hub._lease_floor_us = hub.now_us() + int(lease_grace_s * 1_000_000)
        await hub._load()
        hub._arm()
        return hub

    @property
    def head(self) -> int:
        """The position of the last durable event."""
        return self._committer.durable

    @property
    def is_deciding(self) -> bool:
        """Whether the state is the one to decide upon: the hub neither closes nor goes back to what is durable."""
        return not self._closing and not self._is_reloading

    @property
    def parked_count(self) -> int:
        """Long polls that wait for something to appear."""
        return len(self._lot)

    def now_us(self) -> int:
        """The hub's time."""
        return self._clock.now_us()

    async def call(self, command: Command) -> Reply:
        """Carries a command out and returns its answer, a refusal included, once it is durable."""
        return await settled(self.submit(command))

    def submit(self, command: Command) -> Answer:
        """Decides now. Returns the answer if nothing has to become durable first, else its future."""
        if self._closing:
            return Refusal(code="closing", message=self._closing)
        if self._is_reloading:
            future: asyncio.Future[Reply] = self._loop.create_future()
            self._held_back.append((future, command))
            return future
        if self._committer.waiting_count >= PENDING_MAX:
            message = f"{PENDING_MAX} callers wait for the next commit: slow down"
            return Refusal(code="limit", message=message)
        if command.grows and self.store.room() == "low":
            return self._committer.answer(disk_full(command), command)
        question = self._question(command)
        if question is not None:
            return self._jobs.run(self._questions.ask(command, question))
        if missing_rows(self.state, command):
            return self._jobs.run(self._fetch_and_execute(command))
        return self._execute(command)

    def run(self, job: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        """Starts a job that `close` waits for; its task is also its answer."""
        return self._jobs.run(job)

    def listen(self, channel: str) -> asyncio.Future[None]:
        """Done with the next durable news of a channel of `State.woken`."""
        return self._news.listen(channel)

    async def close(self) -> None:
        """Answers the long polls, commits what was decided, and gives up the shard. Safe to call twice."""
        if not self._closing:
            self._closing = "the hub is shutting down: send the command again to its successor"
        self._timer.cancel()
        refusal = Refusal(code="closing", message=self._closing)
        for parked in self._lot.drain():
            self._committer.give(parked.future, refusal, parked.command)
        self._questions.close(self._closing)
        self._committer.flush()
        while await self._jobs.wait():
            self._committer.flush()
        await self.store.close()

    def _question(self, command: Command) -> Question | None:
        """How a command is answered for which the store has to be read, or whose answer takes many turns."""
        survey = SURVEYS.get(type(command))
        if survey is not None:
            return partial(survey, self, command)
        answer = ANSWERS.get(type(command))
        return None if answer is None else partial(answer, self.store, self.grant.shard, command)

    # Deciding.

    def _execute(self, command: Command) -> Answer:
        events, reply = decide(self.state, command, self._clock.now_us())
        if not events and (seconds := wait_s(command, reply)) > 0:
            return self._lot.hold(command, reply, seconds=seconds, give_up=self._give_up)
        return self.carry_out(events, reply, command)

    def carry_out(self, events: list[Event], reply: Reply, command: Command) -> Answer:
        """Logs what was decided, and gives the answer when all that it rests on is durable."""
        if events:
            reply = self._log(events) or reply
        answer = self._committer.answer(reply, command)
        if self.state.woken:
            self._serve_parked()
        self._arm()
        return answer

    def _log(self, events: list[Event]) -> Refusal | None:
        """Applies the events and sends them to be committed; refuses text that is no valid Unicode."""
        try:
            texts = [encode_event(event) for event in events]
        except UnicodeEncodeError as error:
            return Refusal(code="invalid", message=f"a text field holds a lone surrogate: {error}")
        for event in events:
            apply(self.state, event)
        self._committer.add(texts, self.state.woken)
        return None

    # Finished things that left memory.

    async def _fetch_and_execute(self, command: Command) -> Reply:
        try:
            await self.fetch(lambda state: missing_rows(state, command))
        except StoreError as error:
            return store_failed(command, error)
        is_open = not self._closing and not self._is_reloading
        return await settled(self._execute(command) if is_open else self.submit(command))

    async def fetch(self, missing: Missing) -> None:
        """Brings to memory what is missing there; what is fetched may speak of more. Raises `StoreError`.

        It stays at hand until the caller awaits something else.
        """
        await self._reads.fetch_missing(lambda: self.state, missing)

    # What became durable, and what did not.

    def _take_rows(self) -> list[Row]:
        return self._reads.writing(changed_rows(self.state))

    def _landed(self, batch: Batch) -> None:
        """Tells the news, and lets go of finished things."""
        self._reads.landed()
        self._news.tell(batch.channels)
        if not self._reads.count:
            forget_closed(self.state, durable=self._committer.durable, kept_max=CLOSED_MAX)

    async def _start_over(self, error: StoreError) -> None:
        """A commit failed: goes back to what is durable, and decides again what was not.

        Where the disk is full, new work is refused and the rest goes through; after other failures the
        callers are told, because the store may be gone for long.
        """
        if isinstance(error, Fenced):
            self._fail(f"another owner has taken the shard: {error}")
            return
        if isinstance(error, CommitUnknown):
            self._leave_open(error)
            return
        self._is_reloading = True
        dropped = self._committer.drop()
        try:
            await self._load()
        except StoreError as again:
            self._held_back += dropped
            self._fail(f"the store failed: {again}")
            return
        finally:
            self._is_reloading = False
        held_back, self._held_back = self._held_back, []
        for future, command in dropped:
            if not isinstance(error, StoreFull):
                message = f"{command.verb}: the store failed and nothing was done: {error}"
                settle(future, Refusal(code="ledger_unavailable", message=message))
            elif command.grows:
                settle(future, disk_full(command))
            elif not future.done():
                follow(self.submit(command), future)
        for future, command in held_back:
            if not future.done():
                follow(self.submit(command), future)
        self._serve_parked()
        overdue, self._overdue = self._overdue, []
        for parked in (each for each in overdue if not each.future.done()):
            self._give_up(parked)
        self._arm()

    def _leave_open(self, error: CommitUnknown) -> None:
        """Nobody can say whether the commit landed: this hub must not go on from either state."""
        for future, command in self._committer.drop():
            message = (
                f"{command.verb}: it may have been done, the store cannot say: {error}; "
                "look for it at the hub's successor, or send it there under the same request id"
            )
            settle(future, Refusal(code="outcome_unknown", message=message))
        self._fail(f"the store lost a commit: {error}")

    def _fail(self, reason: str) -> None:
        """Ends this hub's work: it may not decide any more."""
        self._closing = reason
        refusal = Refusal(code="closing", message=reason)
        held_back, self._held_back = self._held_back, []
        for future, _ in [*self._committer.drop(), *held_back]:
            settle(future, refusal)
        for parked in self._lot.drain():
            settle(parked.future, refusal)
        self._questions.close(reason)

    async def _load(self) -> None:
        """Makes the state from the open rows."""
        self.state = await load_state(
            self.store,
            self.grant.shard,
            head=self._committer.durable,
            lease_floor_us=self._lease_floor_us,
            pace=self.state.tally.pace,
        )
        self._reads.start_over()

    # Waiting.

    def _give_up(self, parked: Parked) -> None:
        if self._is_reloading:
            self._overdue.append(parked)
            return
        self._lot.remove(parked)
        self._committer.give(parked.future, parked.empty, parked.command)

    def _serve_parked(self) -> None:
        """Decides parked commands again for which something appeared, each line from its head."""
        while self.state.woken:
            woken = sorted(self.state.woken)
            self.state.woken.clear()
            for channel in woken:
                for line in self._lot.lines(channel):
                    while line and self._serve(next(iter(line))):
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
        self._committer.give(parked.future, reply, parked.command)
        return True

    # The clock.

    def _arm(self) -> None:
        """Sets the timer to the next alarm."""
        due_us = self.state.alarms.next_us()
        if due_us is not None and not self._closing:
            self._timer.set(due_us)

    def _tick(self) -> None:
        """Handles a bounded number of alarms, then lets the callers in."""
        if self._is_reloading or self._closing:
            return
        now_us = self._clock.now_us()
        for key in self.state.alarms.ringing(now_us, limit=ALARMS_PER_TICK_MAX):
            events = decide_alarm(self.state, key, now_us)
            if events:
                self._log(events)
            else:
                self.state.alarms.clear(key)
        self._serve_parked()
        self._arm()
