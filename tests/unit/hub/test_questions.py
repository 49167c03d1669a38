"""What the hub asks the store without deciding anything."""

import asyncio

import pytest

from interlock.hub import query
from interlock.store.contract import StoreError
from tests.unit.hub.stage import Stage


async def test_the_log_is_read_as_far_as_it_is_durable(stage: Stage) -> None:
    stage.disk.stall()
    stage.ask("create_task", title="a")
    await stage.settle()
    assert not await stage.do("read_log")
    stage.disk.flow()
    await stage.settle()
    page = await stage.do("read_log")
    assert page.next_after == 1
    assert page.entries[0].event["type"] == "TaskCreated"


async def test_a_reader_of_the_log_waits_for_the_first_event(stage: Stage) -> None:
    page = stage.ask("read_log", wait_s=20)
    await stage.settle()
    await stage.do("create_task", title="a")
    assert (await page).entries[0].pos == 1


async def test_a_question_whose_caller_left_before_it_was_asked_leaves_nothing_behind(
    stage: Stage,
) -> None:
    asked = stage.ask("read_log", wait_s=20)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    asked = stage.ask("get_events", topic="t", group="g", agent="a")
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked


async def test_a_question_whose_caller_left_is_asked_no_longer(stage: Stage) -> None:
    asked = stage.ask("read_log", wait_s=20)
    await stage.settle()
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    await stage.settle()
    assert not stage.hub._questions._asking


async def test_one_question_too_many_is_refused(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "QUESTIONS_MAX", 2)
    waiting = [stage.ask("read_log", wait_s=5) for _ in range(2)]
    await stage.settle()
    assert (await stage.do("read_log", wait_s=5)).code == "limit"
    await asyncio.gather(*waiting)
    assert not await stage.do("read_log")


async def test_a_store_that_fails_gives_no_empty_answer(stage: Stage) -> None:
    stage.store.fail_read = StoreError("a cable came loose")
    assert (await stage.do("read_log")).code == "ledger_unavailable"


async def test_blobs_are_kept_and_found(stage: Stage) -> None:
    ref = await stage.do("put_blob", content=b"bytes")
    assert ref.length_bytes == 5
    assert (await stage.do("get_blob", ref=ref.ref)).content == b"bytes"
    assert (await stage.do("get_blob", ref="sha256:00")).code == "not_found"


async def test_a_blob_that_the_store_does_not_take_is_refused(stage: Stage) -> None:
    stage.store.blob_bytes_max = 3
    assert (await stage.do("put_blob", content=b"bytes")).code == "invalid"


async def test_a_topic_is_read_without_a_group(stage: Stage) -> None:
    await stage.do("publish_event", topic="orders", payload={"n": 1}, agent="a")
    await stage.do("publish_event", topic="other", payload={"n": 2}, agent="a")
    page = await stage.do("read_topic", topic="orders")
    assert len(page.items) == 1


async def test_dead_letters_are_listed(stage: Stage) -> None:
    await stage.do("create_task", title="a", attempts_max=1)
    claim = await stage.do("claim_task")
    await stage.do("fail_task", task_id=claim.task_id, fence=claim.fence, error="broken")
    page = await stage.do("get_dead_letters")
    assert [letter.id for letter in page.items] == [claim.task_id]


async def test_events_that_were_not_settled_come_again(stage: Stage) -> None:
    await stage.do("subscribe", topic="orders", group="g", agent="a")
    await stage.do("publish_event", topic="orders", payload={"n": 1}, agent="b")
    ask = {"topic": "orders", "group": "g", "agent": "a", "visibility_s": 5}
    first = await stage.do("get_events", **ask)
    assert not await stage.do("get_events", **ask)
    again = await stage.do("get_events", **ask, wait_s=20)
    assert [item.position for item in again.items] == [item.position for item in first.items]
    assert again.items[0].delivery_count == 2


async def test_a_group_that_is_moved_back_while_it_reads_misses_nothing(stage: Stage) -> None:
    await stage.do("subscribe", topic="orders", group="g", agent="a")
    for number in range(3):
        await stage.do("publish_event", topic="orders", payload={"n": number}, agent="b")
    ask = {"topic": "orders", "group": "g", "agent": "a"}
    seen = await stage.do("get_events", **ask)
    await stage.do("ack_events", topic="orders", group="g", receipt=seen.receipt, agent="a")
    stage.store.fetching.clear()
    asked = stage.ask("get_events", **ask)
    await stage.settle()
    await stage.do("seek_subscription", topic="orders", group="g", position=0, agent="a")
    stage.store.fetching.set()
    assert len((await asked).items) == 3


async def test_a_group_that_reads_while_the_hub_goes_back_is_answered_afterwards(
    stage: Stage,
) -> None:
    await stage.do("subscribe", topic="orders", group="g", agent="a")
    stage.store.fetching.clear()
    events = stage.ask("get_events", topic="orders", group="g", agent="a", wait_s=20)
    await stage.settle()
    stage.disk.before = [StoreError("a cable came loose")]
    stage.store.reading.clear()
    failed = stage.ask("create_task", title="a")
    await stage.settle()
    stage.store.fetching.set()
    await stage.settle()
    assert not events.done()
    stage.store.reading.set()
    assert (await failed).code == "ledger_unavailable"
    await stage.do("publish_event", topic="orders", payload={"n": 1}, agent="b")
    assert len((await events).items) == 1
