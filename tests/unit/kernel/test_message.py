"""What a sender and a recipient may rely on."""

from typing import Any

import pytest

from interlock.kernel import limits
from interlock.kernel.errors import Invalid
from interlock.kernel.mail import send
from interlock.kernel.tick import decide_alarm
from tests.unit.kernel.shard import Shard, refused

HOUR_S = 3_600


def send_one(shard: Shard, text: str = "hello", **fields: Any) -> str:
    """Sends a message from `ann` to `bob` and returns its id."""
    sent = {"agent": "ann", "target": "bob", "message_type": "STATUS", "message": text, **fields}
    message_id: str = shard.do("send_message", **sent).message_id
    return message_id


def read(shard: Shard, agent: str = "bob", **fields: Any) -> list[Any]:
    """What a reader is handed."""
    return list(shard.do("get_messages", agent=agent, **fields).items)


def texts(shard: Shard, agent: str = "bob", **fields: Any) -> list[str]:
    """The texts that a reader is handed."""
    return [item.message for item in read(shard, agent, **fields)]


def test_a_message_carries_everything_that_its_sender_said(shard: Shard) -> None:
    first = send_one(shard)
    shard.do(
        "send_message",
        agent="bob",
        target="ann",
        message_type="QUERY",
        message="what now?",
        payload={"n": 1},
        reply_to=first,
        priority="high",
        ttl_s=60,
        correlation_id="c-1",
    )
    shard.advance(1.5)

    [item] = read(shard, "ann")

    assert (item.source, item.target, item.message_type) == ("bob", "ann", "QUERY")
    assert (item.message, item.payload, item.priority) == ("what now?", {"n": 1}, 6)
    assert (item.reply_to, item.thread_id, item.correlation_id) == (first, first, "c-1")
    assert (item.age_ms, item.expires_in_ms, item.delivery_count) == (1_500, 58_500, 1)


def test_what_was_sent_can_be_looked_up_after_it_is_settled(shard: Shard) -> None:
    id = send_one(shard, "kept", payload=[1])
    shard.do("ack_message", receipt=read(shard)[0].receipt)
    shard.restart()

    view = shard.do("get_message", message_id=id)

    assert (view.message.text, view.payload, view.message.is_open) == ("kept", [1], False)
    refused(shard.do("get_message", message_id="message-0-99"), "not_found")


def test_a_recipient_need_not_be_registered_and_may_be_the_sender(shard: Shard) -> None:
    send_one(shard, "to myself", target="ann")

    assert texts(shard, "ann") == ["to myself"]


def test_a_message_read_by_a_process_that_died_comes_again(shard: Shard) -> None:
    send_one(shard, "do it")
    assert texts(shard, visibility_s=30) == ["do it"]

    shard.advance(29)
    assert texts(shard) == []
    shard.restart()
    shard.advance(2)

    [item] = read(shard)
    assert (item.message, item.delivery_count) == ("do it", 2)


def test_a_message_handed_out_is_invisible_to_the_other_processes_of_the_agent(
    shard: Shard,
) -> None:
    send_one(shard)

    assert len(read(shard, session="")) == 1
    assert read(shard) == []


def test_a_settled_message_never_comes_again(shard: Shard) -> None:
    send_one(shard)
    [item] = read(shard)

    assert shard.do("ack_message", receipt=item.receipt).status == "acked"
    shard.advance(48 * HOUR_S)

    assert read(shard) == []
    assert shard.dead_letters().items == ()


def test_acknowledging_twice_gives_the_same_answer(shard: Shard) -> None:
    send_one(shard)
    [item] = read(shard)
    shard.do("ack_message", receipt=item.receipt)
    shard.restart()

    again = shard.do("ack_message", receipt=item.receipt)

    assert (again.status, again.is_duplicate) == ("acked", True)


def test_a_late_receipt_still_settles_while_nobody_else_was_handed_the_message(
    shard: Shard,
) -> None:
    send_one(shard)
    [item] = read(shard, visibility_s=10)
    shard.advance(11)

    assert shard.do("ack_message", receipt=item.receipt).status == "acked"
    assert read(shard) == []


def test_a_hub_that_was_away_gives_readers_time_to_settle(shard: Shard) -> None:
    send_one(shard, deliveries_max=1)
    [item] = read(shard, visibility_s=10)
    shard.sleep_through(60)
    shard.restart(grace_s=5)
    shard.advance(4)

    assert shard.do("ack_message", receipt=item.receipt).status == "acked"


