"""When a commit fails the hub goes back to what is durable, and everybody is told the truth."""

import asyncio

import pytest

from interlock.store.contract import CommitUnknown, Fenced, StoreError, StoreFull
from tests.unit.hub.stage import Stage, command


async def test_what_a_failed_commit_carried_never_was(stage: Stage) -> None:
    stage.disk.before = [StoreError("a cable came loose")]
    refusal = await stage.do("create_task", title="a", idempotency_key="k")
    assert refusal.code == "ledger_unavailable"
    assert "nothing was done" in refusal.message
    assert stage.hub.state.tasks == {}
    ref = await stage.do("create_task", title="another", idempotency_key="k")
    assert ref.task_id == "task-0-1"


async def test_those_who_gathered_behind_a_failed_commit_are_told_as_well(stage: Stage) -> None:
    """They were decided upon what never was."""
    stage.disk.before = [StoreError("a cable came loose")]
    stage.disk.stall()
    first = stage.ask("create_task", title="a")
    await stage.settle()
    second = stage.ask("claim_task", task_id="task-0-1")
    await stage.settle()
    stage.disk.flow()
    assert (await first).code == "ledger_unavailable"
    assert (await second).code == "ledger_unavailable"
    assert stage.events == []


async def test_commands_that_come_while_the_hub_goes_back_are_decided_afterwards(
    stage: Stage,
) -> None:
    stage.disk.before = [StoreError("a cable came loose")]
    failed = stage.ask("create_task", title="a")
    stage.store.reading.clear()
    await stage.settle()
    held_back = stage.ask("create_task", title="b")
    given_up = stage.ask("create_task", title="c")
    await stage.settle()
    given_up.cancel()
    assert not held_back.done()
    stage.store.reading.set()
    assert (await failed).code == "ledger_unavailable"
    assert (await held_back).task_id == "task-0-1"
    assert (await stage.do("get_queue", queue="default")).counts == {"ready": 1}


async def test_no_alarm_is_handled_while_the_hub_goes_back(stage: Stage) -> None:
    await stage.do("create_task", title="a", lease_s=10)
    await stage.do("claim_task")
    stage.disk.before = [StoreError("a cable came loose")]
    stage.store.reading.clear()
    failed = stage.ask("create_task", title="b")
    await asyncio.wait([failed], timeout=20)
    assert stage.hub.head == 2
    stage.store.reading.set()
    await failed
    await stage.do("create_task", title="c")
    assert (await stage.do("get_task", task_id="task-0-1")).status == "scheduled"


async def test_a_long_poll_outlives_a_failed_commit(stage: Stage) -> None:
    claim = stage.ask("claim_task", wait_s=30)
    stage.disk.before = [StoreError("a cable came loose")]
    await stage.do("create_task", title="a")
    assert (await claim).code == "ledger_unavailable"
    waiting = stage.ask("claim_task", wait_s=30, queue="other")
    stage.disk.before = [StoreError("a cable came loose")]
    await stage.do("create_task", title="b")
    await stage.do("create_task", title="c", queue="other")
    assert (await waiting).title == "c"


async def test_a_long_poll_does_not_end_empty_while_what_it_did_not_get_comes_back(
    stage: Stage,
) -> None:
    """Somebody else's claim had hidden the task; it never became durable."""
    await stage.do("create_task", title="a")
    stage.disk.before = [StoreError("a cable came loose")]
    stage.disk.stall()
    winner = stage.ask("claim_task")
    loser = stage.ask("claim_task", wait_s=5)
    stage.store.reading.clear()
    stage.disk.flow()
    await asyncio.wait([loser], timeout=10)
    assert not loser.done()
    stage.store.reading.set()
    assert (await winner).code == "ledger_unavailable"
    assert (await loser).title == "a"


async def test_a_long_poll_that_ends_while_the_hub_goes_back_is_answered(stage: Stage) -> None:
    claim = stage.ask("claim_task", wait_s=5, queue="other")
    stage.disk.before = [StoreError("a cable came loose")]
    stage.store.reading.clear()
    failed = stage.ask("create_task", title="a")
    await asyncio.wait([claim], timeout=10)
    stage.store.reading.set()
    await failed
    assert not await asyncio.wait_for(claim, 10)


async def test_a_full_disk_refuses_new_work_and_lets_the_rest_through(stage: Stage) -> None:
    await stage.do("create_task", title="a")
    claim = await stage.do("claim_task")
    stage.disk.stall()
    stage.disk.before = [StoreFull("no room")]
    new = stage.ask("create_task", title="b")
    done = stage.ask("complete_task", task_id=claim.task_id, fence=claim.fence)
    gone = stage.ask("extend_lease", task_id=claim.task_id, fence=claim.fence, progress=1)
    await stage.settle()
    gone.cancel()
    stage.disk.flow()
    assert (await new).code == "disk_full"
    assert (await done).status == "done"


async def test_where_room_is_low_new_work_is_refused_before_it_is_decided(stage: Stage) -> None:
    await stage.do("create_task", title="a")
    stage.memory.room = "low"
    assert (await stage.do("create_task", title="b")).code == "disk_full"
    assert (await stage.do("claim_task")).title == "a"
    assert (await stage.do("put_blob", content=b"x")).code == "disk_full"


async def test_a_hub_that_was_succeeded_stops_at_once(stage: Stage) -> None:
    parked = stage.ask("claim_task", wait_s=30, queue="other")
    stage.disk.before = [Fenced("epoch 2 is there")]
    stage.disk.stall()
    first = stage.ask("create_task", title="a")
    await stage.settle()
    second = stage.ask("create_task", title="b")
    await stage.settle()
    stage.disk.flow()
    for answer in (first, second, parked):
        assert (await answer).code == "closing"
        assert "another owner has taken the shard" in (await answer).message
    assert stage.submit("get_queue", queue="default").code == "closing"


