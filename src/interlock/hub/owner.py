"""The hub as those see it who answer questions that take more than one turn."""

import asyncio
from typing import Protocol

from interlock.hub.batch import Answer, settled
from interlock.kernel.command import Command, Event, Reply
from interlock.kernel.state import State
from interlock.store.contract import Grant, Store


class Owner(Protocol):
    """Whoever decides for a shard."""

    store: Store
    grant: Grant
    state: State

    @property
    def is_deciding(self) -> bool:
        """Whether the state is the one to decide upon."""
        ...

    @property
    def head(self) -> int:
        """The position of the last durable event."""
        ...

    def now_us(self) -> int:
        """Hub time."""
        ...

    def submit(self, command: Command) -> Answer:
        """Decides now, or when that is possible again."""
        ...

    def carry_out(self, events: list[Event], reply: Reply, command: Command) -> Answer:
        """Logs what was decided, and gives the answer when all that it rests on is durable."""
        ...

    def listen(self, channel: str) -> asyncio.Future[None]:
        """Done with the next durable news of a channel."""
        ...


async def until_durable(owner: Owner, reply: Reply, command: Command, *, state: State) -> Reply:
    """Gives back the reply, which was read in `state`, when all that it rests on is durable; another one if a failed
    commit made it untrue meanwhile."""
    if owner.is_deciding and state is owner.state:
        return await settled(owner.carry_out([], reply, command))
    return await settled(owner.submit(command))
