"""What publishers and consumer groups may rely on."""

import json
from typing import Any

import pytest

from interlock.kernel.border import make_command
from interlock.kernel.errors import Invalid
from interlock.kernel.queries import QUERIES, topic_page
from interlock.kernel.tick import decide_alarm
from interlock.kernel.topic import receive, subscribe
from interlock.kernel.topic.model import RECEIPTS_MAX, subscription_id
from interlock.kernel.topic.receive import GetEvents, decide_get_events, was_moved_back
from tests.unit.kernel.shard import Shard, refused

DAY_S = 86_400


def publish(shard: Shard, *numbers: int, topic: str = "docs", **fields: Any) -> list[int]:
    """Publishes numbers and returns their positions."""
    return [
        shard.do("publish_event", topic=topic, payload=number, **fields).position
        for number in numbers
    ]


def read(shard: Shard, **fields: Any) -> list[int]:
    """The numbers that a member of the group `g` is handed."""
    return [item.payload for item in shard.get_events("docs", "g", **fields).items]


def ack(shard: Shard, receipt: str, **fields: Any) -> Any:
    """Settles a receipt of the group `g`."""
    return shard.do("ack_events", topic="docs", group="g", receipt=receipt, **fields)


@pytest.fixture
def group(shard: Shard) -> Shard:
    """A shard in which the group `g` reads the topic `docs` from its start."""
    shard.do("subscribe", topic="docs", group="g", from_position="start")
    return shard


def test_an_event_says_everything_that_its_publisher_said(group: Shard) -> None:
    group.do(
        "publish_event", agent="ann", topic="docs", payload={"n": 1}, key="k", correlation_id="c"
    )

    [item] = group.get_events("docs", "g").items

    assert (item.payload, item.key, item.source, item.correlation_id) == ({"n": 1}, "k", "ann", "c")
    assert (item.kind, item.delivery_count, item.at_us) == ("EventPublished", 1, group.now_us)


def test_each_event_goes_to_one_member_of_each_group(group: Shard) -> None:
    publish(group, 1, 2, 3, 4)
    group.do("subscribe", topic="docs", group="other", from_position="start")

    first = group.get_events("docs", "g", agent="ann", limit=2)
    second = group.get_events("docs", "g", agent="bob", limit=2)
    other = group.get_events("docs", "other")

    assert [item.payload for item in first.items] == [1, 2]
    assert [item.payload for item in second.items] == [3, 4]
    assert [item.payload for item in other.items] == [1, 2, 3, 4]
    assert not group.get_events("docs", "g")


def test_a_group_gets_the_events_of_its_own_topic_only(group: Shard) -> None:
    publish(group, 1, topic="docs/other")
    publish(group, 2)
    group.do("subscribe", topic="docs", group="h")
    read(group)
    group.do("seek_subscription", topic="docs", group="g", position=0)

    assert read(group) == [2]


def test_a_group_begins_now_at_the_start_or_behind_a_position(shard: Shard) -> None:
    [first, _] = publish(shard, 1, 2)
    shard.do("subscribe", topic="docs", group="now")
    shard.do("subscribe", topic="docs", group="start", from_position="start")
    shard.do("subscribe", topic="docs", group="behind", from_position=first)
    publish(shard, 3)

    found = {
        name: [item.payload for item in shard.get_events("docs", name).items]
        for name in ("now", "start", "behind")
    }
    assert found == {"now": [3], "start": [1, 2, 3], "behind": [2, 3]}


def test_a_position_that_does_not_exist_yet_is_refused(group: Shard) -> None:
    refused(group.do("subscribe", topic="docs", group="x", from_position=99), "invalid")
    refused(group.do("seek_subscription", topic="docs", group="g", position=99), "invalid")


def test_subscribing_again_keeps_the_place(group: Shard) -> None:
    publish(group, 1, 2)
    ack(group, group.get_events("docs", "g", limit=1).receipt)
    group.restart()

    again = group.do("subscribe", topic="docs", group="g", from_position="start")

    assert again.is_duplicate
    assert read(group) == [2]


