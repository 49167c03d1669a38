"""The audit of a storm finds what it is there for."""

from typing import Any

import pytest

from interlock.kernel.command import Event
from interlock.kernel.idempotency import RequestAnswered
from interlock.kernel.mail.model import Message
from interlock.kernel.mail.send import MessageSent
from interlock.kernel.mail.settle import MessageAcked
from interlock.kernel.task.claim import TaskClaimed
from interlock.kernel.task.create import TaskCreated
from interlock.kernel.task.finish import TaskCompleted, TaskReleased
from interlock.kernel.task.lease import LeaseExpired, LeaseExtended
from interlock.kernel.task.model import Task
from interlock.kernel.task.step import StepRecorded
from tests.crash.audit import History
from tests.crash.journal import Promise


def created(id: str, title: str) -> TaskCreated:
    task = Task(
        id=id,
        pos=1,
        created_us=1,
        title=title,
        queue="default",
        status="ready",
        priority=4,
        lease_ms=1_000,
        attempts_max=3,
        backoff_base_ms=1,
        backoff_cap_ms=1,
    )
    return TaskCreated(at_us=1, task=task)


def claimed(**changed: Any) -> TaskClaimed:
    return TaskClaimed(
        **{"at_us": 2, "task_id": "a", "lease_until_us": 100, "lease_ms": 1, **changed}
    )


def sent(id: str, key: str) -> MessageSent:
    message = Message(
        id=id,
        pos=1,
        source="worker",
        target="reader",
        message_type="STATUS",
        thread_id=id,
        sent_us=1,
        expires_us=9,
        deliveries_max=1,
        priority=4,
        idempotency_key=key,
    )
    return MessageSent(at_us=3, message=message, recipients=("reader",))


def acked(id: str) -> MessageAcked:
    return MessageAcked(at_us=4, delivery_id=f"{id}/reader")


def completed(fence: int) -> TaskCompleted:
    return TaskCompleted(at_us=3, task_id="a", fence=fence, result_json=f'{{"by":{fence}}}')


def answered(request: str) -> RequestAnswered:
    return RequestAnswered(at_us=3, request=request, digest="", reply_json="")


def history(*events: Event) -> History:
    found = History()
    for pos, event in enumerate(events, start=1):
        found.add(pos, event)
    found.check_ends()
    return found


WHOLE = (
    created("a", "one"),
    claimed(),
    completed(2),
    answered("r"),
    sent("m", "a"),
    acked("m"),
)


def test_a_whole_history_has_no_faults() -> None:
    assert history(*WHOLE).faults == []


@pytest.mark.parametrize(
    ("events", "fault"),
    [
        (WHOLE[:2], "has no result"),
        ((*WHOLE, created("b", "one")), "doubled: one"),
        ((*WHOLE, answered("r")), "the request r was carried out twice"),
        ((*WHOLE, completed(2)), "doubled: a had its result"),
        ((*WHOLE[:2], completed(1)), "did not hold it"),
        ((WHOLE[0], claimed(), claimed(), completed(3)), "is held already"),
        ((*WHOLE, claimed()), "claimed after its result"),
        (WHOLE[:-1], "m was never settled"),
        ((*WHOLE, sent("n", "a")), "the message a is m too"),
        ((*WHOLE, acked("m")), "m was settled before"),
        (
            (*WHOLE[:2], LeaseExpired(at_us=99, task_id="a", fence=2, due_us=99)),
            "took back a lease",
        ),
        ((WHOLE[0], LeaseExtended(at_us=3, task_id="a", lease_until_us=9)), "that nobody had"),
        (
            (*WHOLE[:2], TaskReleased(at_us=3, task_id="a", fence=1)),
            "did not hold it",
        ),
        (
            (*WHOLE[:2], StepRecorded(at_us=3, task_id="a", name="only", result_json="1")),
            "did not hold it",
        ),
    ],
)
def test_a_history_that_is_not_whole_is_a_fault(events: tuple[Event, ...], fault: str) -> None:
    assert any(fault in text for text in history(*events).faults)


@pytest.mark.parametrize(
    "promise",
    [
        Promise(verb="create_task", task_id="b", key="one"),
        Promise(verb="create_task", task_id="a", key="two"),
        Promise(verb="claim_task", task_id="a", fence=3),
        Promise(verb="complete_task", task_id="a", fence=3),
        Promise(verb="record_step", task_id="a", fence=2),
        Promise(verb="stale_fence", task_id="a", fence=2),
        Promise(verb="send_message", task_id="n", key="a"),
        Promise(verb="ack_message", task_id="n"),
    ],
    ids=lambda promise: promise.verb,
)
def test_a_promise_that_the_log_does_not_know_is_a_loss(promise: Promise) -> None:
    whole = history(*WHOLE)
    whole.hold_against("worker", promise)
    assert len(whole.faults) == 1


@pytest.mark.parametrize(
    "promise",
    [
        Promise(verb="create_task", task_id="a", key="one"),
        Promise(verb="claim_task", task_id="a", fence=2),
        Promise(verb="complete_task", task_id="a", fence=2),
        Promise(verb="send_message", task_id="m", key="a"),
        Promise(verb="ack_message", task_id="m"),
    ],
    ids=lambda promise: promise.verb,
)
def test_a_promise_that_was_kept_is_no_fault(promise: Promise) -> None:
    whole = history(*WHOLE)
    whole.hold_against("worker", promise)
    assert whole.faults == []
    assert whole.promises == 1
