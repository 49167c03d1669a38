"""All dead letters stand in one place, and come back from there."""

from typing import Any

import pytest

from interlock.kernel import redrive
from tests.unit.kernel.shard import Shard, refused


def dead_task(shard: Shard, queue: str = "q", **fields: Any) -> str:
    """A task that failed for good."""
    task: str = shard.do("create_task", title="t", queue=queue, attempts_max=1, **fields).task_id
    claim = shard.do("claim_task", task_id=task)
    shard.do("fail_task", task_id=task, fence=claim.fence, error_class="PERMANENT", error="no")
    return task


def dead_message(shard: Shard, target: str = "bob", **fields: Any) -> str:
    """A message that its recipient refused."""
    sent = {"agent": "ann", "target": target, "message_type": "STATUS", **fields}
    id = shard.do("send_message", **sent).message_id
    [item] = shard.do("get_messages", agent=target).items
    shard.do("reject_message", receipt=item.receipt)
    return f"{id}/{target}"


def dead_event(shard: Shard, topic: str = "docs", group: str = "g") -> str:
    """An event that a group was handed once and never settled."""
    shard.do("subscribe", topic=topic, group=group, deliveries_max=1)
    position = shard.do("publish_event", topic=topic, payload="p").position
    shard.get_events(topic, group)
    shard.advance(61)
    return f"event-{position}/subscription-{len(topic)}/{topic}/{group}"


def redriven(shard: Shard, *ids: str) -> tuple[list[str], list[str]]:
    """What came back, and the codes of what was skipped."""
    reply = shard.do("redrive_dead_letters", ids=list(ids))
    return list(reply.redriven), [skipped.code for skipped in reply.skipped]


def test_dead_letters_of_every_noun_stand_in_one_list(shard: Shard) -> None:
    ids = [dead_event(shard), dead_message(shard), dead_task(shard)]
    shard.restart()

    letters = shard.dead_letters().items

    assert [letter.id for letter in letters] == ids
    assert [letter.noun for letter in letters] == ["event", "message", "task"]
    assert [letter.reason for letter in letters] == ["delivery_limit", "rejected", "PERMANENT"]
    assert all(letter.died_us for letter in letters)
    assert letters[2].causes[-1].message == "no"


def test_dead_letters_are_selected(shard: Shard) -> None:
    event, message, task = dead_event(shard), dead_message(shard), dead_task(shard)

    def found(**fields: Any) -> list[str]:
        return [letter.id for letter in shard.dead_letters(**fields).items]

    assert found(noun="task") == found(queue="q") == found(reason="PERMANENT") == [task]
    assert found(noun="message") == found(recipient="bob") == [message]
    assert found(noun="event") == found(topic="docs") == [event]
    assert found(recipient="cid") == []


def test_dead_letters_come_in_pages_without_gap_or_repetition(shard: Shard) -> None:
    ids = sorted(dead_message(shard) for _ in range(7))
    pages = []
    cursor = ""
    while True:
        page = shard.dead_letters(limit=3, cursor=cursor)
        pages.append([letter.id for letter in page.items])
        cursor = page.cursor
        if not cursor:
            break

    assert pages == [ids[:3], ids[3:6], ids[6:]]


def test_a_redriven_message_has_its_whole_time_and_all_deliveries_again(shard: Shard) -> None:
    id = dead_message(shard, ttl_s=100, deliveries_max=1, message="again")
    shard.advance(1_000)
    shard.restart()

    assert redriven(shard, id) == ([id], [])

    shard.advance(99)
    shard.restart()
    [item] = shard.do("get_messages", agent="bob").items
    assert (item.message, item.delivery_count) == ("again", 1)
    assert shard.dead_letters().items == ()


def test_a_redriven_message_that_dies_again_keeps_its_history(shard: Shard) -> None:
    id = dead_message(shard, ttl_s=100)
    redriven(shard, id)
    shard.advance(101)

    [letter] = shard.dead_letters().items

    assert (letter.redriven, letter.reason) == (1, "expired")
    assert [cause.error_class for cause in letter.causes] == ["rejected", "expired"]
    [event] = shard.events("MessageRedriven")
    assert event.died_pos == letter.causes[0].pos