async def test_a_hub_that_was_succeeded_rings_no_alarm_any_more(stage: Stage) -> None:
    await stage.do("create_task", title="a", lease_s=10)
    await stage.do("claim_task")
    stage.disk.before = [Fenced("epoch 2 is there")]
    await stage.do("create_task", title="b")
    commits = len(stage.disk.commits)
    loop = asyncio.get_running_loop()
    await asyncio.wait([loop.create_future()], timeout=60)
    assert len(stage.disk.commits) == commits


async def test_a_hub_whose_store_is_gone_says_so_to_everybody(stage: Stage) -> None:
    """Nobody is forgotten: those of the commit, those behind it, those held back, those who wait for work."""
    parked = stage.ask("claim_task", wait_s=30, queue="other")
    stage.disk.before = [StoreError("a cable came loose")]
    stage.store.fail_load = StoreError("and stays loose")
    stage.disk.stall()
    first = stage.ask("create_task", title="a")
    await stage.settle()
    gathered = stage.ask("create_task", title="b")
    await stage.settle()
    stage.store.reading.clear()
    stage.disk.flow()
    await stage.settle()
    held_back = stage.ask("create_task", title="c")
    stage.store.reading.set()
    for answer in (first, gathered, held_back, parked):
        refusal = await answer
        assert refusal.code == "closing"
        assert "and stays loose" in refusal.message


async def test_who_cannot_be_told_whether_it_was_done_is_told_just_that(stage: Stage) -> None:
    """The answer of the commit is lost, and so is that to the question whether it landed."""
    stage.disk.after = [CommitUnknown("no answer")]
    stage.store.fail_resolve = StoreError("still no answer")
    refusal = await stage.do("create_task", title="a")
    assert len(stage.events) == 1
    assert "nothing was done" not in refusal.message
    assert "may have been done" in refusal.message
    # The hub does not know the head any more: only its successor may go on.
    assert (await stage.do("create_task", title="b")).code == "closing"
    stage.store.fail_resolve = None
    await stage.restart()
    assert (await stage.do("get_queue", queue="default")).counts == {"ready": 1}


async def test_an_error_that_no_store_should_raise_ends_the_hub_instead_of_hanging_it(
    stage: Stage,
) -> None:
    stage.disk.before = [MemoryError("out of memory")]
    refusal = await asyncio.wait_for(stage.do("create_task", title="a"), 60)
    assert refusal.code == "outcome_unknown"
    assert "may have been done" in refusal.message
    assert (await stage.do("create_task", title="b")).code == "closing"


async def test_a_row_that_cannot_be_fetched_is_no_missing_row(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.store.fail_load = StoreError("a cable came loose")
    refusal = await stage.do("get_task", task_id="task-0-1")
    assert refusal.code == "ledger_unavailable"


async def test_a_row_that_was_fetched_before_the_hub_went_back_is_fetched_again(
    stage: Stage,
) -> None:
    await stage.do("create_task", title="a")
    claim = await stage.do("claim_task")
    await stage.do("complete_task", task_id=claim.task_id, fence=claim.fence, result=7)
    stage.hub.state.closed.clear()
    stage.store.fetching.clear()
    asked = stage.ask("create_task", title="next", needs=["task-0-9", claim.task_id])
    await stage.settle()
    stage.disk.before = [StoreError("a cable came loose")]
    assert (await stage.do("create_task", title="b")).code == "ledger_unavailable"
    stage.store.fetching.set()
    assert (await asked).code == "not_found"
    assert (await asked).details == {"task_id": "task-0-9"}


async def test_a_caller_may_leave_after_its_command_was_sent_again(stage: Stage) -> None:
    await stage.do("create_task", title="a")
    claim = await stage.do("claim_task")
    stage.disk.before = [StoreFull("no room")]
    done = stage.ask("complete_task", task_id=claim.task_id, fence=claim.fence)
    while len(stage.disk.commits) < 3:
        await asyncio.sleep(0)
    stage.disk.stall()
    while len(stage.disk.commits) < 4:
        await asyncio.sleep(0)
    done.cancel()
    await stage.settle()
    stage.disk.flow()
    assert (await stage.do("get_task", task_id=claim.task_id)).status == "done"


async def test_what_was_held_back_and_changes_nothing_is_answered_at_once(stage: Stage) -> None:
    stage.disk.before = [StoreError("a cable came loose")]
    failed = stage.ask("create_task", title="a")
    stage.store.reading.clear()
    await stage.settle()
    held_back = stage.ask("get_queue", queue="default")
    await stage.settle()
    stage.store.reading.set()
    await failed
    assert (await held_back).counts == {}


async def test_a_fetch_that_ends_while_the_hub_goes_back_is_decided_afterwards(
    stage: Stage,
) -> None:
    await stage.do("create_task", title="a")
    claim = await stage.do("claim_task")
    await stage.do("complete_task", task_id=claim.task_id, fence=claim.fence, result=7)
    stage.hub.state.closed.clear()
    asked = asyncio.get_running_loop().create_task(
        stage.hub.call(command("get_task", task_id=claim.task_id))
    )
    stage.hub._is_reloading = True
    await stage.settle()
    assert not asked.done()
    stage.hub._is_reloading = False
    await stage.hub._start_over(StoreError("over"))
    assert (await asked).result == 7