def test_a_receipt_from_before_the_redelivery_is_stale(shard: Shard) -> None:
    send_one(shard)
    [first] = read(shard, visibility_s=10)
    shard.advance(11)
    [second] = read(shard)

    refusal = refused(shard.do("ack_message", receipt=first.receipt), "stale_receipt")
    assert refusal.details["delivery_count"] == 2
    refused(shard.do("reject_message", receipt=first.receipt), "stale_receipt")
    assert shard.do("ack_message", receipt=second.receipt).status == "acked"
    refused(shard.do("reject_message", receipt=second.receipt), "stale_receipt")


@pytest.mark.parametrize(
    "receipt", ["nonsense", "message-0-1/bob", "message-0-1/bob@x", "@", "x@1"]
)
def test_a_receipt_that_was_never_given_settles_nothing(shard: Shard, receipt: str) -> None:
    send_one(shard)

    assert shard.do("ack_message", receipt=receipt).code in ("not_found", "stale_receipt")
    assert len(read(shard)) == 1


def test_a_message_handed_out_too_often_becomes_a_dead_letter(shard: Shard) -> None:
    id = send_one(shard, message_type="DIRECTIVE", deliveries_max=3, correlation_id="c")

    for count in (1, 2, 3):
        [item] = read(shard, visibility_s=10)
        assert item.delivery_count == count
        shard.advance(11)

    assert read(shard) == []
    refused(shard.do("ack_message", receipt=item.receipt), "stale_receipt")
    [letter] = shard.dead_letters().items
    assert (letter.noun, letter.id, letter.reason) == ("message", f"{id}/bob", "delivery_limit")
    assert (letter.tries, letter.title, letter.source) == (3, "DIRECTIVE", "ann")
    [escalation] = shard.events("EscalationRaised")
    assert (escalation.noun, escalation.correlation_id) == ("message", "c")


def test_only_a_message_that_somebody_waits_for_is_escalated_when_it_dies(shard: Shard) -> None:
    for message_type in ("STATUS", "EVENT", "ACK", "RESULT", "QUERY", "DIRECTIVE"):
        send_one(shard, message_type=message_type, ttl_s=5)

    shard.advance(6)

    told = [event.reason.split()[0] for event in shard.events("EscalationRaised")]
    assert sorted(told) == ["DIRECTIVE", "QUERY"]
    assert len(shard.dead_letters().items) == 6


def test_being_away_for_twenty_hours_loses_nothing_and_counts_as_no_delivery(shard: Shard) -> None:
    send_one(shard, "patience", ttl_s=24 * HOUR_S)
    for _ in range(20):
        shard.advance(HOUR_S)
        shard.restart()

    [item] = read(shard)

    assert (item.message, item.delivery_count) == ("patience", 1)


def test_time_to_live_ends_whether_or_not_anybody_polls(shard: Shard) -> None:
    send_one(shard, ttl_s=100)
    send_one(shard, "polled", target="cid", ttl_s=100)
    for _ in range(3):
        shard.advance(33)
        read(shard, "dora")

    shard.advance(2)

    assert {letter.reason for letter in shard.dead_letters().items} == {"expired"}
    assert len(shard.dead_letters().items) == 2
    assert read(shard) == read(shard, "cid") == []


def test_an_expired_message_is_not_handed_out_even_before_its_alarm_was_looked_at(
    shard: Shard,
) -> None:
    send_one(shard, "old", ttl_s=10)
    send_one(shard, "young", ttl_s=100)
    shard.sleep_through(11)

    assert texts(shard) == ["young"]
    shard.tick()
    assert [letter.reason for letter in shard.dead_letters().items] == ["expired"]


def test_a_message_in_hand_when_its_time_ends_may_still_be_settled(shard: Shard) -> None:
    send_one(shard, ttl_s=10)
    [item] = read(shard, visibility_s=30)
    shard.advance(29)

    assert shard.do("ack_message", receipt=item.receipt).status == "acked"


def test_a_message_in_hand_when_its_time_ends_dies_when_its_visibility_ends(shard: Shard) -> None:
    send_one(shard, ttl_s=10)
    read(shard, visibility_s=30)
    shard.advance(29)
    assert shard.dead_letters().items == ()

    shard.advance(2)

    assert [letter.reason for letter in shard.dead_letters().items] == ["expired"]


