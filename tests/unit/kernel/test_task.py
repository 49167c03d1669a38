"""What creators, claimers and holders of tasks may rely on."""

from datetime import UTC, datetime
from typing import Any

import pytest

from interlock.kernel.errors import Invalid
from interlock.kernel.task import create, step
from interlock.kernel.tick import decide_alarm
from tests.unit.kernel.shard import START_US, Shard, refused


def new(shard: Shard, **fields: Any) -> str:
    """Creates a task and returns its id."""
    task_id: str = shard.do("create_task", **{"title": "t", **fields}).task_id
    return task_id


def claim(shard: Shard, **fields: Any) -> Any:
    """Claims the next task, or the one that is named."""
    return shard.do("claim_task", **{"agent": "ann", **fields})


def status(shard: Shard, id: str) -> str:
    """The status that `get_task` tells."""
    found: str = shard.do("get_task", task_id=id).status
    return found


def end(shard: Shard, id: str, verb: str = "complete_task", **fields: Any) -> Any:
    """Claims a task and ends it."""
    return shard.do(verb, task_id=id, fence=claim(shard, task_id=id).fence, **fields)


def order(shard: Shard, count: int, **fields: Any) -> list[str]:
    """The titles in the order in which claims take them."""
    return [claim(shard, **fields).title for _ in range(count)]


def test_a_claim_carries_everything_that_the_creator_said(shard: Shard) -> None:
    need = new(shard)
    end(shard, need)
    id = new(
        shard,
        title="read",
        instructions="with care",
        queue="docs",
        payload={"n": [1, None]},
        priority="high",
        capabilities=["pdf", "ocr", "pdf"],
        category="c",
        run_id="r",
        needs=[need],
        attempts_max=3,
        correlation_id="x",
        agent="bob",
    )

    won = claim(shard, queue="docs", capabilities=["ocr", "pdf", "more"])

    assert (won.task_id, won.title, won.instructions) == (id, "read", "with care")
    assert (won.payload, won.priority, won.category) == ({"n": [1, None]}, 6, "c")
    assert (won.run_id, won.correlation_id, won.needs) == ("r", "x", (need,))
    assert (won.capabilities, won.attempts_max, won.attempt) == (("ocr", "pdf"), 3, 1)
    assert shard.do("get_task", task_id=id).task.created_by == "bob"


def test_a_task_can_be_looked_at_before_and_after_its_end(shard: Shard) -> None:
    id = new(shard, payload=[1], instructions="i")
    before = shard.do("get_task", task_id=id)
    won = claim(shard)
    shard.do("extend_lease", task_id=id, fence=won.fence, progress={"done": 1})
    assert shard.do("get_task", task_id=id).progress == {"done": 1}
    shard.do("complete_task", task_id=id, fence=won.fence, result="r")
    shard.restart()
    after = shard.do("get_task", task_id=id)

    assert (before.id, before.status, before.result) == (id, "ready", None)
    assert (after.status, after.result, after.payload, after.instructions) == (
        "done",
        "r",
        [1],
        "i",
    )
    refused(shard.do("get_task", task_id="task-0-99"), "not_found")


def test_an_answer_about_a_task_is_a_copy(shard: Shard) -> None:
    id = new(shard)
    view = shard.do("get_task", task_id=id)

    view.task.status = "done"

    assert status(shard, id) == "ready"


def test_one_claim_wins_whatever_the_others_say_of_themselves(shard: Shard) -> None:
    id = new(shard)
    won = claim(shard, task_id=id)

    for who in (
        {"agent": "ann"},
        {"agent": "ann", "session": "s"},
        {"agent": ""},
        {"agent": "bob"},
    ):
        refusal = refused(claim(shard, task_id=id, **who), "already_claimed")
        assert refusal.details["fence"] == won.fence
    assert not claim(shard)


def test_each_claim_has_a_greater_fence_than_all_before(shard: Shard) -> None:
    id = new(shard)
    fences = []
    for _ in range(4):
        won = claim(shard)
        fences.append(won.fence)
        shard.do("release_task", task_id=id, fence=won.fence)
        shard.restart()

    assert fences == sorted(set(fences))


