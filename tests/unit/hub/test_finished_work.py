"""Finished work leaves memory, and comes back when somebody asks for it."""

import asyncio

import pytest

from interlock.hub import hub as hub_module
from tests.unit.hub.stage import Stage


async def finish(stage: Stage, count: int) -> list[str]:
    """So many tasks, created, claimed and completed one after the other."""
    ids = []
    for number in range(count):
        await stage.do("create_task", title=str(number))
        claim = await stage.do("claim_task")
        await stage.do("complete_task", task_id=claim.task_id, fence=claim.fence, result=number)
        ids.append(claim.task_id)
    return ids


async def test_finished_tasks_leave_memory(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "CLOSED_MAX", 3)
    await finish(stage, 10)
    assert len(stage.hub.state.closed) == 3
    assert stage.hub.state.tasks == {}


async def test_a_task_that_left_memory_is_found_when_it_is_asked_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "CLOSED_MAX", 0)
    ids = await finish(stage, 3)
    assert [(await stage.do("get_task", task_id=id)).result for id in ids] == [0, 1, 2]


async def test_a_late_completion_of_a_task_that_left_memory_is_a_duplicate(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "CLOSED_MAX", 0)
    ids = await finish(stage, 1)
    again = await stage.do("complete_task", task_id=ids[0], fence=2, result=0)
    assert again.is_duplicate
    assert (await stage.do("complete_task", task_id=ids[0], fence=1)).code == "stale_fence"


async def test_a_task_that_never_was_is_not_found(stage: Stage) -> None:
    assert (await stage.do("get_task", task_id="task-0-99")).code == "not_found"


async def test_what_is_not_durable_yet_stays_in_memory(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "CLOSED_MAX", 0)
    await stage.do("create_task", title="a")
    claim = await stage.do("claim_task")
    stage.disk.stall()
    other = stage.ask("create_task", title="b")
    await stage.settle()
    done = stage.ask("complete_task", task_id=claim.task_id, fence=claim.fence)
    stage.disk.flow()
    stage.disk.stall()  # only the commit that waited goes through
    await other
    assert ("task", claim.task_id) in stage.hub.state.closed
    stage.disk.flow()
    await done
    assert stage.hub.state.closed == {}


async def test_nothing_leaves_memory_while_it_is_fetched(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "CLOSED_MAX", 0)
    ids = await finish(stage, 1)
    stage.store.reading.clear()
    asked = stage.ask("get_task", task_id=ids[0])
    await stage.settle()
    await finish(stage, 2)
    assert len(stage.hub.state.closed) == 2
    stage.store.reading.set()
    assert (await asked).result == 0


async def test_a_dead_task_that_left_memory_is_brought_back_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two ask for it at once. The second has read a row that is no longer true when its turn comes."""
    monkeypatch.setattr(hub_module, "CLOSED_MAX", 0)
    await stage.do("create_task", title="a", attempts_max=1)
    claim = await stage.do("claim_task")
    await stage.do("fail_task", task_id=claim.task_id, fence=claim.fence)
    assert stage.hub.state.closed == {}
    stage.disk.stall()
    stage.store.reading.clear()
    first = stage.ask("retry_task", task_id=claim.task_id)
    second = stage.ask("retry_task", task_id=claim.task_id)
    await stage.settle()
    stage.store.reading.set()
    await stage.settle()
    stage.disk.flow()
    answers = await asyncio.gather(first, second)
    assert sorted(getattr(answer, "code", "") for answer in answers) == ["", "wrong_status"]
    assert sum('"TaskRetried"' in event for event in stage.events) == 1
    assert stage.hub.state.closed == {}


async def test_a_needed_task_that_left_memory_is_known_to_be_done(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "CLOSED_MAX", 0)
    ids = await finish(stage, 1)
    assert (await stage.do("create_task", title="next", needs=ids)).status == "ready"


async def test_a_restart_loads_open_work_only(stage: Stage) -> None:
    await finish(stage, 3)
    await stage.do("create_task", title="open")
    await stage.restart()
    assert [task.title for task in stage.hub.state.tasks.values()] == ["open"]
    assert stage.hub.state.closed == {}
    assert stage.hub.head == 10
    assert (await stage.do("get_task", task_id="task-0-1")).result == 0