def test_a_rejected_message_becomes_a_dead_letter_with_the_reason_given(shard: Shard) -> None:
    send_one(shard)
    [item] = read(shard)

    assert shard.do("reject_message", receipt=item.receipt, reason="not mine").status == "dead"
    again = shard.do("reject_message", receipt=item.receipt, reason="not mine")

    assert (again.status, again.is_duplicate) == ("dead", True)
    [letter] = shard.dead_letters(reason="rejected").items
    assert letter.causes[-1].message == "not mine"
    assert letter.causes[-1].agent == "bob"


def test_a_requeued_message_is_there_again_at_once_at_its_old_place(shard: Shard) -> None:
    send_one(shard, "one")
    send_one(shard, "two")
    [item] = read(shard, limit=1)

    assert shard.do("reject_message", receipt=item.receipt, requeue=True).status == "waiting"
    assert shard.do("reject_message", receipt=item.receipt, requeue=True).is_duplicate
    assert texts(shard) == ["one", "two"]


def test_a_message_cannot_be_requeued_for_ever(shard: Shard) -> None:
    send_one(shard, deliveries_max=2)
    [item] = read(shard)
    shard.do("reject_message", receipt=item.receipt, requeue=True)
    [item] = read(shard)

    assert shard.do("reject_message", receipt=item.receipt, requeue=True).status == "dead"
    assert [letter.reason for letter in shard.dead_letters().items] == ["delivery_limit"]


@pytest.mark.parametrize("message_type", ["ACK", "RESULT"])
def test_a_reply_of_the_recipient_settles_what_it_replies_to(
    shard: Shard, message_type: str
) -> None:
    id = send_one(shard, "do it", message_type="DIRECTIVE")
    read(shard, visibility_s=10)
    reply = shard.do(
        "send_message", agent="bob", target="ann", message_type=message_type, reply_to=id
    )

    assert shard.status_of("delivery", f"{id}/bob") == "acked"
    shard.advance(HOUR_S)
    assert read(shard) == []
    [answer] = read(shard, "ann", reply_to=id)
    assert (answer.id, answer.thread_id) == (reply.message_id, id)


def test_a_reply_settles_a_message_that_came_back_meanwhile(shard: Shard) -> None:
    id = send_one(shard, message_type="QUERY")
    read(shard, visibility_s=1)
    shard.advance(2)

    send_one(shard, agent="bob", target="ann", message_type="RESULT", reply_to=id)

    assert read(shard) == []


def test_a_status_or_the_reply_of_somebody_else_settles_nothing(shard: Shard) -> None:
    id = send_one(shard, "do it", message_type="QUERY")
    send_one(shard, agent="bob", target="ann", message_type="STATUS", reply_to=id)
    send_one(shard, agent="eve", target="ann", message_type="ACK", reply_to=id)

    assert texts(shard) == ["do it"]


def test_a_thread_goes_on_from_message_to_message_and_after_a_restart(shard: Shard) -> None:
    first = send_one(shard, "root")
    shard.do("ack_message", receipt=read(shard)[0].receipt)
    shard.restart()
    second = send_one(shard, "reply", agent="bob", target="ann", reply_to=first)
    send_one(shard, "other thread", agent="bob", target="ann")
    send_one(shard, "named", agent="bob", target="ann", reply_to=second, thread_id="mine")
    send_one(shard, "third", agent="cid", target="ann", reply_to=second)

    assert texts(shard, "ann", thread_id=first) == ["reply", "third"]
    assert texts(shard, "ann", thread_id="mine") == ["named"]
    assert texts(shard, "ann", thread_id="nobody's") == []


def test_each_member_of_a_group_has_a_copy_of_its_own(shard: Shard) -> None:
    for name in ("ann", "bob", "cid", "dora"):
        shard.do("register_agent", agent=name, groups=["crew"] if name != "dora" else [])
    reply = shard.do("send_message", agent="ann", target="group:crew", message_type="EVENT")

    [item] = read(shard, "bob")
    shard.do("ack_message", receipt=item.receipt)
    shard.restart()

    assert reply.recipient_count == 2
    assert read(shard, "bob") == read(shard, "ann") == read(shard, "dora") == []
    assert len(read(shard, "cid")) == 1
    assert shard.do("get_message", message_id=reply.message_id).message.is_open