def test_a_named_claim_is_refused_with_the_reason(shard: Shard) -> None:
    later = new(shard, not_before=60)
    skilled = new(shard, capabilities=["pdf"])

    refused(claim(shard, task_id="task-0-99"), "not_found")
    assert refused(claim(shard, task_id=later), "not_claimable").details["status"] == "scheduled"
    missing = refused(claim(shard, task_id=skilled), "missing_capabilities")
    assert missing.details == {"missing": ["pdf"]}
    assert claim(shard, task_id=skilled, capabilities=["pdf"]).task_id == skilled


def test_a_claim_gets_only_what_it_can_do(shard: Shard) -> None:
    new(shard, title="hard", capabilities=["pdf", "ocr"], priority="urgent")
    new(shard, title="easy")

    assert claim(shard, capabilities=["pdf"]).title == "easy"
    assert not claim(shard, capabilities=["pdf"])
    assert claim(shard, capabilities=["ocr", "pdf"]).title == "hard"


def test_urgent_work_goes_first_then_first_in_first_out(shard: Shard) -> None:
    for title, priority in (("a", 4), ("b", "low"), ("c", "urgent"), ("d", 4), ("e", 9)):
        new(shard, title=title, priority=priority)
    shard.restart()

    assert order(shard, 5) == ["e", "c", "a", "d", "b"]


def test_a_claim_over_several_queues_takes_the_first_that_has_work(shard: Shard) -> None:
    new(shard, title="b", queue="b")
    new(shard, title="a", queue="a")

    assert order(shard, 2, queue=["a", "b"]) == ["a", "b"]
    assert not claim(shard, queue=["a", "b"])


def test_tenants_share_a_queue_by_weight(shard: Shard) -> None:
    shard.do("configure_queue", queue="default", weights={"big": 3})
    for key in ("big", "small"):
        for _ in range(40):
            new(shard, title=key, fairness_key=key)

    taken = order(shard, 40)

    assert (taken.count("big"), taken.count("small")) == (30, 10)


def test_a_tenant_that_was_away_gets_no_backlog_of_turns(shard: Shard) -> None:
    for _ in range(20):
        new(shard, title="busy", fairness_key="busy")
    order(shard, 10)
    for _ in range(10):
        new(shard, title="late", fairness_key="late")

    taken = order(shard, 10)

    assert 4 <= taken.count("late") <= 6


def test_of_one_concurrency_key_one_task_runs_at_a_time(shard: Shard) -> None:
    ids = [new(shard, concurrency_key="k") for _ in range(3)]
    first = claim(shard)

    assert first.task_id == ids[0]
    assert not claim(shard)
    refused(claim(shard, task_id=ids[1]), "concurrency_busy")
    shard.restart()
    assert not claim(shard)
    shard.do("complete_task", task_id=ids[0], fence=first.fence)
    assert claim(shard).task_id == ids[1]


@pytest.mark.parametrize("verb", ["complete_task", "fail_task", "cancel_task"])
def test_every_end_of_a_task_frees_its_concurrency_key(shard: Shard, verb: str) -> None:
    first, second = (new(shard, concurrency_key="k", attempts_max=1) for _ in range(2))
    won = claim(shard)
    fields = {"task_id": first} if verb == "cancel_task" else {"task_id": first, "fence": won.fence}
    shard.do(verb, **fields)
    shard.advance(61)

    assert claim(shard).task_id == second


def test_a_more_urgent_task_takes_the_place_of_one_that_was_let_through(shard: Shard) -> None:
    calm = new(shard, concurrency_key="k", priority="low")
    urgent = new(shard, concurrency_key="k", priority="urgent")

    first = claim(shard)
    shard.do("release_task", task_id=urgent, fence=first.fence)

    assert first.task_id == urgent
    assert end(shard, urgent).status == "done"
    assert claim(shard).task_id == calm


