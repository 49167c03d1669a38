"""The verbs of a task's life that the loops of this folder need, and nothing else."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A task that is held, with the number that proves it."""

    task_id: str
    fence: int


class TaskPlane(Protocol):
    """Each call returns only when its effect is acknowledged, and raises when it was refused."""

    async def create(self, number: int) -> str:
        """Queues a task whose payload is `number`; returns its id."""
        ...

    async def claim(self, agent: str, *, wait_s: float) -> Claim:
        """Takes the next ready task, waiting for one up to `wait_s`; TimeoutError if none came."""
        ...

    async def extend(self, claim: Claim, *, agent: str, progress: float) -> None:
        """Prolongs the lease and records the progress, 0 to 1, as an event."""
        ...

    async def complete(self, claim: Claim, *, agent: str) -> None: ...