def test_a_message_to_all_reaches_whoever_is_registered_now(shard: Shard) -> None:
    for name in ("ann", "bob", "cid"):
        shard.do("register_agent", agent=name)
    sent = shard.do("send_message", agent="ann", target="all", message_type="EVENT")
    shard.do("register_agent", agent="late")

    assert sent.recipient_count == 2
    assert [len(read(shard, name)) for name in ("ann", "bob", "cid", "late")] == [0, 1, 1, 0]


def test_a_message_to_nobody_is_refused(shard: Shard) -> None:
    shard.do("register_agent", agent="ann", groups=["alone"])

    for target in ("all", "group:alone", "group:unknown"):
        reply = shard.do("send_message", agent="ann", target=target, message_type="EVENT")
        refused(reply, "not_found")


def test_a_message_to_a_crowd_beyond_the_limit_is_refused(
    shard: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send, "RECIPIENTS_MAX", 2)
    for name in ("a", "b", "c"):
        shard.do("register_agent", agent=name)

    reply = shard.do("send_message", agent="ann", target="all", message_type="EVENT")

    assert "2" in refused(reply, "limit").message


def test_a_full_mailbox_refuses_the_message_for_everybody(
    shard: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send, "MAILBOX_DEPTH_MAX", 2)
    for name in ("bob", "cid"):
        shard.do("register_agent", agent=name)
    send_one(shard, "one")
    send_one(shard, "two")

    reply = shard.do("send_message", agent="ann", target="all", message_type="EVENT")

    assert refused(reply, "mailbox_full").details == {"recipient": "bob"}
    assert read(shard, "cid") == []
    [item, _] = read(shard)
    shard.do("ack_message", receipt=item.receipt)
    assert send_one(shard, "three")


def test_unread_messages_of_all_mailboxes_together_are_bounded(
    shard: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send, "DELIVERIES_MAX", 1)
    send_one(shard)

    reply = shard.do("send_message", agent="ann", target="x", message_type="EVENT")

    refused(reply, "limit")


def test_the_same_key_of_the_same_sender_sends_once(shard: Shard) -> None:
    id = send_one(shard, idempotency_key="k")
    sent = {"target": "bob", "message_type": "STATUS", "message": "hello", "idempotency_key": "k"}

    again = shard.do("send_message", agent="ann", **sent)
    assert (again.message_id, again.thread_id, again.is_duplicate) == (id, id, True)
    shard.do("ack_message", receipt=read(shard)[0].receipt)
    shard.restart()
    assert shard.do("send_message", agent="ann", **sent) == again
    assert read(shard) == []
    assert shard.do("send_message", agent="eve", **sent).message_id != id


def test_the_same_key_with_another_body_is_a_conflict(shard: Shard) -> None:
    id = send_one(shard, idempotency_key="k")

    reply = shard.do(
        "send_message",
        agent="ann",
        target="bob",
        message_type="STATUS",
        message="other",
        idempotency_key="k",
    )

    assert refused(reply, "idempotency_conflict").details == {"ref": id}


def test_a_key_is_free_again_after_its_window(shard: Shard) -> None:
    id = send_one(shard, idempotency_key="k", ttl_s=60)
    shard.advance(25 * HOUR_S)

    assert send_one(shard, idempotency_key="k", ttl_s=60) != id


def test_a_holder_proves_its_claim_and_passes_the_correlation_on(shard: Shard) -> None:
    task = shard.do("create_task", title="t", correlation_id="run-7").task_id
    claim = shard.do("claim_task", agent="ann")

    send_one(shard, task_id=task, fence=claim.fence)

    [item] = read(shard)
    assert (item.task_id, item.correlation_id) == (task, "run-7")


def test_a_zombie_cannot_send_in_the_name_of_its_lost_claim(shard: Shard) -> None:
    task = shard.do("create_task", title="t").task_id
    claim = shard.do("claim_task", agent="ann")
    shard.advance(61)

    reply = shard.do(
        "send_message",
        agent="ann",
        target="bob",
        message_type="RESULT",
        task_id=task,
        fence=claim.fence,
    )

    refused(reply, "stale_fence")
    assert read(shard) == []
    [stale] = shard.events("StaleWriteRefused")
    assert stale.verb == "send_message"
    unknown = {"target": "bob", "message_type": "ACK", "task_id": "task-0-99", "fence": 1}
    refused(shard.do("send_message", agent="ann", **unknown), "not_found")


