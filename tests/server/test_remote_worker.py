"""A worker of a server is the worker of a ledger: the same runtime, the same promises, only farther away."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

import interlock
from interlock import Plane
from interlock.kernel.access.create import KeyMade
from interlock.server.serve import Serving
from interlock.worker import Context, ProcessPool, Task, Worker
from tests.unit.worker.journal import Journal

FLEET = """
import os

from interlock.worker import App

app = App("fleet")


@app.handler(queue="count")
async def count(task, ctx):
    return os.getpid()
"""


@pytest.fixture
async def made(admin: Plane) -> KeyMade:
    """The key of the agent that works."""
    return await admin.create_key("fleet")


@pytest.fixture
def plane(admin: Plane) -> Plane:
    """The plane of somebody who looks on."""
    return admin


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    path = tmp_path / "fleet.py"
    path.write_text(FLEET)
    return path


async def test_a_cancellation_reaches_the_handler_of_a_remote_worker_at_once(
    server: Serving, plane: Plane, made: KeyMade
) -> None:
    """The lease is so long that no heartbeat comes in time."""

    async def work(task: Task, ctx: Context) -> None:
        await ctx.cancelled.wait()

    journal = Journal(plane)
    ref = await plane.create_task("work", lease_s=3_600)
    async with interlock.connect(server.url, key=made.key) as remote:
        worker = Worker(remote, agent="fleet", handler=work)
        running = asyncio.create_task(worker.run())
        await journal.find("TaskClaimed", task_id=ref.task_id)
        await plane.cancel_task(ref.task_id)
        await journal.find("TaskCancelled", task_id=ref.task_id)
        worker.stop()
        await running


async def test_a_pool_of_processes_works_off_the_tasks_of_a_server(
    server: Serving, plane: Plane, made: KeyMade, fleet: Path
) -> None:
    refs = [await plane.create_task(str(n), queue="count") for n in range(20)]
    async with ProcessPool(
        f"{fleet}:app", connect=server.url, key=made.key, processes=2, log="none"
    ) as pool:
        await Journal(plane).find_all("TaskCompleted", count=20)
        pids = set(pool.pids)
    assert {(await plane.get_task(ref.task_id)).result for ref in refs} <= pids
    assert pool.restarts == 0


Command = Callable[..., "asyncio.Future[tuple[int, str]]"]


@pytest.fixture
async def command(fleet: Path) -> AsyncIterator[Command]:
    """Runs `interlock worker` and gives its status and log; it is terminated with the test."""
    started: list[asyncio.subprocess.Process] = []

    async def run(*arguments: str, until: asyncio.Event | None = None, **variables: str) -> object:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "interlock", "worker", f"{fleet}:app", *arguments,
            env={**os.environ, **variables}, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        started.append(process)
        if until is not None:
            await until.wait()
            process.terminate()
        _, stderr = await process.communicate()
        return process.returncode, stderr.decode()

    yield lambda *arguments, **options: asyncio.ensure_future(run(*arguments, **options))
    for process in started:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize("told_by", ["flags", "variables"])
async def test_the_command_is_told_the_server_by_flags_or_by_variables(
    server: Serving, plane: Plane, made: KeyMade, command: Command, told_by: str
) -> None:
    ref = await plane.create_task("a", queue="count")
    done = asyncio.Event()
    if told_by == "flags":
        running = command("--url", server.url, "--key", made.key, until=done)
    else:
        running = command(until=done, INTERLOCK_URL=server.url, INTERLOCK_KEY=made.key)
    await Journal(plane).find("TaskCompleted", task_id=ref.task_id)
    done.set()
    status, log = await running
    assert status == 0
    assert made.key not in log


async def test_the_command_ends_at_once_when_the_server_does_not_take_its_key(
    server: Serving, made: KeyMade, command: Command
) -> None:
    wrong = made.key[:-8] + "00000000"
    status, log = await command("--url", server.url, INTERLOCK_KEY=wrong)
    assert status == 1
    assert "BadKey" in log
    assert "waiting" not in log
    assert wrong not in log


async def test_variables_do_not_change_where_connect_leads(
    server: Serving, made: KeyMade, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERLOCK_URL", server.url)
    monkeypatch.setenv("INTERLOCK_KEY", made.key)
    with pytest.raises(interlock.CannotConnect):
        async with interlock.connect(tmp_path / "nobody.db"):
            raise AssertionError("connected")
    with pytest.raises(interlock.BadKey):
        async with interlock.connect(server.url):
            raise AssertionError("connected")