def test_a_task_claimed_by_name_holds_its_key_and_the_one_let_through_waits(shard: Shard) -> None:
    through = new(shard, concurrency_key="k")
    named = new(shard, concurrency_key="k")
    won = claim(shard, task_id=named)

    assert not claim(shard)
    shard.do("cancel_task", task_id=through)
    third = new(shard, concurrency_key="k")
    shard.do("complete_task", task_id=named, fence=won.fence)
    assert claim(shard).task_id == third


def test_a_key_holds_across_queues(shard: Shard) -> None:
    first = new(shard, queue="a", concurrency_key="k")
    second = new(shard, queue="b", concurrency_key="k")
    won = claim(shard, task_id=second)

    assert not claim(shard, queue="a")
    shard.do("complete_task", task_id=second, fence=won.fence)
    assert claim(shard, queue="a").task_id == first


def test_a_task_waits_for_all_that_it_needs(shard: Shard) -> None:
    first, second = new(shard, title="1"), new(shard, title="2")
    id = new(shard, title="3", needs=[first, second, first])
    shard.restart()

    assert status(shard, id) == "blocked"
    end(shard, first)
    assert status(shard, id) == "blocked"
    end(shard, second)
    assert claim(shard).task_id == id


def test_a_task_whose_need_ends_undone_becomes_a_dead_letter_and_so_do_its_dependents(
    shard: Shard,
) -> None:
    first = new(shard)
    second = new(shard, needs=[first])
    third = new(shard, needs=[second])
    shard.do("cancel_task", task_id=first)
    shard.restart()
    shard.advance(1)

    assert [status(shard, id) for id in (second, third)] == ["dead", "dead"]
    assert shard.do("get_task", task_id=third).task.causes[-1].error_class == "DEPENDENCY"


def test_a_retried_need_gives_no_hope_while_another_one_ended_undone(shard: Shard) -> None:
    """All in one turn, before the clock could end the dependent."""
    needs = [shard.do("create_task", title=title, attempts_max=1).task_id for title in "ab"]
    dependent = shard.do("create_task", title="c", needs=needs).task_id
    for need in needs:
        fence = shard.do("claim_task", task_id=need).fence
        shard.do("fail_task", task_id=need, fence=fence, error_class="PERMANENT")
    shard.do("retry_task", task_id=needs[1])
    shard.advance(1)
    assert shard.status_of("task", dependent) == "dead"


def test_a_retried_need_gives_its_dependents_hope_again(shard: Shard) -> None:
    first = new(shard, attempts_max=1)
    second = new(shard, needs=[first], deadline=1_000)
    end(shard, first, "fail_task")
    shard.do("retry_task", task_id=first)
    shard.advance(1)

    assert status(shard, second) == "blocked"
    end(shard, first)
    assert status(shard, second) == "ready"


def test_a_dead_task_is_retried_when_its_needs_are_open_or_done(shard: Shard) -> None:
    first = new(shard, attempts_max=1)
    second = new(shard, needs=[first])
    end(shard, first, "fail_task")
    shard.advance(1)

    refused(shard.do("retry_task", task_id=second), "wrong_status")
    shard.do("retry_task", task_id=first)
    assert shard.do("retry_task", task_id=second).status == "blocked"
    end(shard, first)
    assert status(shard, second) == "ready"


