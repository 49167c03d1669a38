"""Send, receive, acknowledge between pairs of a sender and a receiver."""

from __future__ import annotations

import asyncio
import time
from typing import Generic, Protocol, TypeVar

import msgspec

DRAIN_S_MAX = 30.0
RECEIVE_WAIT_S = 1.0

ReceiptT = TypeVar("ReceiptT")


class Mailboxes(Protocol[ReceiptT]):
    """A relay. Each call returns only when its effect is acknowledged."""

    async def send(self, sender: int, *, recipient: int, number: int) -> None: ...

    async def receive(self, recipient: int, *, wait_s: float) -> list[tuple[ReceiptT, int]]:
        """The messages that wait, as (receipt, number); empty when none came within `wait_s`."""
        ...

    async def ack(self, recipient: int, *, receipt: ReceiptT) -> None: ...


class RelayResult(msgspec.Struct, frozen=True, kw_only=True):
    """Round trips run from the call of send to the return of ack, in seconds."""

    finished: int
    elapsed_s: float
    round_trips_s: list[float]


class Relay(Generic[ReceiptT]):
    """`pairs` senders and receivers; each sender has at most `window` messages under way.

    A sender awaits each call; a receiver awaits what it has read, and acknowledges it side by side.
    """

    def __init__(self, mailboxes: Mailboxes[ReceiptT], *, pairs: int, window: int) -> None:
        self.mailboxes = mailboxes
        self.pairs = pairs
        self.is_over = False
        self.sent_at: dict[int, float] = {}
        self.round_trips_s: list[float] = []
        self.free = [asyncio.Semaphore(window) for _ in range(pairs)]

    async def run(self, *, duration_s: float) -> RelayResult:
        """Sends for `duration_s`; the clock stops when the last message is acknowledged."""
        started = time.perf_counter()
        deadline = started + duration_s
        async with asyncio.timeout(duration_s + DRAIN_S_MAX), asyncio.TaskGroup() as group:
            for pair in range(self.pairs):
                group.create_task(self._receive(pair))
            async with asyncio.TaskGroup() as senders:
                for pair in range(self.pairs):
                    senders.create_task(self._send(pair, deadline))
            while self.sent_at:
                await asyncio.sleep(0.0005)
            elapsed_s = time.perf_counter() - started
            # A flag and not a cancellation: the Redis client can swallow one inside a read.
            self.is_over = True
        finished = len(self.round_trips_s)
        return RelayResult(finished=finished, elapsed_s=elapsed_s, round_trips_s=self.round_trips_s)

    async def _send(self, pair: int, deadline: float) -> None:
        number = pair
        while time.perf_counter() < deadline:
            await self.free[pair].acquire()
            self.sent_at[number] = time.perf_counter()
            await self.mailboxes.send(pair, recipient=pair, number=number)
            number += self.pairs

    async def _receive(self, pair: int) -> None:
        while not self.is_over:
            found = await self.mailboxes.receive(pair, wait_s=RECEIVE_WAIT_S)
            await asyncio.gather(*(self._ack(pair, receipt, number) for receipt, number in found))

    async def _ack(self, pair: int, receipt: ReceiptT, number: int) -> None:
        await self.mailboxes.ack(pair, receipt=receipt)
        self.round_trips_s.append(time.perf_counter() - self.sent_at.pop(number))
        self.free[pair].release()
