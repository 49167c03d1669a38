"""The saboteur kills processes that hold a task at that moment, and no others."""

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator

import pytest

import interlock
from interlock import Plane
from interlock.demo.board import Claimed
from interlock.demo.roles import GENERALIST, READER, SPECIALISTS
from interlock.demo.saboteur import Plan, Saboteur


@pytest.fixture
async def plane() -> AsyncIterator[Plane]:
    async with interlock.open(":memory:") as plane:
        yield plane


@pytest.fixture
def child() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that lives until its standard input is closed."""
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as child:
        yield child


def saboteur(plane: Plane, *, pid: int | None, kills: int = 5) -> Saboteur:
    plan = Plan(kills=kills, documents=1, seed=0)
    return Saboteur(plane, plan=plan, find_pid={"session-1": pid}.get)


async def claim(plane: Plane, *, agent: str = READER) -> Claimed:
    task = await plane.create_task("read a.txt")
    won = await plane.claim_task(task_id=task.task_id, agent=agent, session="session-1")
    assert won
    return Claimed(agent, "session-1", task_id=won.task_id, fence=won.fence)


async def test_a_process_that_holds_its_task_is_killed(
    plane: Plane, child: "subprocess.Popen[bytes]"
) -> None:
    claimed = await claim(plane)
    kill = await saboteur(plane, pid=child.pid).see_claim(claimed)
    assert kill is not None
    assert (kill.agent, kill.pid, kill.task_id) == (READER, child.pid, claimed.task_id)
    assert child.wait() == -signal.SIGKILL


async def test_a_process_that_has_ended_its_task_goes_on_unharmed(
    plane: Plane, child: "subprocess.Popen[bytes]"
) -> None:
    late = saboteur(plane, pid=child.pid)
    claimed = await claim(plane)
    await plane.complete_task(claimed.task_id, fence=claimed.fence)
    assert await late.see_claim(claimed) is None
    claimed = await claim(plane)
    await plane.release_task(claimed.task_id, fence=claimed.fence)
    await plane.claim_task(task_id=claimed.task_id, agent=READER, session="another")
    assert await late.see_claim(claimed) is None
    child.communicate()
    assert child.returncode == 0


async def test_an_unknown_or_ended_process_is_not_searched_for(
    plane: Plane, child: "subprocess.Popen[bytes]"
) -> None:
    claimed = await claim(plane)
    assert await saboteur(plane, pid=None).see_claim(claimed) is None
    child.communicate()
    assert await saboteur(plane, pid=child.pid).see_claim(claimed) is None


async def test_nobody_is_killed_unless_asked_for(
    plane: Plane, child: "subprocess.Popen[bytes]"
) -> None:
    assert await saboteur(plane, pid=child.pid, kills=0).see_claim(await claim(plane)) is None
    generalist = await claim(plane, agent=GENERALIST)
    assert await saboteur(plane, pid=child.pid).see_claim(generalist) is None
    assert child.poll() is None


def hits(*, seed: int, kills: int, documents: int) -> list[tuple[str, int]]:
    """Who is hit at which claim, when each role claims each document once and each hit succeeds."""
    plan = Plan(kills=kills, documents=documents, seed=seed)
    found: list[tuple[str, int]] = []
    for number in range(documents):
        for role in SPECIALISTS:
            if plan.wants(role):
                plan.tick_off(role)
                found.append((role, number))
    return found


def test_the_seed_says_who_is_hit_and_when() -> None:
    first = hits(seed=3, kills=3, documents=60)
    assert hits(seed=3, kills=3, documents=60) == first
    assert len({role for role, _ in first}) == 3
    assert hits(seed=4, kills=3, documents=60) != first


@pytest.mark.parametrize("kills", [1, 5, 7, 20])
def test_all_hits_fall_into_the_first_claims_and_on_all_roles_alike(kills: int) -> None:
    for seed in range(30):
        found = hits(seed=seed, kills=kills, documents=60)
        counts = Counter(role for role, _ in found)
        assert len(found) == kills
        assert max(counts.values()) - min(counts[role] for role in SPECIALISTS) <= 1
        assert max(number for _, number in found) <= 30 + kills


def test_a_hit_that_fails_is_tried_again_at_the_next_claim() -> None:
    plan = Plan(kills=1, documents=1, seed=0)
    [role] = [role for role in SPECIALISTS if plan.wants(role)]
    assert plan.wants(role)
    plan.tick_off(role)
    assert not plan.wants(role)