def test_needs_that_can_never_be_met_are_refused(
    shard: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled = new(shard)
    shard.do("cancel_task", task_id=cancelled)
    done = new(shard)
    end(shard, done)
    wanted = new(shard)
    monkeypatch.setattr(create, "DEPENDENTS_MAX", 1)
    new(shard, needs=[wanted])

    refused(shard.do("create_task", title="t", needs=["task-0-99"]), "not_found")
    refused(shard.do("create_task", title="t", needs=[cancelled]), "wrong_status")
    refused(shard.do("create_task", title="t", needs=[wanted]), "limit")
    assert shard.do("create_task", title="t", needs=[done]).status == "ready"


def test_a_scheduled_task_is_ready_at_its_time_and_wakes_who_waits(shard: Shard) -> None:
    moment = datetime.fromtimestamp(START_US / 1_000_000 + 30, tz=UTC)
    id = new(shard, not_before=moment)
    shard.state.woken.clear()
    shard.advance(29.9)
    assert status(shard, id) == "scheduled"

    shard.advance(0.2)

    assert status(shard, id) == "ready"
    assert "queue:default" in shard.state.woken


def test_a_task_that_passes_its_deadline_dies_in_any_status(shard: Shard) -> None:
    ready = new(shard, deadline=10)
    waiting = new(shard, deadline=10, not_before=100)
    blocked = new(shard, deadline=10, needs=[ready])
    running = new(shard, deadline=10, lease_s=100)
    claim(shard, task_id=running)
    shard.advance(9)
    shard.restart()
    shard.advance(2)

    for id in (ready, waiting, blocked, running):
        assert status(shard, id) == "dead"
    causes = shard.do("get_task", task_id=running).task.causes
    assert (causes[-1].error_class, causes[-1].agent) == ("TIMEOUT", "ann")


def test_a_deadline_does_not_hurry_a_task_that_is_being_cancelled(shard: Shard) -> None:
    id = new(shard, deadline=10, lease_s=60)
    won = claim(shard)
    shard.do("cancel_task", task_id=id)
    shard.advance(11)

    assert shard.do("complete_task", task_id=id, fence=won.fence).status == "done"


def test_a_lease_is_taken_back_once_and_never_while_it_is_valid(shard: Shard) -> None:
    id = new(shard, lease_s=30)
    claim(shard)
    shard.advance(29.9)
    assert status(shard, id) == "claimed"

    shard.advance(0.2)
    shard.tick()

    assert len(shard.events("LeaseExpired")) == 1
    assert status(shard, id) == "scheduled"


def test_heartbeats_keep_a_lease_for_as_long_as_they_come(shard: Shard) -> None:
    id = new(shard, lease_s=10)
    won = claim(shard)
    for _ in range(30):
        shard.advance(4)
        assert shard.do("extend_lease", task_id=id, fence=won.fence).lease_ms >= 5_000

    assert status(shard, id) == "claimed"
    assert not shard.events("LeaseExpired")


def test_a_heartbeat_reaches_the_ledger_only_when_it_moves_the_lease_or_carries_progress(
    shard: Shard,
) -> None:
    id = new(shard, lease_s=10)
    won = claim(shard)
    holder = {"task_id": id, "fence": won.fence}
    shard.advance(1)
    shard.do("extend_lease", **holder)
    assert not shard.events("LeaseExtended")

    shard.do("extend_lease", **holder, progress=0.5)
    shard.do("extend_lease", **holder, lease_s=60)
    assert shard.do("extend_lease", **holder, lease_s=5).lease_ms == 60_000

    assert len(shard.events("LeaseExtended")) == 2
    assert shard.do("get_task", task_id=id).progress == 0.5


def test_a_hub_that_was_away_gives_holders_time_to_find_it_again(shard: Shard) -> None:
    id = new(shard, lease_s=10)
    won = claim(shard)
    shard.sleep_through(60)
    shard.restart(grace_s=5)

    shard.advance(4)
    assert shard.do("extend_lease", task_id=id, fence=won.fence).lease_ms == 10_000


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("extend_lease", {}),
        ("complete_task", {}),
        ("fail_task", {}),
        ("release_task", {}),
        ("record_step", {"name": "s"}),
        ("checkpoint_task", {}),
    ],
)
def test_a_zombie_is_refused_whatever_it_writes(
    shard: Shard, verb: str, fields: dict[str, Any]
) -> None:
    id = new(shard, lease_s=10, backoff={"base_s": 0})
    zombie = claim(shard)
    shard.advance(11)
    heir = claim(shard)

    refusal = refused(
        shard.do(verb, agent="ann", task_id=id, fence=zombie.fence, **fields), "stale_fence"
    )

    assert refusal.details["current_fence"] == heir.fence
    [stale] = shard.events("StaleWriteRefused")
    assert (stale.verb, stale.agent) == (verb, "ann")
    assert status(shard, id) == "claimed"
    refused(shard.do(verb, task_id="task-0-99", fence=1, **fields), "not_found")


