"""Agents in processes of their own: killed, crashing, restarted, orphaned. Nothing is lost and nothing doubled."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import interlock
from interlock import Plane
from interlock.kernel.backoff import Backoff
from interlock.worker import PoolExhausted, ProcessPool
from tests.unit.worker.journal import Journal

AT_ONCE = Backoff(base_s=0.0, cap_s=0.0)

FLEET = """
import os
import sys
from pathlib import Path

from interlock.worker import App

app = App("fleet", grace_s=0.2)
ran = Path(__file__).with_name("ran.txt")


@app.handler(queue="count")
def count(task, ctx):
    with ran.open("a") as file:
        file.write(f"{task.task_id}\\n")
    return os.getpid()


@app.handler(queue="hang")
async def hang(task, ctx):
    if task.attempt == 1:
        await ctx.step("before", lambda: os.getpid())
        await ctx.heartbeat(progress="hanging")
        await ctx.cancelled.wait()
        return None
    return {"before": await ctx.step("before", lambda: -1), "now": os.getpid()}


@app.handler(queue="die")
def die(task, ctx):
    if task.attempt == 1:
        os._exit(3)
    return "alive"


@app.handler(queue="block")
def block(task, ctx):
    while task.attempt == 1:
        pass


def make(queue, mode=""):
    made = App(f"made-{queue}", grace_s=0.1, task_limit_s=0.2)
    made.handler(queue=queue)(block if queue == "block" else count)
    if mode == "broken":
        sys.exit(5)
    return made
"""


OWNER = """
import asyncio, sys, interlock

async def own():
    async with interlock.open(sys.argv[1]) as plane:
        for number in range(300):
            await plane.create_task(str(number), queue="count")
        print("ready", flush=True)
        await asyncio.Event().wait()

