"""What goes into one commit, and who waits for it."""

import asyncio
from typing import TypeAlias

from interlock.kernel.command import Command, Reply

Answer: TypeAlias = Reply | asyncio.Future[Reply]
"""A reply that may be given at once, or the future of one that has to become durable first."""

Caller: TypeAlias = tuple[asyncio.Future[Reply], Command]
"""Who waits, and for what."""


class Batch:
    """Events that will be committed together, the answers that depend on them, and what they woke."""

    __slots__ = ("answers", "channels", "events")

    def __init__(self) -> None:
        self.events: list[str] = []
        self.answers: list[tuple[asyncio.Future[Reply], Reply, Command]] = []
        self.channels: set[str] = set()

    def resolve(self) -> None:
        """Gives every answer."""
        for future, reply, _ in self.answers:
            settle(future, reply)

    def callers(self) -> list[Caller]:
        """Those who wait."""
        return [(future, command) for future, _, command in self.answers]


async def settled(answer: Answer) -> Reply:
    """The reply, once it may be given."""
    return await answer if isinstance(answer, asyncio.Future) else answer


def settle(future: asyncio.Future[Reply], reply: Reply) -> None:
    """Gives the answer, unless the caller went away."""
    if not future.done():
        future.set_result(reply)


def follow(answer: Answer, future: asyncio.Future[Reply]) -> None:
    """Hands an answer on to a caller that has waited for it, and lets go of it when that caller goes away."""
    if not isinstance(answer, asyncio.Future):
        settle(future, answer)
        return

    def hand_on(done: asyncio.Future[Reply]) -> None:
        if not done.cancelled():
            settle(future, done.result())

    def let_go(done: asyncio.Future[Reply]) -> None:
        if done.cancelled():
            answer.cancel()

    answer.add_done_callback(hand_on)
    future.add_done_callback(let_go)