def test_a_result_that_comes_after_the_lease_counts_while_nobody_else_was_let_in(
    shard: Shard,
) -> None:
    id = new(shard, lease_s=10)
    won = claim(shard)
    shard.sleep_through(60)

    assert shard.do("complete_task", task_id=id, fence=won.fence).status == "done"


def test_completing_twice_gives_the_same_answer_and_another_result_is_refused(
    shard: Shard,
) -> None:
    id = new(shard)
    won = claim(shard)
    shard.do("complete_task", task_id=id, fence=won.fence, result={"a": 1})
    shard.restart()

    again = shard.do("complete_task", task_id=id, fence=won.fence, result={"a": 1})

    assert again.is_duplicate
    other = shard.do("complete_task", task_id=id, fence=won.fence, result={"a": 2})
    refused(other, "idempotency_conflict")
    refused(shard.do("complete_task", task_id=id, fence=won.fence + 1), "stale_fence")


@pytest.mark.parametrize("error_class", ["TRANSIENT", "DEPENDENCY", "TIMEOUT"])
def test_a_failure_that_may_pass_is_tried_again_after_a_backoff(
    shard: Shard, error_class: str
) -> None:
    id = new(shard, attempts_max=2, backoff={"base_s": 8, "cap_s": 8})

    assert end(shard, id, "fail_task", error_class=error_class, error="e").status == "scheduled"
    shard.advance(8)
    won = claim(shard)

    assert (won.task_id, won.attempt) == (id, 2)
    assert shard.do("fail_task", task_id=id, fence=won.fence).status == "dead"
    causes = shard.do("get_task", task_id=id).task.causes
    assert [cause.error_class for cause in causes] == [error_class, "TRANSIENT"]
    assert [cause.attempt for cause in causes] == [1, 2]
    assert len(shard.events("EscalationRaised")) == 1


@pytest.mark.parametrize("error_class", ["PERMANENT", "POLICY"])
def test_a_failure_that_will_not_pass_is_a_dead_letter_at_once(
    shard: Shard, error_class: str
) -> None:
    id = new(shard, attempts_max=5)

    assert end(shard, id, "fail_task", error_class=error_class).status == "dead"


def test_leases_that_keep_running_out_exhaust_the_attempts(shard: Shard) -> None:
    id = new(shard, attempts_max=2, lease_s=1, backoff={"base_s": 0})
    for _ in range(2):
        claim(shard)
        shard.advance(2)

    task = shard.do("get_task", task_id=id).task
    assert (task.status, len(task.causes)) == ("dead", 2)
    [escalation] = shard.events("EscalationRaised")
    assert "attempt 2" in escalation.reason


def test_a_released_task_is_ready_at_its_old_place_and_unharmed(shard: Shard) -> None:
    first = new(shard, title="first", attempts_max=1)
    new(shard, title="second")
    won = claim(shard)

    assert shard.do("release_task", task_id=first, fence=won.fence).status == "ready"

    assert order(shard, 2) == ["first", "second"]


def test_a_holder_learns_that_its_task_was_cancelled_and_may_still_deliver(shard: Shard) -> None:
    id = new(shard)
    won = claim(shard)
    holder = {"task_id": id, "fence": won.fence}

    assert shard.do("cancel_task", task_id=id, reason="enough").status == "cancelling"
    assert shard.do("cancel_task", task_id=id).is_duplicate
    shard.advance(30)
    heartbeat = shard.do("extend_lease", **holder)
    assert heartbeat.is_cancelled
    assert heartbeat.lease_ms == 30_000
    assert shard.do("complete_task", **holder).status == "done"
    refused(shard.do("cancel_task", task_id=id), "wrong_status")


