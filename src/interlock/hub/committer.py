"""Group commit without a timer: while a commit is in flight the next events gather, and go together when it
returns. Every answer waits for the commit of all that it was decided upon."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from interlock.hub.batch import Answer, Batch, Caller
from interlock.hub.jobs import Jobs
from interlock.kernel.command import Command, Reply
from interlock.store.contract import CommitUnknown, Grant, Row, Store, StoreError

log = logging.getLogger(__name__)

RESENDS_MAX: Final = 3
"""How often a commit whose answer was lost is sent again."""

EARLY_MIN: Final = 64
"""So many callers are worth a commit of their own before the loop has heard all that are ready to speak.

From then on two crowds take turns: one is decided while the commit of the other is on its way to the disk.
"""


class Committer:
    """Takes events and answers, and gives the answers once the events are durable.

    `take_rows` hands over the rows that the gathered events changed; `on_durable` hears of each batch that
    landed; `on_failure` has to bring the state back to what is durable and to deal with `drop`'s callers.
    """

    def __init__(
        self,
        store: Store,
        grant: Grant,
        *,
        jobs: Jobs,
        now_us: Callable[[], int],
        take_rows: Callable[[], list[Row]],
        on_durable: Callable[[Batch], None],
        on_failure: Callable[[StoreError], Awaitable[None]],
    ) -> None:
        self.durable = grant.head
        self._store = store
        self._grant = grant
        self._jobs = jobs
        self._now_us = now_us
        self._take_rows = take_rows
        self._on_durable = on_durable
        self._on_failure = on_failure
        self._loop = asyncio.get_running_loop()
        self._gathering = Batch()
        self._in_flight: Batch | None = None
        self._is_scheduled = False
        self._enough = EARLY_MIN

    @property
    def waiting_count(self) -> int:
        """Callers that wait for the next commit."""
        return len(self._gathering.answers)

    def add(self, events: list[str], channels: set[str]) -> None:
        """Events for the next commit, and the channels that will have news with it."""
        self._gathering.events += events
        self._gathering.channels |= channels
        self._schedule()

    def answer(self, reply: Reply, command: Command) -> Answer:
        """The reply itself, or a future if anything that it was decided upon is not durable yet."""
        if not self._gathering.events and self._in_flight is None:
            return reply
        future: asyncio.Future[Reply] = self._loop.create_future()
        self.give(future, reply, command)
        return future

    def give(self, future: asyncio.Future[Reply], reply: Reply, command: Command) -> None:
        """Gives the answer when all that was decided before it is durable."""
        answers = self._gathering.answers
        answers.append((future, reply, command))
        if self._in_flight is None and len(answers) >= self._enough:
            self.flush()
        else:
            self._schedule()

    def drop(self) -> list[Caller]:
        """Forgets all that is not durable; returns those who wait for it."""
        dropped = [batch for batch in (self._in_flight, self._gathering) if batch is not None]
        self._in_flight, self._gathering = None, Batch()
        return [caller for batch in dropped for caller in batch.callers()]

    def flush(self) -> None:
        """Commits what has gathered, unless a commit is in flight: then it goes after that."""
        self._is_scheduled = False
        if self._in_flight is not None:
            return
        batch, self._gathering = self._gathering, Batch()
        if not batch.events:
            batch.resolve()
            return
        self._in_flight = batch
        self._enough = max(EARLY_MIN, len(batch.answers) // 2)
        rows, now_us = self._take_rows(), self._now_us()
        self._jobs.run(self._commit(batch, rows, now_us, begun=self._begin(batch, rows, now_us)))

    def _schedule(self) -> None:
        if not self._is_scheduled and self._in_flight is None:
            self._is_scheduled = True
            self._loop.call_soon(self.flush)

    def _begin(self, batch: Batch, rows: list[Row], now_us: int) -> Awaitable[int]:
        """Sends the batch to the store, which writes it while the loop goes on deciding."""
        return self._store.commit(
            self._grant, head=self.durable, events=batch.events, puts=rows, now_us=now_us
        )

    async def _commit(
        self, batch: Batch, rows: list[Row], now_us: int, *, begun: Awaitable[int]
    ) -> None:
        try:
            await self._write(batch, rows, now_us, begun=begun)
        except StoreError as error:
            await self._on_failure(error)
        except Exception as error:  # whatever it was, nobody may wait for ever
            log.exception("a commit behind %d failed as no store should", self.durable)
            await self._on_failure(CommitUnknown(repr(error)))
        else:
            self.durable += len(batch.events)
            self._in_flight = None
            self._on_durable(batch)
            # The next commit begins before the callers of this one go on: it is written while they are decided.
            self.flush()
            batch.resolve()

    async def _write(
        self, batch: Batch, rows: list[Row], now_us: int, *, begun: Awaitable[int]
    ) -> None:
        """Waits for the batch; where the answer was lost, finds out whether it landed, or sends it again."""
        resends = 0
        while True:
            try:
                await begun
            except CommitUnknown as error:
                if await self._has_landed():
                    return
                if resends == RESENDS_MAX:
                    raise StoreError(f"sent {resends + 1} times in vain: {error}") from error
                resends += 1
                begun = self._begin(batch, rows, now_us)
            else:
                return

    async def _has_landed(self) -> bool:
        try:
            outcome = await self._store.resolve(self._grant, head=self.durable)
        except StoreError as error:
            raise CommitUnknown(str(error)) from error
        return outcome == "landed"