def test_the_next_attempt_may_repeat_a_keyed_message_of_the_last(shard: Shard) -> None:
    task = shard.do("create_task", title="t").task_id
    first = shard.do("claim_task", agent="ann")
    id = send_one(shard, task_id=task, fence=first.fence, idempotency_key="step-1")
    shard.advance(400)
    second = shard.do("claim_task", agent="ann")

    assert second.fence > first.fence
    assert send_one(shard, task_id=task, fence=second.fence, idempotency_key="step-1") == id


def test_a_quarantined_agent_neither_sends_nor_reads_and_its_messages_stay(shard: Shard) -> None:
    shard.do("register_agent", agent="bob")
    send_one(shard, "kept")
    shard.do("quarantine_agent", name="bob", reason="odd")

    reply = shard.do("send_message", agent="bob", target="ann", message_type="ACK")
    refused(reply, "paused")
    refused(shard.do("get_messages", agent="bob"), "paused")
    shard.do("resume_agent", name="bob")
    assert texts(shard) == ["kept"]


def test_a_paused_agent_still_reads_and_sends(shard: Shard) -> None:
    shard.do("register_agent", agent="bob")
    shard.do("pause_agent", name="bob")
    send_one(shard, "resume soon")

    assert texts(shard) == ["resume soon"]
    assert send_one(shard, agent="bob", target="ann")


def test_a_closed_session_cannot_read(shard: Shard) -> None:
    shard.do("open_session", agent="bob", session="s-1")
    shard.do("close_session", session="s-1")
    send_one(shard)

    refused(shard.do("get_messages", agent="bob", session="s-1"), "session_closed")


def test_a_message_without_a_sender_or_a_reader_is_refused(shard: Shard) -> None:
    refused(shard.do("send_message", target="bob", message_type="ACK"), "invalid")
    refused(shard.do("get_messages"), "invalid")
    assert not shard.do("get_messages", agent="nobody")