@pytest.mark.parametrize("verb", ["fail_task", "release_task", "nothing"])
def test_a_cancelled_task_ends_when_its_holder_lets_go_or_its_lease_is_over(
    shard: Shard, verb: str
) -> None:
    id = new(shard)
    won = claim(shard)
    shard.do("cancel_task", task_id=id, reason="enough")
    if verb == "nothing":
        shard.advance(61)
    else:
        assert shard.do(verb, task_id=id, fence=won.fence).status == "cancelled"
    shard.restart()

    task = shard.do("get_task", task_id=id).task
    assert (task.status, task.cancel_reason) == ("cancelled", "enough")
    assert shard.do("cancel_task", task_id=id).is_duplicate
    refused(shard.do("cancel_task", task_id="task-0-99"), "not_found")


def test_only_a_dead_task_is_retried_and_its_causes_stay(shard: Shard) -> None:
    id = new(shard, attempts_max=1, payload=[1], deadline=1_000)
    refused(shard.do("retry_task", task_id=id), "wrong_status")
    end(shard, id, "fail_task", error="e")
    shard.restart()

    assert shard.do("retry_task", task_id=id).status == "ready"
    shard.restart()
    won = claim(shard)

    assert (won.payload, won.attempt) == ([1], 2)
    task = shard.do("get_task", task_id=id).task
    assert (task.retried, task.deadline_us, len(task.causes)) == (1, 0, 1)
    refused(shard.do("retry_task", task_id="task-0-99"), "not_found")


def test_a_step_that_was_recorded_is_handed_to_the_next_attempt(shard: Shard) -> None:
    id = new(shard, lease_s=10, backoff={"base_s": 0})
    won = claim(shard)
    holder = {"task_id": id, "fence": won.fence}
    shard.do("record_step", **holder, name="fetch", result=[1])
    shard.do("record_step", **holder, name="parse", result=[2])
    shard.do("checkpoint_task", **holder, checkpoint="page 1")
    shard.do("checkpoint_task", **holder, checkpoint="page 2")
    assert shard.do("record_step", **holder, name="fetch", result="other").result_json == "[1]"
    shard.advance(11)
    shard.restart()

    heir = claim(shard)

    assert heir.steps == {"fetch": "[1]", "parse": "[2]"}
    assert heir.checkpoint == "page 2"
    shard.do("complete_task", task_id=id, fence=heir.fence)
    assert not [key for key in shard.rows if key[0] in ("step", "checkpoint")]


def test_the_steps_of_a_task_are_bounded(shard: Shard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step, "STEPS_MAX", 1)
    id = new(shard)
    holder = {"task_id": id, "fence": claim(shard).fence}
    shard.do("record_step", **holder, name="a")

    refused(shard.do("record_step", **holder, name="b"), "limit")
    assert shard.do("record_step", **holder, name="a").is_duplicate


def test_the_same_key_of_the_same_creator_creates_once(shard: Shard) -> None:
    id = new(shard, agent="ann", idempotency_key="k")
    again = shard.do("create_task", title="t", agent="ann", idempotency_key="k")

    assert (again.task_id, again.status, again.is_duplicate) == (id, "ready", True)
    other = shard.do("create_task", title="u", agent="ann", idempotency_key="k")
    refused(other, "idempotency_conflict")
    assert new(shard, agent="eve", idempotency_key="k") != id
    end(shard, id)
    shard.restart()
    assert shard.do("create_task", title="t", agent="ann", idempotency_key="k").status == "done"


def test_a_full_queue_refuses_new_tasks_only(shard: Shard) -> None:
    shard.do("configure_queue", queue="default", depth_max=1)
    id = new(shard)

    refusal = refused(shard.do("create_task", title="t"), "queue_full")
    assert refusal.details == {"queue": "default", "depth_max": 1}
    end(shard, id)
    assert new(shard)


def test_a_paused_queue_accepts_tasks_and_hands_none_out(shard: Shard) -> None:
    shard.do("configure_queue", queue="default", is_paused=True)
    new(shard)
    shard.restart()

    nothing = claim(shard)
    assert (bool(nothing), nothing.reason) == (False, "paused")
    assert claim(shard, queue=["default", "other"]).reason == "empty"
    shard.state.woken.clear()
    resumed = shard.do("configure_queue", queue="default", is_paused=False)
    assert "queue:default" in shard.state.woken
    assert resumed.counts == {"ready": 1}
    assert claim(shard)