def test_a_group_that_was_never_made_cannot_read_settle_move_or_end(shard: Shard) -> None:
    refused(shard.get_events("docs", "g"), "not_found")
    refused(ack(shard, "x@1"), "not_found")
    for verb in ("get_subscription", "unsubscribe"):
        refused(shard.do(verb, topic="docs", group="g"), "not_found")
    refused(shard.do("seek_subscription", topic="docs", group="g", position=0), "not_found")


def test_unsettled_events_come_again_before_the_new_ones(group: Shard) -> None:
    publish(group, 1, 2)
    read(group, visibility_s=10)
    publish(group, 3)
    group.advance(11)
    group.restart()

    again = group.get_events("docs", "g")

    assert [(item.payload, item.delivery_count) for item in again.items] == [(1, 2), (2, 2), (3, 1)]


def test_settled_events_never_come_again(group: Shard) -> None:
    publish(group, 1, 2)
    handed = group.get_events("docs", "g")

    settled = ack(group, handed.receipt)
    group.advance(DAY_S)

    assert settled.positions == tuple(item.position for item in handed.items)
    assert settled.checkpoint == handed.items[-1].position
    assert read(group) == []
    assert not group.state.alarms.due


def test_part_of_a_receipt_can_be_settled(group: Shard) -> None:
    publish(group, 1, 2, 3)
    handed = group.get_events("docs", "g", visibility_s=10)
    middle = handed.items[1].position

    settled = ack(group, handed.receipt, positions=[middle])
    group.advance(11)

    assert (settled.positions, settled.checkpoint) == ((middle,), handed.items[0].position - 1)
    assert read(group) == [1, 3]


def test_the_checkpoint_never_passes_what_is_not_settled(group: Shard) -> None:
    [one, two, three] = publish(group, 1, 2, 3)
    first = group.get_events("docs", "g", limit=1)
    second = group.get_events("docs", "g", limit=1)
    third = group.get_events("docs", "g", limit=1)
    place = {"topic": "docs", "group": "g"}

    assert ack(group, second.receipt).checkpoint == one - 1
    assert group.do("get_subscription", **place).in_hand == 2
    assert ack(group, first.receipt).checkpoint == two
    assert ack(group, third.receipt).checkpoint == three
    assert group.do("get_subscription", **place).checkpoint == three


def test_settling_twice_gives_the_same_kind_of_answer(group: Shard) -> None:
    [one, two] = publish(group, 1, 2)
    handed = group.get_events("docs", "g")
    ack(group, handed.receipt, positions=[one])
    ack(group, handed.receipt, positions=[two])
    group.restart()

    assert ack(group, handed.receipt).is_duplicate
    assert ack(group, handed.receipt, positions=[one]).is_duplicate


def test_a_late_receipt_settles_what_nobody_was_handed_since(group: Shard) -> None:
    publish(group, 1)
    handed = group.get_events("docs", "g", visibility_s=1)
    group.advance(2)
    assert group.do("get_subscription", topic="docs", group="g").to_come_again == 1

    assert ack(group, handed.receipt).positions
    assert read(group) == []


def test_a_hub_that_was_away_gives_members_time_to_settle(group: Shard) -> None:
    publish(group, 1)
    handed = group.get_events("docs", "g", visibility_s=10)
    group.sleep_through(60)
    group.restart(grace_s=5)
    group.advance(4)

    assert read(group) == []
    assert ack(group, handed.receipt).positions


def test_a_receipt_from_before_the_redelivery_is_stale(group: Shard) -> None:
    [one] = publish(group, 1)
    first = group.get_events("docs", "g", visibility_s=1)
    group.advance(2)
    second = group.get_events("docs", "g")

    refused(ack(group, first.receipt), "stale_receipt")
    refused(ack(group, first.receipt, positions=[one]), "stale_receipt")
    assert ack(group, second.receipt).positions == (one,)


@pytest.mark.parametrize("receipt", ["nonsense", "@", "x@1", "subscription-4/docs/g@0"])
def test_a_receipt_that_was_never_given_settles_nothing(group: Shard, receipt: str) -> None:
    publish(group, 1)
    handed = group.get_events("docs", "g")

    refused(ack(group, receipt), "stale_receipt")
    assert ack(group, handed.receipt).positions


