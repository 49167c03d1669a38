"""Commands that come while a commit is on its way go together, and nobody is answered before his commit."""

import asyncio
from itertools import pairwise

from interlock.hub.committer import EARLY_MIN
from interlock.kernel.command import Refusal
from interlock.store.contract import CommitUnknown
from tests.unit.hub.stage import Stage


async def test_commands_of_one_turn_share_a_commit(stage: Stage) -> None:
    await asyncio.gather(*[stage.do("create_task", title=str(n)) for n in range(10)])
    assert stage.disk.commits == [0]


async def test_a_crowd_does_not_wait_for_its_last(stage: Stage) -> None:
    crowd = EARLY_MIN + 10
    await asyncio.gather(*[stage.do("create_task", title=str(n)) for n in range(crowd)])
    assert stage.disk.commits == [0, EARLY_MIN]


async def test_two_halves_of_a_crowd_take_turns(stage: Stage) -> None:
    crowd = 4 * EARLY_MIN

    async def live() -> None:
        for n in range(3):
            await stage.do("create_task", title=str(n))

    stage.disk.stall()
    lives = [asyncio.ensure_future(live()) for _ in range(crowd)]
    await stage.settle()
    stage.disk.flow()
    await asyncio.gather(*lives)
    sizes = [after - before for before, after in pairwise([*stage.disk.commits, stage.hub.head])]
    assert sum(sizes) == 3 * crowd
    assert max(sizes) < crowd


async def test_commands_gather_while_a_commit_is_in_flight(stage: Stage) -> None:
    stage.disk.stall()
    first = stage.ask("create_task", title="first")
    await stage.settle()
    later = [stage.ask("create_task", title=f"later {n}") for n in range(5)]
    await stage.settle()
    assert stage.disk.commits == [0]
    stage.disk.flow()
    await asyncio.gather(first, *later)
    assert stage.disk.commits == [0, 1]
    assert stage.hub.head == 6


async def test_nobody_is_answered_before_the_commit(stage: Stage) -> None:
    stage.disk.stall()
    answer = stage.ask("create_task", title="a")
    await stage.settle()
    assert not answer.done()
    assert stage.events == []
    stage.disk.flow()
    assert (await answer).status == "ready"
    assert len(stage.events) == 1


async def test_a_read_waits_for_what_it_saw(stage: Stage) -> None:
    stage.disk.stall()
    stage.ask("create_task", title="a")
    seen = stage.ask("get_queue", queue="default")
    await stage.settle()
    assert not seen.done()
    stage.disk.flow()
    assert (await seen).counts["ready"] == 1


async def test_a_refusal_waits_for_what_it_was_decided_upon(stage: Stage) -> None:
    """A claim that is not durable must not turn another claimer away: it may never come to be."""
    ref = await stage.do("create_task", title="a")
    stage.disk.stall()
    won = stage.ask("claim_task", task_id=ref.task_id)
    await stage.settle()
    lost = stage.ask("claim_task", task_id=ref.task_id)
    await stage.settle()
    assert not won.done()
    assert not lost.done()
    stage.disk.flow()
    assert (await won).fence == 2
    assert (await lost).code == "already_claimed"


async def test_an_answer_that_depends_on_nothing_new_comes_at_once(stage: Stage) -> None:
    assert isinstance(stage.submit("claim_task", task_id="task-0-9"), asyncio.Future)
    assert not isinstance(stage.submit("get_queue", queue="default"), asyncio.Future)


async def test_a_caller_that_went_away_holds_nobody_up(stage: Stage) -> None:
    stage.disk.stall()
    gone = stage.ask("create_task", title="gone")
    stays = stage.ask("create_task", title="stays")
    await stage.settle()
    gone.cancel()
    stage.disk.flow()
    assert (await stays).task_id == "task-0-2"
    assert (await stage.do("get_queue", queue="default")).counts["ready"] == 2


async def test_a_commit_whose_answer_was_lost_is_found_to_have_landed(stage: Stage) -> None:
    stage.disk.after = [CommitUnknown("no answer")]
    ref = await stage.do("create_task", title="a")
    assert ref.status == "ready"
    assert stage.disk.commits == [0]
    assert len(stage.events) == 1


async def test_a_commit_that_did_not_land_is_sent_again(stage: Stage) -> None:
    stage.disk.before = [CommitUnknown("no answer"), CommitUnknown("no answer")]
    ref = await stage.do("create_task", title="a")
    assert ref.status == "ready"
    assert stage.disk.commits == [0, 0, 0]
    assert len(stage.events) == 1


async def test_a_commit_that_never_lands_is_told_as_not_done(stage: Stage) -> None:
    stage.disk.before = [CommitUnknown("no answer")] * 4
    refusal = await stage.do("create_task", title="a")
    assert isinstance(refusal, Refusal)
    assert refusal.code == "ledger_unavailable"
    assert "nothing was done" in refusal.message
    assert stage.events == []
    assert (await stage.do("create_task", title="b")).task_id == "task-0-1"


async def test_text_that_is_no_unicode_is_refused_where_it_would_be_logged(stage: Stage) -> None:
    from interlock.kernel.task.create import CreateTask

    refusal = await stage.hub.call(CreateTask(title="\ud800"))
    assert refusal.code == "invalid"
    assert stage.hub.head == 0
    assert stage.hub.state.tasks == {}
