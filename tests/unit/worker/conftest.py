"""A plane in memory, its journal, and workers that are stopped at the end of a test."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest

import interlock
from interlock import Plane
from interlock.worker import App, Worker
from tests.unit.worker.journal import WAIT_S, Journal


@pytest.fixture
async def plane() -> AsyncIterator[Plane]:
    async with interlock.open(":memory:") as plane:
        yield plane


@pytest.fixture
def journal(plane: Plane) -> Journal:
    return Journal(plane)


@pytest.fixture
async def start(plane: Plane) -> AsyncIterator[Callable[[App | Worker], "asyncio.Task[None]"]]:
    """Runs an app or a worker until the end of the test."""
    async with AsyncExitStack() as stack:

        def run(what: App | Worker) -> "asyncio.Task[None]":
            work = what.run(plane) if isinstance(what, App) else what.run()
            task = asyncio.ensure_future(work)
            stack.push_async_callback(_ended, task, what)
            return task

        yield run


async def _ended(task: "asyncio.Task[None]", what: App | Worker) -> None:
    what.stop()
    what.stop()
    async with asyncio.timeout(WAIT_S):
        await asyncio.gather(task, return_exceptions=True)