def test_a_receipt_from_before_the_redrive_settles_nothing(shard: Shard) -> None:
    shard.do("send_message", agent="ann", target="bob", message_type="STATUS")
    [item] = shard.do("get_messages", agent="bob").items
    shard.do("reject_message", receipt=item.receipt)
    [letter] = shard.dead_letters().items
    redriven(shard, letter.id)

    refused(shard.do("ack_message", receipt=item.receipt), "stale_receipt")


def test_one_recipient_of_a_broadcast_can_be_redriven_by_itself(shard: Shard) -> None:
    for name in ("bob", "cid"):
        shard.do("register_agent", agent=name)
    shard.do("send_message", agent="ann", target="all", message_type="STATUS", ttl_s=10)
    shard.advance(11)
    first, second = [letter.id for letter in shard.dead_letters().items]

    assert redriven(shard, first) == ([first], [])
    assert redriven(shard, second) == ([second], [])
    assert len(shard.do("get_messages", agent="bob").items) == 1
    assert len(shard.do("get_messages", agent="cid").items) == 1


def test_a_redriven_task_starts_afresh(shard: Shard) -> None:
    id = dead_task(shard)
    shard.restart()

    assert redriven(shard, id) == ([id], [])

    assert shard.do("claim_task", queue="q").task_id == id


def test_a_redriven_event_comes_to_its_group_again(shard: Shard) -> None:
    id = dead_event(shard)
    shard.restart()

    assert redriven(shard, id) == ([id], [])

    [item] = shard.get_events("docs", "g").items
    assert (item.payload, item.delivery_count) == ("p", 1)
    shard.advance(61)
    [letter] = shard.dead_letters().items
    assert (letter.id, letter.redriven) == (id, 1)


def test_redriving_twice_changes_nothing(shard: Shard) -> None:
    ids = [dead_event(shard), dead_message(shard), dead_task(shard)]
    assert redriven(shard, *ids, *ids) == (ids, [])
    head = shard.state.head

    assert redriven(shard, *ids) == ([], ["wrong_status"] * 3)
    shard.restart()
    assert redriven(shard, *ids) == ([], ["wrong_status"] * 3)
    assert shard.state.head == head


def test_what_never_died_is_skipped(shard: Shard) -> None:
    open_task = shard.do("create_task", title="t").task_id
    unknown = ["message-0-99/bob", "event-9/subscription-1/t/g", "task-0-99", "nonsense"]

    assert redriven(shard, *unknown) == ([], ["not_found"] * 4)
    assert redriven(shard, open_task) == ([], ["wrong_status"])


def test_a_message_whose_content_is_not_at_hand_is_skipped(shard: Shard) -> None:
    id = dead_message(shard)
    content = shard.rows.pop(("message", id.partition("/")[0]))
    shard.state.closed.clear()

    assert redriven(shard, id) == ([], ["not_found"])
    shard.rows[content[0], content[1]] = content


def test_redriving_respects_the_depth_of_the_mailbox(
    shard: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redrive, "MAILBOX_DEPTH_MAX", 2)
    ids = [dead_message(shard) for _ in range(3)]

    assert redriven(shard, *ids) == (ids[:2], ["mailbox_full"])
    assert redriven(shard, ids[2]) == ([], ["mailbox_full"])


def test_redriving_respects_the_number_of_unsettled_messages(
    shard: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redrive, "DELIVERIES_MAX", 1)
    ids = [dead_message(shard, target="bob"), dead_message(shard, target="cid")]

    assert redriven(shard, *ids) == (ids[:1], ["limit"])


def test_redriving_respects_the_window_of_the_group(
    shard: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redrive, "WINDOW_MAX", 1)
    ids = [dead_event(shard), dead_event(shard)]

    assert redriven(shard, *ids) == (ids[:1], ["limit"])


def test_an_event_whose_group_was_moved_back_or_ended_is_skipped(shard: Shard) -> None:
    id = dead_event(shard)
    place = {"topic": "docs", "group": "g"}
    shard.do("seek_subscription", position=0, **place)
    assert redriven(shard, id) == ([], ["wrong_status"])
    shard.get_events("docs", "g")
    assert redriven(shard, id) == ([], ["wrong_status"])
    shard.do("unsubscribe", **place)
    assert redriven(shard, id) == ([], ["not_found"])
