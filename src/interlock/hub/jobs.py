"""Tasks of the hub's own, so that none outlives it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

_T = TypeVar("_T")


class Jobs:
    """Runs coroutines and knows which are not done."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def run(self, job: Coroutine[Any, Any, _T]) -> "asyncio.Task[_T]":
        """Starts a job; its task is also its answer."""
        task = asyncio.get_running_loop().create_task(job)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def wait(self) -> bool:
        """Waits for those that run now; false when none did."""
        if not self._tasks:
            return False
        await asyncio.wait(self._tasks)
        return True