@pytest.mark.parametrize(
    "fields",
    [
        {"message_type": "GREETING"},
        {"target": ""},
        {"ttl_s": 0},
        {"ttl_s": limits.TTL_S_MAX + 1},
        {"priority": 10},
        {"deliveries_max": 0},
        {"message": "x" * (limits.TEXT_CHARS_MAX + 1)},
        {"payload": float("nan")},
    ],
)
def test_a_malformed_message_is_refused_at_the_border(shard: Shard, fields: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        send_one(shard, **fields)
    assert shard.log == []


def test_messages_of_one_sender_come_in_the_order_in_which_they_were_sent(shard: Shard) -> None:
    for number in range(25):
        send_one(shard, str(number), priority=number % 10)
    shard.restart()

    assert texts(shard, limit=10) + texts(shard, limit=100) == [str(n) for n in range(25)]


def test_the_more_urgent_sender_goes_first(shard: Shard) -> None:
    send_one(shard, "first", agent="ann", priority="normal")
    send_one(shard, "later but urgent", agent="eve", priority="urgent")

    assert texts(shard) == ["later but urgent", "first"]


def test_an_urgent_message_pulls_the_earlier_ones_of_its_sender_along(shard: Shard) -> None:
    send_one(shard, "ann 1", agent="ann", priority="normal")
    send_one(shard, "eve 1", agent="eve", priority="low")
    send_one(shard, "eve 2", agent="eve", priority="urgent")
    send_one(shard, "eve 3", agent="eve", priority="low")

    assert texts(shard, limit=1) == ["eve 1"]
    assert texts(shard) == ["eve 2", "ann 1", "eve 3"]


def test_an_urgent_message_that_is_gone_pulls_nothing(shard: Shard) -> None:
    send_one(shard, "ann 1", agent="ann", priority="normal")
    send_one(shard, "eve 1", agent="eve", priority="low")
    send_one(shard, "eve 2", agent="eve", priority="urgent", message_type="QUERY")
    assert texts(shard, message_type="QUERY") == ["eve 2"]

    assert texts(shard) == ["ann 1", "eve 1"]


def test_a_message_that_came_back_goes_before_the_later_ones_of_its_sender(shard: Shard) -> None:
    send_one(shard, "one")
    send_one(shard, "two")
    read(shard, limit=1, visibility_s=5)
    shard.advance(6)

    assert texts(shard) == ["one", "two"]


def test_a_filter_hands_out_what_matches_and_leaves_the_rest(shard: Shard) -> None:
    for message_type in ("DIRECTIVE", "QUERY", "STATUS", "EVENT"):
        send_one(shard, message_type, message_type=message_type)

    assert texts(shard, message_type="QUERY") == ["QUERY"]
    assert texts(shard, message_type=["EVENT", "DIRECTIVE"]) == ["DIRECTIVE", "EVENT"]
    assert texts(shard, message_type=["EVENT", "DIRECTIVE"]) == []
    send_one(shard, "more", message_type="EVENT")
    assert texts(shard, message_type=["EVENT", "DIRECTIVE"]) == ["more"]
    assert texts(shard) == ["STATUS"]


def test_all_parts_of_a_filter_must_match(shard: Shard) -> None:
    send_one(shard, "a", message_type="RESULT", reply_to="q-1", thread_id="t-1")
    send_one(shard, "b", message_type="STATUS", reply_to="q-1", thread_id="t-1")
    send_one(shard, "c", message_type="RESULT", reply_to="q-2", thread_id="t-1")
    send_one(shard, "d", message_type="RESULT", reply_to="q-1", thread_id="t-2")

    assert texts(shard, reply_to="q-1", thread_id="t-2", limit=1, visibility_s=1) == ["d"]
    shard.advance(2)
    assert texts(shard, message_type="RESULT", reply_to="q-1", thread_id="t-1") == ["a"]
    assert texts(shard, message_type="STATUS", thread_id="t-1") == ["b"]
    assert texts(shard, reply_to="q-1") == ["d"]
    assert texts(shard) == ["c"]


def test_a_reader_who_waits_is_woken_by_the_event_that_brings_a_message(shard: Shard) -> None:
    woken = shard.state.woken
    send_one(shard)
    assert "mail:bob" in woken
    woken.clear()
    [item] = read(shard, visibility_s=5)
    assert "mail:bob" not in woken
    shard.advance(6)
    assert "mail:bob" in woken
    [item] = read(shard)
    woken.clear()
    shard.do("reject_message", receipt=item.receipt, requeue=True)
    assert "mail:bob" in woken


def test_an_alarm_that_rings_for_nothing_changes_nothing(shard: Shard) -> None:
    id = send_one(shard)

    assert decide_alarm(shard.state, f"{id}/bob", shard.now_us) == []
    assert decide_alarm(shard.state, f"{id}/nobody", shard.now_us) == []


def test_a_repeated_message_whose_content_is_lost_is_still_named(shard: Shard) -> None:
    id = send_one(shard, idempotency_key="k")
    shard.do("ack_message", receipt=read(shard)[0].receipt)
    content = shard.rows.pop(("message", id))
    shard.state.closed.clear()

    assert send_one(shard, idempotency_key="k") == id
    shard.rows["message", id] = content


def test_a_settled_mailbox_leaves_nothing_in_memory(shard: Shard) -> None:
    for name in ("bob", "cid"):
        shard.do("register_agent", agent=name, groups=["g"])
    for number in range(30):
        send_one(
            shard, target="group:g", message_type="QUERY", thread_id=f"t{number % 3}", reply_to="q"
        )
    for name in ("bob", "cid"):
        for item in read(shard, name, limit=100):
            shard.do("ack_message", receipt=item.receipt)

    state = shard.state
    for held in (state.messages, state.deliveries, state.mailboxes, state.unsettled):
        assert not held
    assert not state.alarms.due


def test_a_repeated_request_to_read_gets_the_first_answer_in_full(shard: Shard) -> None:
    send_one(shard, "bulky", payload={"x": [1, 2]})
    first = shard.do("get_messages", agent="bob", request_id="r-1")
    shard.restart()

    again = shard.do("get_messages", agent="bob", request_id="r-1")

    assert again == first
    assert again.items[0].payload == {"x": [1, 2]}
    assert "bulky" not in shard.log[-1]


def test_a_request_id_that_never_came_asks_for_nothing_that_was(shard: Shard) -> None:
    send_one(shard)
    shard.do("register_agent", agent="bob", request_id="r-1")

    refused(shard.do("get_messages", agent="bob", request_id="r-1"), "idempotency_conflict")
    assert len(read(shard, request_id="r-2")) == 1


def test_a_repeated_request_gets_the_first_answer_after_the_message_was_settled(
    shard: Shard,
) -> None:
    send_one(shard, "bulky")
    first = shard.do("get_messages", agent="bob", request_id="r-1")
    shard.do("ack_message", receipt=first.items[0].receipt)
    shard.restart()

    again = shard.do("get_messages", agent="bob", request_id="r-1")

    assert again == first
