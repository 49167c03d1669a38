"""The program state of an agent, as its handlers read and change it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from interlock.kernel.errors import Conflict
from interlock.kernel.program import ProgramState, ProgramVersion
from interlock.plane import Plane

TRIES_MAX: Final = 50
"""Each lost race means that another session succeeded; so many in a row mean that something is wrong."""


class Program:
    """What the agent carries from session to session, changed by compare-and-set."""

    def __init__(self, plane: Plane, *, agent: str, proof: Mapping[str, Any]) -> None:
        self._plane = plane
        self._agent = agent
        self._proof = proof

    async def get(self) -> ProgramState:
        """The state as it is now; version 0, and empty, when none was ever kept."""
        return await self._plane.get_program_state(agent=self._agent)

    async def update(self, change: Callable[[ProgramState], Mapping[str, Any]]) -> ProgramVersion:
        """Sets the fields that `change` makes of the present state: `context_summary`, `learned_patterns`,
        `past_failures`, `config`.

        When another session was first, `change` is called again with what that one left. Raises `Conflict`
        after 50 lost races.
        """
        for _ in range(TRIES_MAX - 1):
            try:
                return await self._try(change)
            except Conflict:
                continue
        return await self._try(change)

    async def _try(self, change: Callable[[ProgramState], Mapping[str, Any]]) -> ProgramVersion:
        state = await self.get()
        return await self._plane.update_program_state(
            if_version=state.version, agent=self._agent, **self._proof, **change(state)
        )
