"""A trace is handed from whoever asks for work to whoever does it."""

import pytest

from interlock.kernel.errors import Invalid
from interlock.kernel.idempotency import digest_of
from interlock.kernel.task.create import CreateTask
from interlock.kernel.topic.publish import read_event
from tests.unit.kernel.shard import Shard

ASKED = f"00-{'a' * 32}-{'b' * 16}-01"
OTHER = f"00-{'c' * 32}-{'d' * 16}-00"


def test_the_trace_of_a_task_reaches_its_claimer(shard: Shard) -> None:
    task_id = shard.do("create_task", title="t", traceparent=ASKED).task_id
    shard.restart()

    assert shard.do("claim_task").traceparent == ASKED
    assert shard.do("get_task", task_id=task_id).task.traceparent == ASKED


def test_the_trace_of_a_message_reaches_its_reader(shard: Shard) -> None:
    shard.do("send_message", agent="a", target="b", message_type="QUERY", traceparent=ASKED)
    shard.restart()

    assert shard.do("get_messages", agent="b").items[0].traceparent == ASKED


def test_the_trace_of_a_topic_event_reaches_its_readers(shard: Shard) -> None:
    position = shard.do("publish_event", topic="t", traceparent=ASKED).position

    assert read_event(position, shard.log[position - 1]).traceparent == ASKED


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("create_task", {"title": "child"}),
        ("send_message", {"target": "b", "message_type": "RESULT", "agent": "a"}),
        ("publish_event", {"topic": "t"}),
    ],
)
def test_what_is_done_under_a_claim_stays_in_its_trace(
    shard: Shard, verb: str, fields: dict[str, str]
) -> None:
    shard.do("create_task", title="t", traceparent=ASKED)
    claim = shard.do("claim_task", agent="a")
    proof = {"task_id": claim.task_id, "fence": claim.fence}

    shard.do(verb, **fields, **proof)
    assert ASKED in shard.log[-1]
    shard.do(verb, **fields, **proof, traceparent=OTHER)
    assert OTHER in shard.log[-1]
    assert ASKED not in shard.log[-1]


def test_work_without_a_trace_logs_none(shard: Shard) -> None:
    shard.do("create_task", title="t")

    assert "traceparent" not in shard.log[0]
    assert shard.do("claim_task").traceparent == ""


def test_the_same_request_in_another_trace_gets_the_first_answer(shard: Shard) -> None:
    first = shard.do("create_task", title="t", request_id="r", traceparent=ASKED)

    assert shard.do("create_task", title="t", request_id="r", traceparent=OTHER) == first
    assert shard.do("create_task", title="t", request_id="r") == first


def test_the_same_idempotency_key_in_another_trace_gives_the_first_task(shard: Shard) -> None:
    first = shard.do("create_task", title="t", idempotency_key="k", traceparent=ASKED)
    again = shard.do("create_task", title="t", idempotency_key="k", traceparent=OTHER)

    assert (again.task_id, again.is_duplicate) == (first.task_id, True)


def test_keys_that_are_kept_go_on_matching_when_a_verb_gets_a_new_field() -> None:
    class CreateTaskOfLater(CreateTask, frozen=True, kw_only=True, tag="CreateTask"):
        colour: str = ""

    fields = {"title": "x", "agent": "a", "request_id": "q", "payload": '{"a":1}'}

    assert digest_of(CreateTask(**fields)) == digest_of(CreateTaskOfLater(**fields))
    assert digest_of(CreateTask(**fields)) != digest_of(CreateTaskOfLater(**fields, colour="red"))


@pytest.mark.parametrize(
    "text",
    [
        "x",
        ASKED.upper(),
        ASKED + "\n",
        ASKED + "-00",
        ASKED.replace("a", "0"),
        ASKED.replace("b", "0"),
        ASKED.replace("00-", "01-"),
        ASKED[:-1],
    ],
)
def test_what_is_no_trace_is_refused_at_the_border(shard: Shard, text: str) -> None:
    with pytest.raises(Invalid, match="traceparent"):
        shard.do("create_task", title="t", traceparent=text)
