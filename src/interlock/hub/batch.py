"""What goes into one commit, and who waits for it."""

import asyncio
from collections.abc import Iterable

from interlock.kernel.command import Command, Reply


class Batch:
    """Events that will be committed together, the answers that depend on them, and what they woke."""

    __slots__ = ("answers", "channels", "events")

    def __init__(self) -> None:
        self.events: list[str] = []
        self.answers: list[tuple[asyncio.Future[Reply], Reply, Command]] = []
        self.channels: set[str] = set()

    def resolve(self) -> None:
        """Gives every answer. A caller that went away meanwhile is passed over."""
        for future, reply, _ in self.answers:
            if not future.done():
                future.set_result(reply)

    def waiting(self) -> Iterable[tuple[asyncio.Future[Reply], Command]]:
        """The callers still there, with their commands."""
        return [(future, command) for future, _, command in self.answers if not future.done()]
