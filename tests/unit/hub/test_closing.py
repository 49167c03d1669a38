"""A hub that closes answers everybody, and what it answered is durable."""

import asyncio

from tests.unit.hub.stage import Stage


async def test_what_was_decided_is_committed_before_the_end(stage: Stage) -> None:
    stage.disk.stall()
    first = stage.ask("create_task", title="a")
    await stage.settle()
    second = stage.ask("create_task", title="b")
    closing = asyncio.create_task(stage.hub.close())
    await stage.settle()
    assert not closing.done()
    stage.disk.flow()
    await closing
    assert (await first).task_id == "task-0-1"
    assert (await second).task_id == "task-0-2"
    assert len(stage.events) == 2


async def test_what_was_decided_in_the_same_turn_is_committed_too(stage: Stage) -> None:
    answer = stage.ask("create_task", title="a")
    await stage.hub.close()
    assert (await answer).status == "ready"
    assert len(stage.events) == 1


async def test_long_polls_are_told_to_ask_the_successor(stage: Stage) -> None:
    claim = stage.ask("claim_task", wait_s=50)
    log = stage.ask("read_log", wait_s=50)
    events = stage.ask("get_events", topic="t", group="g", agent="a", wait_s=50)
    await stage.settle()
    await stage.hub.close()
    assert (await claim).code == "closing"
    assert (await log).code == "closing"
    assert (await events).code in {"closing", "not_found"}
    assert asyncio.get_running_loop().time() < 1


async def test_a_long_poll_ends_with_the_commit_on_its_way(stage: Stage) -> None:
    stage.disk.stall()
    claim = stage.ask("claim_task", wait_s=50, queue="other")
    stage.ask("create_task", title="a")
    await stage.settle()
    closing = asyncio.create_task(stage.hub.close())
    await stage.settle()
    assert not claim.done()
    stage.disk.flow()
    await closing
    assert (await claim).code == "closing"


async def test_a_closed_hub_takes_nothing(stage: Stage) -> None:
    await stage.hub.close()
    await stage.hub.close()
    assert (await stage.do("create_task", title="a")).code == "closing"


async def test_a_fetch_on_its_way_is_answered(stage: Stage) -> None:
    stage.store.reading.clear()
    asked = stage.ask("get_task", task_id="task-0-9")
    await stage.settle()
    closing = asyncio.create_task(stage.hub.close())
    await stage.settle()
    stage.store.reading.set()
    await closing
    assert (await asked).code == "closing"


async def test_an_alarm_that_is_due_is_left_to_the_successor(stage: Stage) -> None:
    await stage.do("create_task", title="a", not_before=1)
    stage.hub._closing = "closing"
    await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=5)
    assert stage.hub.head == 1
    stage.hub._arm()
    assert not stage.hub._timer.is_set
