"""The saboteur kills workers in mid-task, so that the fleet can show that nothing comes of it.

A process is stopped the moment its claim is seen, and killed only when the ledger says that it still holds the
task; else it goes on as if nothing had been. Which roles are hit, and at which of their claims, comes from a seed.
"""

import contextlib
import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from typing import Final

import msgspec

from interlock import Plane
from interlock.demo.board import Claimed
from interlock.demo.roles import SPECIALISTS

# The share of a role's claims within which its hits are drawn: dead letters leave it fewer claims than there are
# documents, and a hit that comes too late for its claim waits for the next one.
SPARED_SHARE: Final = 0.5


class Kill(msgspec.Struct, frozen=True):
    """One process that was killed while it held `task_id` under `fence`."""

    agent: str
    pid: int
    task_id: str
    fence: int


class Plan:
    """Who is to be hit, and at which claim: `kills` in all, spread over the specialists, drawn from `seed`."""

    def __init__(self, *, kills: int, documents: int, seed: int) -> None:
        self._chance = random.Random(seed)
        roles: list[str] = []
        while len(roles) < kills:
            roles += self._chance.sample(SPECIALISTS, k=len(SPECIALISTS))
        self._wanted = Counter(roles[:kills])
        self._spared_max = {
            role: int(documents * SPARED_SHARE / wanted) for role, wanted in self._wanted.items()
        }
        self._spare = {role: self._draw(role) for role in self._spared_max}

    def wants(self, role: str) -> bool:
        """Whether this claim of the role is to be hit. A hit that fails is tried at the next claim."""
        if not self._wanted[role]:
            return False
        self._spare[role] -= 1
        return self._spare[role] < 0

    def tick_off(self, role: str) -> None:
        """A hit of the role is done."""
        self._wanted[role] -= 1
        self._spare[role] = self._draw(role)

    def _draw(self, role: str) -> int:
        return self._chance.randint(0, self._spared_max[role])


class Saboteur:
    """Carries out a plan. `find_pid` gives the process of a session."""

    def __init__(self, plane: Plane, *, plan: Plan, find_pid: Callable[[str], int | None]) -> None:
        self._plane = plane
        self._plan = plan
        self._find_pid = find_pid

    async def see_claim(self, claimed: Claimed) -> Kill | None:
        """Decides on a claim that the log has just shown; gives the kill if there was one."""
        if not self._plan.wants(claimed.agent):
            return None
        pid = self._find_pid(claimed.session)
        if pid is None or not _signal(pid, signal.SIGSTOP):
            return None
        if not await self._is_held(claimed):
            _signal(pid, signal.SIGCONT)
            return None
        # Between the stop and now the process may have been waited for and its number be another's.
        if self._find_pid(claimed.session) != pid:
            return None
        _signal(pid, signal.SIGKILL)
        self._plan.tick_off(claimed.agent)
        return Kill(agent=claimed.agent, pid=pid, task_id=claimed.task_id, fence=claimed.fence)

    async def _is_held(self, claimed: Claimed) -> bool:
        task = (await self._plane.get_task(claimed.task_id)).task
        return task.status == "claimed" and task.fence == claimed.fence


def _signal(pid: int, number: signal.Signals) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
        return True
    return False
