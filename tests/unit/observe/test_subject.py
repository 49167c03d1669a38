"""What an event is about is found from the log, however little the event itself says."""

import pytest

from interlock.kernel.selection import Subject
from interlock.kernel.timeline import entry_of
from interlock.observe.subject import Subjects, origins_of
from interlock.store.contract import Record
from interlock.store.memory import MemoryStore
from tests.unit.observe.scribe import Scribe

NAMED = {"queue": "mail", "run_id": "run-7", "correlation_id": "c-7", "agent": "boss"}


async def subjects_of(store: MemoryStore, *, kind: str) -> list[Subject]:
    records = await store.read("0", after=0, limit=1_000)
    found = [entry_of(record) for record in records]
    return [await Subjects(store, shard="0").find(each) for each in found if each.type == kind]


async def test_the_end_of_a_task_concerns_who_made_it_and_who_held_it(
    store: MemoryStore, scribe: Scribe
) -> None:
    task_id = (await scribe.do("create_task", title="Sort", **NAMED)).task_id
    held = await scribe.do("claim_task", queue="mail", agent="ada")
    await scribe.do("complete_task", task_id=task_id, fence=held.fence, agent="ada")

    assert await subjects_of(store, kind="TaskCompleted") == [
        Subject(
            task_ids=frozenset({task_id}),
            agents=frozenset({"boss", "ada"}),
            queues=frozenset({"mail"}),
            run_ids=frozenset({"run-7"}),
            correlation_ids=frozenset({"c-7"}),
        )
    ]


async def test_a_delivery_concerns_its_sender_and_its_recipient_alone(
    store: MemoryStore, scribe: Scribe
) -> None:
    for agent in ("ada", "eve"):
        await scribe.do("register_agent", agent=agent, groups=["readers"])
    letter = {"target": "group:readers", "message_type": "STATUS", "correlation_id": "c-9"}
    await scribe.do("send_message", agent="boss", **letter)
    received = await scribe.do("get_messages", agent="ada")
    await scribe.do("ack_message", agent="ada", receipt=received.items[0].receipt)

    [sent] = await subjects_of(store, kind="MessageSent")
    [handed] = await subjects_of(store, kind="MessagesDelivered")
    [acked] = await subjects_of(store, kind="MessageAcked")
    assert sent.agents == {"boss", "ada", "eve"}
    assert handed.agents == acked.agents == {"boss", "ada"}
    assert handed.correlation_ids == acked.correlation_ids == {"c-9"}


async def test_a_settled_event_concerns_its_topic(store: MemoryStore, scribe: Scribe) -> None:
    await scribe.do("subscribe", topic="news/today", group="readers", agent="ada")
    await scribe.do("unsubscribe", topic="news/today", group="readers", agent="ada")

    [made] = await subjects_of(store, kind="SubscriptionMade")
    [ended] = await subjects_of(store, kind="SubscriptionEnded")
    assert made.topics == ended.topics == {"news/today"}


async def test_a_schedule_concerns_the_queue_of_its_tasks(
    store: MemoryStore, scribe: Scribe
) -> None:
    template = {"title": "Sweep", "queue": "mail", "run_id": "run-7"}
    await scribe.do("create_schedule", name="nightly", every_s=3_600, task=template)

    [made] = await subjects_of(store, kind="ScheduleCreated")
    assert (made.queues, made.run_ids) == ({"mail"}, {"run-7"})


async def test_an_escalation_concerns_the_task_that_died(
    store: MemoryStore, scribe: Scribe
) -> None:
    task_id = (await scribe.do("create_task", title="Sort", **NAMED)).task_id
    held = await scribe.do("claim_task", queue="mail", agent="ada")
    lost = {"task_id": task_id, "fence": held.fence, "error": "no", "error_class": "PERMANENT"}
    await scribe.do("fail_task", **lost)

    [raised] = await subjects_of(store, kind="EscalationRaised")
    assert (raised.task_ids, raised.queues) == ({task_id}, {"mail"})


async def test_creations_are_forgotten_and_found_again(
    store: MemoryStore, scribe: Scribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interlock.observe.subject.ORIGINS_MAX", 2)
    made = [await scribe.do("create_task", title="Sort", queue=f"q{n}") for n in range(5)]
    for one in made:
        await scribe.do("cancel_task", task_id=one.task_id, reason="no")
    subjects = Subjects(store, shard="0")
    records = await store.read("0", after=0, limit=100)

    found = [await subjects.find(entry_of(record)) for record in records]

    assert [each.queues for each in found[5:]] == [{f"q{n}"} for n in range(5)]


@pytest.mark.parametrize(
    "body",
    [
        '{"type":"TaskCancelled","task_id":"task-0-9"}',
        '{"type":"TaskCancelled","task_id":"task-0-²"}',
        '{"type":"TaskCancelled","task_id":["task-0-1"]}',
        '{"type":"TaskCompleted","task_id":"x","fence":"1"}',
        '{"type":"MessagesDelivered","deliveries":[1,"message-0-"]}',
        '{"type":"EventsAcked","subscription":"subscription-x/news/readers"}',
    ],
)
async def test_an_event_that_names_nothing_has_no_origin(store: MemoryStore, body: str) -> None:
    entry = entry_of(Record(pos=5, body=body))

    assert origins_of(entry) == []
    await Subjects(store, shard="0").find(entry)


async def test_an_origin_that_is_not_there_says_nothing(store: MemoryStore) -> None:
    entry = entry_of(Record(pos=5, body='{"type":"TaskCancelled","task_id":"task-0-3"}'))

    found = await Subjects(store, shard="0").find(entry)

    assert found == Subject(task_ids=frozenset({"task-0-3"}))
