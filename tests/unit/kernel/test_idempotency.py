"""The same key or request does a thing once; the same with another body is refused."""

import pytest

from interlock.kernel import idempotency
from interlock.kernel.idempotency import decide_forget, key_name
from tests.unit.kernel.shard import Shard, refused

HOUR_S = 3_600


def create(shard: Shard, **fields: str) -> str:
    """Creates a task and returns its id."""
    task_id: str = shard.do("create_task", **{"title": "t", **fields}).task_id
    return task_id


def test_a_repeated_request_gets_the_first_answer_and_does_nothing(shard: Shard) -> None:
    first = shard.do("create_task", title="t", agent="ann", request_id="r")
    head = shard.state.head
    shard.restart()

    assert shard.do("create_task", title="t", agent="ann", request_id="r") == first
    assert shard.state.head == head


def test_request_ids_of_two_agents_do_not_meet(shard: Shard) -> None:
    ids = {create(shard, agent=agent, request_id="r") for agent in ("ann", "bob", "")}

    assert len(ids) == 3


def test_a_request_id_with_another_body_or_verb_is_refused(shard: Shard) -> None:
    create(shard, request_id="r")

    refused(shard.do("create_task", title="u", request_id="r"), "idempotency_conflict")
    refused(shard.do("claim_task", request_id="r"), "idempotency_conflict")


def test_a_refused_request_may_be_sent_again(shard: Shard) -> None:
    shard.do("configure_queue", queue="default", depth_max=1)
    create(shard)
    refused(shard.do("create_task", title="t", request_id="r"), "queue_full")
    shard.do("configure_queue", queue="default", depth_max=2)

    assert create(shard, request_id="r")


def test_remembered_answers_are_bounded_and_the_oldest_makes_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(idempotency, "REQUESTS_MAX", 3)
    shard = Shard()
    first = create(shard, request_id="r0")
    for number in range(1, 4):
        create(shard, request_id=f"r{number}")
    shard.restart()

    assert len(shard.state.requests) == 3
    assert create(shard, request_id="r3") == "task-0-7"
    assert create(shard, request_id="r0") != first
    shard.fold_equals_rows()


def test_a_key_is_remembered_for_a_day_and_then_forgotten(shard: Shard) -> None:
    first = create(shard, idempotency_key="k")
    shard.advance(23 * HOUR_S)
    shard.restart()
    assert create(shard, idempotency_key="k") == first

    shard.advance(2 * HOUR_S)

    assert not shard.state.keys
    assert create(shard, idempotency_key="k") != first
    assert len(shard.events("KeyForgotten")) == 1


def test_keys_of_tasks_messages_and_events_do_not_meet(shard: Shard) -> None:
    create(shard, agent="ann", idempotency_key="k")
    shard.do("publish_event", agent="ann", topic="t", idempotency_key="k")
    shard.do("send_message", agent="ann", target="b", message_type="ACK", idempotency_key="k")

    assert len(shard.state.keys) == 3


def test_no_two_senders_share_a_scoped_name() -> None:
    assert key_name("task", sender="a/b", key="c") != key_name("task", sender="a", key="b/c")


def test_a_full_table_of_keys_refuses_new_keys_only(
    shard: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "KEYS_MAX", 1)
    first = create(shard, idempotency_key="k")

    refused(shard.do("create_task", title="t", idempotency_key="l"), "limit")
    assert create(shard, idempotency_key="k") == first
    assert create(shard)


def test_an_alarm_of_a_key_that_is_gone_forgets_nothing(shard: Shard) -> None:
    assert decide_forget(shard.state, "key-task/0//k", shard.now_us) == []