asyncio.run(own())
"""


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    path = tmp_path / "fleet.py"
    path.write_text(FLEET)
    return path


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
async def plane(ledger: Path) -> AsyncIterator[Plane]:
    async with interlock.open(ledger) as plane:
        yield plane


@pytest.fixture
def journal(plane: Plane) -> Journal:
    return Journal(plane)


def pool_of(fleet: Path, ledger: Path, **options: Any) -> ProcessPool:
    return ProcessPool(f"{fleet}:app", connect=str(ledger), log="none", **options)


async def test_a_task_whose_worker_is_killed_is_done_by_another_from_where_it_was(
    plane: Plane, journal: Journal, fleet: Path, ledger: Path
) -> None:
    ref = await plane.create_task("hang", queue="hang", lease_s=0.3, backoff=AT_ONCE)
    async with pool_of(fleet, ledger, processes=2) as pool:
        await journal.find("LeaseExtended", task_id=ref.task_id, progress_json='"hanging"')
        holder = (await plane.get_task(ref.task_id)).task.holder_session
        victim = pool.sessions[holder]
        os.kill(victim, signal.SIGKILL)
        await journal.find("TaskCompleted", task_id=ref.task_id)
    result = (await plane.get_task(ref.task_id)).result
    assert result["before"] == victim != result["now"]
    assert len(await journal.all("LeaseExpired")) == 1


async def test_workers_outlive_a_restart_of_the_hub_and_do_nothing_twice(
    fleet: Path, ledger: Path
) -> None:
    async with interlock.open(ledger) as plane:
        refs = [await plane.create_task(str(n), queue="count") for n in range(300)]
        pool = pool_of(fleet, ledger, processes=2)
        await pool.__aenter__()
        await Journal(plane).find("TaskCompleted", task_id=refs[40].task_id)
    async with interlock.open(ledger) as plane:
        journal = Journal(plane)
        for ref in refs:
            await journal.find("TaskCompleted", task_id=ref.task_id)
        await pool.__aexit__()
        completed = Counter(event["task_id"] for event in await journal.all("TaskCompleted"))
    ran = Counter(fleet.with_name("ran.txt").read_text().split())
    assert set(completed) == set(ran) == {ref.task_id for ref in refs}
    assert set(completed.values()) == set(ran.values()) == {1}
    assert pool.restarts == 0


async def test_workers_outlive_the_sigkill_of_the_hub_and_do_nothing_twice(
    fleet: Path, ledger: Path
) -> None:
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OWNER, str(ledger), stdout=asyncio.subprocess.PIPE
    )
    assert owner.stdout is not None
    await owner.stdout.readline()
    async with pool_of(fleet, ledger, processes=2) as pool:
        async with interlock.connect(ledger) as remote:
            await Journal(remote).find_all("TaskCompleted", count=40)
            owner.kill()
            await owner.wait()
        async with interlock.open(ledger) as plane:
            journal = Journal(plane)
            completed = await journal.find_all("TaskCompleted", count=300)
            pool.stop()
            await pool.wait()
            assert len(await journal.all("TaskCompleted")) == 300
    ran = Counter(fleet.with_name("ran.txt").read_text().split())
    assert set(ran) == {event["task_id"] for event in completed}
    assert set(ran.values()) == {1}
    assert pool.restarts == 0


async def test_a_crashed_process_is_started_again_under_a_fresh_session(
    plane: Plane, journal: Journal, fleet: Path, ledger: Path
) -> None:
    ref = await plane.create_task("die", queue="die", lease_s=0.2, backoff=AT_ONCE)
    async with pool_of(fleet, ledger) as pool:
        await journal.find("TaskCompleted", task_id=ref.task_id)
        assert pool.restarts == 1
    sessions = [event["session"] for event in await journal.all("SessionOpened")]
    assert len(set(sessions)) == len(sessions) == 2


async def test_a_process_whose_handler_cannot_be_stopped_is_replaced(
    plane: Plane, journal: Journal, fleet: Path, ledger: Path
) -> None:
    ref = await plane.create_task("block", queue="block", backoff=AT_ONCE)
    pool = ProcessPool(f"{fleet}:make", connect=str(ledger), arguments=["block"], log="none")
    async with pool:
        failed = await journal.find("TaskAttemptFailed", task_id=ref.task_id)
        assert failed["error_class"] == "TIMEOUT"
        await journal.find("TaskCompleted", task_id=ref.task_id)
        assert pool.restarts == 1


async def test_processes_that_crash_all_the_time_are_given_up(fleet: Path, ledger: Path) -> None:
    pool = ProcessPool(
        f"{fleet}:make",
        connect=str(ledger),
        arguments=["count", "broken"],
        log="none",
        restarts_per_minute=2,
    )
    async with pool:
        with pytest.raises(PoolExhausted, match="crashed 3 times within a minute"):
            await pool.wait()
    assert pool.sessions == {}


async def test_the_pool_drains_its_processes_at_its_end(
    plane: Plane, journal: Journal, fleet: Path, ledger: Path
) -> None:
    ref = await plane.create_task("hang", queue="hang")
    async with pool_of(fleet, ledger, processes=3) as pool:
        await journal.find("LeaseExtended", task_id=ref.task_id)
        await journal.find_all("SessionOpened", count=3)
        pids = pool.pids
        pool.stop()
        pool.stop()
        await pool.wait()
    assert len(pids) == 3
    assert (await plane.get_task(ref.task_id)).status == "ready"
    assert len(await journal.all("SessionClosed")) == 3


async def test_a_process_that_hangs_at_the_end_is_killed(
    plane: Plane, journal: Journal, fleet: Path, ledger: Path
) -> None:
    ref = await plane.create_task("hang", queue="hang", lease_s=0.3)
    async with pool_of(fleet, ledger, kill_after_s=0.2) as pool:
        await journal.find("LeaseExtended", task_id=ref.task_id)
    assert pool.pids == []
    expired = await journal.find("LeaseExpired", task_id=ref.task_id)
    assert expired["agent"] == "fleet"


async def test_the_processes_of_a_killed_supervisor_give_back_what_they_hold(
    plane: Plane, journal: Journal, fleet: Path, ledger: Path
) -> None:
    ref = await plane.create_task("hang", queue="hang")
    supervisor = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "interlock.worker", f"{fleet}:app", "--connect", str(ledger),
        "--processes", "2", "--log", "none",
    )  # fmt: skip
    await journal.find("LeaseExtended", task_id=ref.task_id)
    await journal.find_all("SessionOpened", count=2)
    supervisor.kill()
    await supervisor.wait()
    await journal.find_all("SessionClosed", count=2)
    await journal.find("TaskReleased", task_id=ref.task_id)


@pytest.mark.parametrize("processes", [1, 2])
async def test_the_command_drains_on_sigterm_and_says_so_with_status_0(
    plane: Plane, journal: Journal, fleet: Path, ledger: Path, processes: int
) -> None:
    await plane.create_task("count", queue="count")
    command = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("interlock")), "worker", f"{fleet}:app",
        "--connect", str(ledger), "--processes", str(processes), "--log", "json",
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    await journal.find("TaskCompleted")
    command.terminate()
    _, stderr = await command.communicate()
    assert command.returncode == 0
    assert b'"message": "ended: done"' in stderr


async def test_the_command_says_in_one_line_what_is_wrong(tmp_path: Path) -> None:
    command = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "interlock.worker", "no_such_module:app", "--connect", "nowhere",
        cwd=tmp_path, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, stderr = await command.communicate()
    assert command.returncode == 1
    assert stderr.decode().strip().endswith("no_such_module:app: No module named 'no_such_module'")
