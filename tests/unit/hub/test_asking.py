"""A question and its answer in one call."""

import asyncio

import pytest

from interlock.hub import asking
from tests.unit.hub.stage import Stage


async def answer(stage: Stage, text: str = "yes", *, agent: str = "bea") -> str:
    """Reads the query and answers it."""
    [query] = (await stage.do("get_messages", agent=agent, wait_s=5)).items
    assert query.message_type == "QUERY"
    sent = await stage.do(
        "send_message",
        agent=agent,
        target=query.source,
        message_type="RESULT",
        reply_to=query.id,
        message=text,
        payload={"n": 1},
    )
    id: str = sent.message_id
    return id


async def test_who_asks_gets_the_answer_and_nothing_is_left_open(stage: Stage) -> None:
    asked = stage.ask("ask", agent="ada", target="bea", message="ready?", wait_s=20)
    reply_id = await answer(stage)
    answered = await asked
    assert (answered.reply_id, answered.source, answered.message) == (reply_id, "bea", "yes")
    assert answered.payload == {"n": 1}
    assert answered
    assert (await stage.do("get_fleet")).messages_open == 0


async def test_without_an_answer_in_time_the_caller_can_wait_on(stage: Stage) -> None:
    nothing = await stage.do("ask", agent="ada", target="bea", message="ready?", wait_s=2)
    assert not nothing
    assert nothing.status == "waiting"
    asked = stage.ask("get_reply", agent="ada", message_id=nothing.message_id, wait_s=20)
    await answer(stage)
    assert (await asked).message == "yes"


async def test_asked_again_under_its_request_id_it_sends_nothing_twice(stage: Stage) -> None:
    fields = {"agent": "ada", "target": "bea", "message": "ready?", "request_id": "r"}
    nothing = await stage.do("ask", **fields, wait_s=1)
    again = await stage.do("ask", **fields, wait_s=1)
    assert again.message_id == nothing.message_id
    await answer(stage)
    first = await stage.do("ask", **fields, wait_s=1)
    assert first.message == "yes"
    lost = await stage.do("ask", **fields, wait_s=1)
    assert (lost.reply_id, lost.payload) == (first.reply_id, {"n": 1})
    assert sum('"MessageSent"' in event for event in stage.events) == 2


async def test_an_answer_given_long_ago_is_looked_for_in_slices(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "EVENTS_PER_SLICE", 4)
    monkeypatch.setattr(asking, "_MENTIONS_MAX", 1)
    nothing = await stage.do("ask", agent="ada", target="bea", wait_s=0)
    for _ in range(3):
        await stage.do("send_message", agent="x", target="y", message_type="STATUS")
    await stage.do(
        "send_message",
        agent="bea",
        target="ada",
        message_type="STATUS",
        reply_to=nothing.message_id,
    )
    await stage.do("publish_event", topic=nothing.message_id, agent="x")
    await answer(stage)
    for _ in range(2):
        found = await stage.do("get_reply", agent="ada", message_id=nothing.message_id, wait_s=0)
        assert found.message == "yes"
    other = await stage.do("get_reply", agent="eve", message_id=nothing.message_id, wait_s=0)
    assert not other


async def test_a_query_that_was_refused_says_so(stage: Stage) -> None:
    asked = stage.ask("ask", agent="ada", target="bea", wait_s=5)
    [query] = (await stage.do("get_messages", agent="bea", wait_s=2)).items
    await stage.do("reject_message", agent="bea", receipt=query.receipt)
    assert (await asked).status == "dead"


@pytest.mark.parametrize("message_id", ["x", "message-0-", "message-0-²", "message-0-" + "9" * 30])
async def test_a_message_that_is_not_there_has_no_answer(stage: Stage, message_id: str) -> None:
    nothing = await stage.do("get_reply", agent="ada", message_id=message_id, wait_s=0)
    assert (bool(nothing), nothing.status) == (False, "")


async def test_what_send_and_get_refuse_is_refused(stage: Stage) -> None:
    assert (await stage.do("ask", target="bea")).code == "invalid"
    assert (await stage.do("get_reply", message_id="message-0-1")).code == "invalid"
    await stage.do("register_agent", agent="ada")
    await stage.do("ask", agent="ada", target="bea", wait_s=0, request_id="r")
    await stage.do("quarantine_agent", name="ada")
    assert (await stage.do("ask", agent="ada", target="bea")).code == "paused"
    known = await stage.do("ask", agent="ada", target="bea", request_id="r")
    assert known.code == "paused"


async def test_a_hub_that_closes_answers_who_asks(stage: Stage) -> None:
    asked = stage.ask("ask", agent="ada", target="bea", wait_s=50)
    await stage.settle()
    await stage.end()
    assert (await asked).code == "closing"


async def test_an_asker_that_leaves_takes_nothing_along(stage: Stage) -> None:
    asked = stage.ask("ask", agent="ada", target="bea", wait_s=50)
    await stage.settle()
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    await answer(stage)
    assert len((await stage.do("get_messages", agent="ada")).items) == 1