def test_a_receipt_of_one_group_settles_nothing_for_another(group: Shard) -> None:
    group.do("subscribe", topic="docs", group="h", from_position="start")
    publish(group, 1)
    group.get_events("docs", "g")
    other = group.get_events("docs", "h")

    refused(ack(group, other.receipt), "stale_receipt")


def test_only_so_many_receipts_are_remembered(group: Shard) -> None:
    publish(group, *range(RECEIPTS_MAX + 1))
    receipts = [group.get_events("docs", "g", limit=1).receipt for _ in range(RECEIPTS_MAX + 1)]
    for receipt in receipts:
        ack(group, receipt)

    refused(ack(group, receipts[0]), "stale_receipt")
    assert ack(group, receipts[1]).is_duplicate


def test_a_group_can_be_moved_to_any_position_to_replay(group: Shard) -> None:
    [one, _, three] = publish(group, 1, 2, 3)
    handed = group.get_events("docs", "g")
    group.do("seek_subscription", topic="docs", group="g", position=one)

    refused(ack(group, handed.receipt), "stale_receipt")
    refused(ack(group, handed.receipt, positions=[three]), "stale_receipt")
    assert read(group) == [2, 3]


def test_a_reading_that_a_move_has_overtaken_is_told_apart(group: Shard) -> None:
    publish(group, 1, 2)
    ack(group, group.get_events("docs", "g").receipt)
    command = make_command(GetEvents, {"topic": "docs", "group": "g"})
    wanted = receive.wanted_events(group.state, command)
    assert not was_moved_back(group.state, command, wanted)

    group.do("seek_subscription", topic="docs", group="g", position=0)

    assert was_moved_back(group.state, command, wanted)
    group.do("unsubscribe", topic="docs", group="g")
    assert not was_moved_back(group.state, command, wanted)


def test_two_members_that_read_the_store_at_once_get_different_events(group: Shard) -> None:
    publish(group, 1, 2)
    command = make_command(GetEvents, {"topic": "docs", "group": "g", "limit": 1})
    available = group.topic("docs")

    first, one = decide_get_events(group.state, command, group.now_us, available=available)
    group.keep(first)
    second, two = decide_get_events(group.state, command, group.now_us, available=available)
    group.keep(second)

    assert [item.payload for reply in (one, two) for item in reply.items] == [1, 2]


def test_unsettled_events_of_a_group_are_bounded(
    group: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive, "WINDOW_MAX", 3)
    publish(group, 1, 2, 3, 4, 5)
    handed = group.get_events("docs", "g", limit=2, visibility_s=10)

    assert read(group, visibility_s=10) == [3]
    assert read(group) == []
    ack(group, handed.receipt)
    assert read(group, visibility_s=10) == [4, 5]
    group.advance(11)
    assert read(group) == [3, 4, 5]


def test_an_event_handed_out_too_often_is_skipped_as_a_dead_letter(shard: Shard) -> None:
    shard.do("subscribe", topic="docs", group="g", deliveries_max=2)
    [one] = publish(shard, 1)
    read(shard, visibility_s=1)
    shard.advance(2)
    publish(shard, 2)
    assert read(shard, visibility_s=1) == [1, 2]
    shard.advance(2)

    assert read(shard) == [2]
    [letter] = shard.dead_letters(noun="event").items
    assert (letter.topic, letter.group, letter.position) == ("docs", "g", one)
    assert (letter.reason, letter.tries) == ("delivery_limit", 2)
    [escalation] = shard.events("EscalationRaised")
    assert escalation.noun == "event"


def test_an_escalation_that_nobody_settles_raises_no_further_escalation(shard: Shard) -> None:
    shard.do("subscribe", topic="escalation", group="people", deliveries_max=1)
    shard.do("create_task", title="t", attempts_max=1)
    shard.do("claim_task", agent="ann")
    shard.advance(61)

    [item] = shard.get_events("escalation", "people").items
    assert item.kind == "EscalationRaised"
    assert item.payload["noun"] == "task"
    shard.advance(61)

    assert len(shard.events("EscalationRaised")) == 1
    assert len(shard.dead_letters(topic="escalation").items) == 1