def test_a_queue_tells_its_configuration_and_its_open_tasks(shard: Shard) -> None:
    shard.do("configure_queue", queue="q", depth_max=10, weights={"a": 2})
    shard.do("configure_queue", queue="q")
    new(shard, queue="q")
    new(shard, queue="q", not_before=60)
    claim(shard, queue="q")
    shard.restart()

    found = shard.do("get_queue", queue="q")

    assert (found.depth_max, found.weights, found.is_paused) == (10, {"a": 2}, False)
    assert {name: count for name, count in found.counts.items() if count} == {
        "claimed": 1,
        "scheduled": 1,
    }
    assert shard.do("get_queue", queue="unused").counts == {}


def test_a_repeated_claim_request_gets_the_first_claim_in_full(shard: Shard) -> None:
    id = new(shard, payload={"x": 1}, instructions="bulky")
    first = claim(shard, request_id="r")
    shard.restart()

    again = claim(shard, request_id="r")

    assert again == first
    assert (again.task_id, again.payload) == (id, {"x": 1})
    assert "bulky" not in shard.log[-1]
    refused(claim(shard, request_id="r", queue="other"), "idempotency_conflict")


def test_finished_tasks_leave_nothing_in_memory(shard: Shard) -> None:
    first = new(shard, payload=[1], concurrency_key="k")
    second = new(shard, needs=[first], deadline=100)
    for id in (first, second):
        won = claim(shard)
        shard.do("record_step", task_id=id, fence=won.fence, name="s")
        shard.do("checkpoint_task", task_id=id, fence=won.fence)
        shard.do("complete_task", task_id=id, fence=won.fence)

    state = shard.state
    for held in (state.tasks, state.contents, state.steps, state.checkpoints, state.dependents):
        assert not held
    assert not state.alarms.due


def test_an_alarm_of_a_task_that_rings_for_nothing_changes_nothing(shard: Shard) -> None:
    id = new(shard)

    assert decide_alarm(shard.state, id, shard.now_us) == []
    assert decide_alarm(shard.state, "task-0-99", shard.now_us) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"title": ""},
        {"title": "x" * 501},
        {"priority": 10},
        {"priority": "very"},
        {"lease_s": 0},
        {"attempts_max": 0},
        {"queue": "a\nb"},
        {"needs": ["x"] * 201},
        {"payload": "x" * 70_000},
        {"not_before": -1},
        {"deadline": datetime(2030, 1, 1)},  # noqa: DTZ001
        {"colour": "red"},
        {"title": 5},
    ],
)
def test_a_malformed_task_is_refused_at_the_border(shard: Shard, fields: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        new(shard, **fields)
    assert shard.log == []


def test_a_task_created_under_a_claim_needs_that_claim_to_hold(shard: Shard) -> None:
    parent = shard.do("create_task", title="parent")
    claim = shard.do("claim_task", agent="ann")
    child = {"title": "child", "agent": "ann", "task_id": parent.task_id, "idempotency_key": "k"}

    created = shard.do("create_task", fence=claim.fence, **child)

    assert shard.do("get_task", task_id=created.task_id).task.created_under == parent.task_id
    shard.do("release_task", task_id=parent.task_id, fence=claim.fence)
    again = shard.do("claim_task", agent="ann")
    assert shard.do("create_task", fence=again.fence, **child).is_duplicate
    child["idempotency_key"] = "another"
    refused(shard.do("create_task", fence=claim.fence, **child), "stale_fence")
    assert shard.events("StaleWriteRefused")[-1].verb == "create_task"


def test_the_steps_of_a_task_fit_in_one_claim(
    shard: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interlock.kernel.task.step.STEP_CHARS_MAX", 10)
    ref = shard.do("create_task", title="t")
    proof = {"task_id": ref.task_id, "fence": shard.do("claim_task").fence}

    assert shard.do("record_step", name="a", result="12345", **proof).name == "a"

    refused(shard.do("record_step", name="b", result="1234", **proof), "limit")
