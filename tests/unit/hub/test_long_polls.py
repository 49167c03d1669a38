"""Long polls: who waits gets the work in the moment in which it is durable, and the one who came first goes first."""

import asyncio

import pytest

from interlock.hub import hub as hub_module
from interlock.hub import parked as parked_module
from tests.unit.hub.stage import Stage


async def test_work_wakes_the_claimer_that_waits_for_it(stage: Stage) -> None:
    claim = stage.ask("claim_task", wait_s=30)
    ref = await stage.do("create_task", title="a")
    assert (await claim).task_id == ref.task_id
    assert asyncio.get_running_loop().time() < 1


async def test_the_claimer_is_not_answered_before_the_work_and_its_claim_are_durable(
    stage: Stage,
) -> None:
    claim = stage.ask("claim_task", wait_s=30)
    stage.disk.stall()
    stage.ask("create_task", title="a")
    await stage.settle()
    assert not claim.done()
    assert stage.events == []
    stage.disk.flow()
    await claim
    assert len(stage.events) == 2
    assert stage.disk.commits == [0]


async def test_claimers_are_served_in_the_order_in_which_they_came(stage: Stage) -> None:
    claims = [stage.ask("claim_task", wait_s=30, agent=f"agent {n}") for n in range(3)]
    await asyncio.gather(*[stage.do("create_task", title=str(n)) for n in range(3)])
    assert [(await claim).title for claim in claims] == ["0", "1", "2"]


async def test_a_claimer_that_gave_up_its_place_is_passed_over(stage: Stage) -> None:
    gone, stays = stage.ask("claim_task", wait_s=30), stage.ask("claim_task", wait_s=30)
    gone.cancel()
    await stage.do("create_task", title="a")
    assert (await stays).title == "a"


async def test_a_claimer_that_is_gone_in_the_very_turn_gets_nothing(stage: Stage) -> None:
    """The cancellation is known, but its callback has not run yet."""
    gone = stage.ask("claim_task", wait_s=30)
    gone.cancel()
    created = stage.ask("create_task", title="a")
    await created
    assert (await stage.do("get_queue", queue="default")).counts["ready"] == 1


async def test_who_finds_nothing_is_told_so_when_the_time_is_over(stage: Stage) -> None:
    assert not await stage.do("claim_task", wait_s=30)
    assert asyncio.get_running_loop().time() == pytest.approx(30)


async def test_the_end_of_a_wait_does_not_overtake_a_commit(stage: Stage) -> None:
    claim = stage.ask("claim_task", wait_s=1, queue="other")
    stage.disk.stall()
    created = stage.ask("create_task", title="a")
    done, _ = await asyncio.wait([claim, created], timeout=2)
    assert not done
    stage.disk.flow()
    assert not await claim


async def test_work_that_the_first_line_cannot_do_goes_to_the_next(stage: Stage) -> None:
    plain = stage.ask("claim_task", wait_s=30)
    able = stage.ask("claim_task", wait_s=30, capabilities=["ocr"])
    await stage.do("create_task", title="a", capabilities=["ocr"])
    assert (await able).title == "a"
    assert not plain.done()


async def test_a_claimer_of_two_queues_takes_from_either(stage: Stage) -> None:
    claims = [stage.ask("claim_task", wait_s=30, queue=["a", "b"]) for _ in range(2)]
    await stage.do("create_task", title="from b", queue="b")
    await stage.do("create_task", title="from a", queue="a")
    assert [(await claim).title for claim in claims] == ["from b", "from a"]


@pytest.mark.parametrize("is_served", [True, False])
async def test_a_queue_that_is_named_twice_is_one_queue(stage: Stage, is_served: bool) -> None:
    claim = stage.ask("claim_task", wait_s=5, queue=["a", "a"])
    if is_served:
        await stage.do("create_task", title="t", queue="a")
    assert bool(await claim) is is_served


async def test_a_waiting_claimer_whose_agent_is_quarantined_learns_it_with_the_next_work(
    stage: Stage,
) -> None:
    await stage.do("register_agent", agent="rogue")
    rogue = stage.ask("claim_task", wait_s=30, agent="rogue")
    honest = stage.ask("claim_task", wait_s=30, agent="honest")
    await stage.do("quarantine_agent", name="rogue", agent="boss")
    await stage.do("create_task", title="a")
    assert (await rogue).code == "paused"
    assert (await honest).title == "a"


async def test_mail_wakes_its_recipient(stage: Stage) -> None:
    mail = stage.ask("get_messages", agent="bob", wait_s=30)
    await stage.do("send_message", agent="ann", target="bob", message_type="STATUS", message="hi")
    assert (await mail).items[0].message == "hi"


async def test_an_event_wakes_the_group_that_follows_its_topic(stage: Stage) -> None:
    await stage.do("subscribe", topic="orders", group="g", agent="a")
    events = stage.ask("get_events", topic="orders", group="g", agent="a", wait_s=30)
    await stage.settle()
    await stage.do("publish_event", topic="orders", payload={"n": 1}, agent="b")
    assert len((await events).items) == 1
    assert asyncio.get_running_loop().time() < 1


async def test_a_group_for_which_nothing_comes_waits_no_longer_than_it_said(stage: Stage) -> None:
    await stage.do("subscribe", topic="orders", group="g", agent="a")
    assert not await stage.do("get_events", topic="orders", group="g", agent="a", wait_s=7)
    assert asyncio.get_running_loop().time() == pytest.approx(7)


async def test_one_long_poll_too_many_is_refused(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parked_module, "PARKED_MAX", 2)
    waiting = [stage.ask("claim_task", wait_s=5) for _ in range(2)]
    refused = stage.ask("claim_task", wait_s=5)
    assert (await refused).code == "limit"
    assert stage.hub.parked_count == 2
    await asyncio.gather(*waiting)
    assert stage.hub.parked_count == 0
    assert not await stage.do("claim_task", wait_s=5)


async def test_one_caller_too_many_for_a_commit_is_refused(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "PENDING_MAX", 2)
    stage.disk.stall()
    first = stage.ask("create_task", title="in flight")
    await stage.settle()
    gathered = [stage.ask("create_task", title=str(n)) for n in range(2)]
    assert stage.submit("create_task", title="too many").code == "limit"
    stage.disk.flow()
    await asyncio.gather(first, *gathered)
    assert (await stage.do("create_task", title="later")).status == "ready"
