"""Carries a handler's commands back to the loop that its plane lives on."""

import asyncio
import random
from collections.abc import Callable
from typing import Final

import msgspec

from interlock.kernel.command import Command, Refusal, Reply
from interlock.plane import Plane

SUCCESSORS_MAX: Final = 5
PAUSE_S: Final = 0.5
"""A hub that is closing has done nothing of a command: its successor gets it, so that no handler fails because
of a restart. Once the hub is gone the connection does the waiting."""


class Crossing:
    """A carrier for a plane that is used on another loop or thread. It fills in the agent."""

    def __init__(
        self,
        plane: Plane,
        *,
        home: asyncio.AbstractEventLoop,
        agent: str,
        refused: Callable[[Refusal], None] = lambda _: None,
    ) -> None:
        self._plane = plane
        self._home = home
        self._agent = agent
        self._refused = refused

    async def call(self, command: Command) -> Reply:
        """The hub's answer, a refusal included. `refused` hears each refusal, on the home loop."""
        if not command.agent:
            command = msgspec.structs.replace(command, agent=self._agent)
        if asyncio.get_running_loop() is self._home:
            return await self._at_home(command)
        there = asyncio.run_coroutine_threadsafe(self._at_home(command), self._home)
        return await asyncio.wrap_future(there)

    async def close(self) -> None:
        """Nothing: the plane belongs to whoever opened it."""

    async def _at_home(self, command: Command) -> Reply:
        reply = await self._plane.call(command)
        for _ in range(SUCCESSORS_MAX):
            if not isinstance(reply, Refusal) or reply.code != "closing":
                break
            await asyncio.sleep(random.uniform(PAUSE_S / 2, PAUSE_S))
            reply = await self._plane.call(command)
        if isinstance(reply, Refusal):
            self._refused(reply)
        return reply
