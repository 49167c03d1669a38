"""Two hundred claimers in two processes race for a thousand tasks: each task has one winner, each win a fence."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

import interlock
from interlock.observe.verify import verify_ledger
from interlock.store.sqlite import SqliteStore

TASKS = 1_000
PROCESSES = 2
CLAIMERS = 100
"""In each process."""

LEASE_S = 600.0
"""Longer than the race: nothing comes back meanwhile."""


async def start(ledger: Path, number: int) -> asyncio.subprocess.Process:
    """A process whose claimers are all connected."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.stories.race_child"),
        *(str(ledger), f"p{number}", str(CLAIMERS)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process


async def finish(process: asyncio.subprocess.Process, listed: list[str]) -> dict[str, Any]:
    """What its claimers won and lost."""
    printed, _ = await process.communicate(json.dumps(listed).encode() + b"\n")
    assert process.returncode == 0
    found: dict[str, Any] = json.loads(printed)
    return found


async def race(ledger: Path) -> tuple[list[str], list[dict[str, Any]], list[dict[str, Any]]]:
    """The tasks, every win and every loss."""
    async with interlock.open(ledger) as plane:
        refs = await asyncio.gather(
            *(plane.create_task(f"task {number}", lease_s=LEASE_S) for number in range(TASKS))
        )
        tasks = [ref.task_id for ref in refs]
        processes = await asyncio.gather(*(start(ledger, number) for number in range(PROCESSES)))
        outcomes = await asyncio.gather(*(finish(process, tasks) for process in processes))
    wins = [win for outcome in outcomes for win in outcome["wins"]]
    losses = [loss for outcome in outcomes for loss in outcome["losses"]]
    return tasks, wins, losses


@pytest.fixture(scope="module")
def raced(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, list[str], list[dict[str, Any]], list[dict[str, Any]]]:
    ledger = tmp_path_factory.mktemp("race") / "race.db"
    return ledger, *asyncio.run(race(ledger))


Raced = tuple[Path, list[str], list[dict[str, Any]], list[dict[str, Any]]]


def test_each_task_has_exactly_one_winner(raced: Raced) -> None:
    _, tasks, wins, _ = raced
    assert sorted(win["task_id"] for win in wins) == sorted(tasks)


def test_each_win_has_a_fence_of_its_own(raced: Raced) -> None:
    _, _, wins, _ = raced
    assert len({win["fence"] for win in wins}) == TASKS


def test_claimers_of_both_processes_and_of_every_kind_win(raced: Raced) -> None:
    _, _, wins, _ = raced
    sessions = {win["session"][:10] for win in wins}
    assert {"", "session p0", "session p1"} <= sessions
    assert {"", "twin"} <= {win["agent"] for win in wins}


def test_every_loser_of_a_named_task_is_told_who_holds_it(raced: Raced) -> None:
    _, _, wins, losses = raced
    holders = {win["task_id"]: win for win in wins}
    assert len(losses) > TASKS / 2
    assert all(loss == holders[loss["task_id"]] for loss in losses)


async def test_the_ledger_of_the_race_tells_the_same_story(raced: Raced) -> None:
    ledger, tasks, wins, _ = raced
    async with interlock.open(ledger, serve=False) as plane:
        views = await asyncio.gather(*(plane.get_task(task_id) for task_id in tasks))
    told = {(view.id, view.task.fence, view.task.holder_agent) for view in views}
    assert told == {(win["task_id"], win["fence"], win["agent"]) for win in wins}
    store = await SqliteStore.open(ledger)
    try:
        assert (await verify_ledger(store)).holds
    finally:
        await store.close()