def test_ending_a_subscription_forgets_its_place(group: Shard) -> None:
    publish(group, 1)
    read(group)

    group.do("unsubscribe", topic="docs", group="g")

    assert not group.state.alarms.due
    assert not group.state.subscriptions
    group.do("subscribe", topic="docs", group="g", from_position="start")
    assert read(group) == [1]


def test_an_alarm_of_a_group_that_ended_means_nothing(shard: Shard) -> None:
    assert decide_alarm(shard.state, subscription_id("docs", "g"), shard.now_us) == []


def test_the_number_of_subscriptions_is_bounded(
    shard: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscribe, "SUBSCRIPTIONS_MAX", 1)
    shard.do("subscribe", topic="docs", group="g")

    refused(shard.do("subscribe", topic="docs", group="h"), "limit")
    assert shard.do("subscribe", topic="docs", group="g").is_duplicate


def test_names_with_slashes_do_not_meet(shard: Shard) -> None:
    shard.do("subscribe", topic="a/b", group="c")
    shard.do("subscribe", topic="a", group="b/c")

    assert len(shard.state.subscriptions) == 2


def test_the_same_key_of_the_same_publisher_publishes_once(group: Shard) -> None:
    [first] = publish(group, 1, agent="ann", idempotency_key="k")

    again = group.do("publish_event", agent="ann", topic="docs", payload=1, idempotency_key="k")
    other = group.do("publish_event", agent="ann", topic="docs", payload=2, idempotency_key="k")
    eve = group.do("publish_event", agent="eve", topic="docs", payload=3, idempotency_key="k")

    assert (again.position, again.is_duplicate) == (first, True)
    refused(other, "idempotency_conflict")
    assert not eve.is_duplicate
    assert read(group) == [1, 3]


def test_a_zombie_cannot_publish_in_the_name_of_its_lost_claim(group: Shard) -> None:
    task = group.do("create_task", title="t", correlation_id="run-1").task_id
    claim = group.do("claim_task", agent="ann")
    proof = {"topic": "docs", "task_id": task, "fence": claim.fence}
    group.do("publish_event", agent="ann", **proof)
    group.advance(61)

    refused(group.do("publish_event", agent="ann", **proof), "stale_fence")

    [item] = group.get_events("docs", "g").items
    assert (item.task_id, item.correlation_id) == (task, "run-1")


def test_a_quarantined_agent_neither_publishes_nor_reads(group: Shard) -> None:
    group.do("register_agent", agent="ann")
    group.do("quarantine_agent", name="ann")

    refused(group.do("publish_event", agent="ann", topic="docs"), "paused")
    refused(group.get_events("docs", "g", agent="ann"), "paused")


def test_a_reader_who_waits_is_woken_by_the_event_that_brings_something(group: Shard) -> None:
    woken = group.state.woken
    publish(group, 1)
    assert "topic:docs" in woken
    woken.clear()
    read(group, visibility_s=1)
    assert "topic:docs" not in woken
    group.advance(2)
    assert "topic:docs" in woken
    woken.clear()
    group.do("seek_subscription", topic="docs", group="g", position=0)
    assert "topic:docs" in woken


def test_only_published_events_and_escalations_stand_in_a_topic(group: Shard) -> None:
    publish(group, 1)
    ack(group, group.get_events("docs", "g").receipt)
    group.do("seek_subscription", topic="docs", group="g", position=0)
    group.do("unsubscribe", topic="docs", group="g")

    kinds = {json.loads(text)["type"] for text in group.log if "topic" in json.loads(text)}
    assert kinds == {"EventPublished"}


def test_a_topic_can_be_read_without_a_group(group: Shard) -> None:
    publish(group, 1, 2)

    page = topic_page(group.topic("docs"))

    assert [item.payload for item in page.items] == [1, 2]
    assert page.receipt == ""
    assert not topic_page([])
    assert {"get_dead_letters", "read_topic"} < {command.verb for command in QUERIES}


def test_a_malformed_subscription_is_refused_at_the_border(shard: Shard) -> None:
    for fields in ({"group": ""}, {"from_position": -1}, {"from_position": "end"}):
        with pytest.raises(Invalid):
            shard.do("subscribe", **{"topic": "docs", "group": "g", **fields})
