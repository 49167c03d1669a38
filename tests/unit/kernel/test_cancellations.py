"""A holder is told which of its claims were cancelled: all of them, each once, and nobody else's."""

from typing import Any

from tests.unit.kernel.shard import Shard


def claim(shard: Shard, *, agent: str = "worker", session: str = "") -> Any:
    shard.do("create_task", title="a", lease_s=600)
    return shard.do("claim_task", agent=agent, session=session)


def told(shard: Shard, **fields: Any) -> list[tuple[str, int]]:
    found = shard.do("get_cancellations", **{"agent": "worker", **fields})
    assert bool(found) == bool(found.items)
    return [(item.task_id, item.fence) for item in found.items]


def test_a_cancelled_claim_is_named_with_its_fence_and_the_reason(shard: Shard) -> None:
    held = claim(shard)
    assert told(shard) == []
    shard.do("cancel_task", task_id=held.task_id, reason="no longer wanted")
    (item,) = shard.do("get_cancellations", agent="worker").items
    assert (item.task_id, item.fence) == (held.task_id, held.fence)
    assert item.reason == "no longer wanted"


def test_each_comes_once_to_who_goes_on_from_the_last_answer(shard: Shard) -> None:
    first, second = claim(shard), claim(shard)
    shard.do("cancel_task", task_id=second.task_id)
    found = shard.do("get_cancellations", agent="worker")
    shard.do("record_step", task_id=second.task_id, fence=second.fence, name="s", result=1)
    assert told(shard, after=found.position) == []
    shard.do("cancel_task", task_id=first.task_id)
    assert told(shard, after=found.position) == [(first.task_id, first.fence)]
    assert told(shard) == [(second.task_id, second.fence), (first.task_id, first.fence)]


def test_nobody_hears_of_the_claims_of_others(shard: Shard) -> None:
    for session in ("one", "two"):
        shard.do("open_session", agent="worker", session=session)
    mine, other = claim(shard, session="one"), claim(shard, session="two")
    foreign = claim(shard, agent="somebody else")
    for held in (mine, other, foreign):
        shard.do("cancel_task", task_id=held.task_id)
    assert told(shard, session="one") == [(mine.task_id, mine.fence)]
    assert len(told(shard)) == 2
    assert told(shard, agent="nobody") == []


def test_what_has_ended_is_not_told_any_more(shard: Shard) -> None:
    done, released, expired = claim(shard), claim(shard), claim(shard)
    for held in (done, released, expired):
        shard.do("cancel_task", task_id=held.task_id)
    shard.do("complete_task", task_id=done.task_id, fence=done.fence)
    shard.do("release_task", task_id=released.task_id, fence=released.fence)
    assert told(shard) == [(expired.task_id, expired.fence)]
    shard.advance(601)
    assert told(shard) == []
    assert shard.state.cancelling == {}


def test_a_restart_does_not_forget_who_has_to_be_told(shard: Shard) -> None:
    held = claim(shard)
    claim(shard)
    shard.do("cancel_task", task_id=held.task_id)
    shard.restart()
    assert told(shard) == [(held.task_id, held.fence)]
    shard.do("complete_task", task_id=held.task_id, fence=held.fence)
    assert told(shard) == []


def test_a_task_that_nobody_holds_is_nobodys_to_hear_of(shard: Shard) -> None:
    ref = shard.do("create_task", title="a")
    shard.do("cancel_task", task_id=ref.task_id)
    assert told(shard) == told(shard, agent="") == []


def test_one_answer_holds_no_more_than_a_batch(shard: Shard) -> None:
    held = [claim(shard) for _ in range(102)]
    for each in held:
        shard.do("cancel_task", task_id=each.task_id)
    first = shard.do("get_cancellations", agent="worker")
    assert len(first.items) == 100
    assert len(told(shard, after=first.position)) == 2
