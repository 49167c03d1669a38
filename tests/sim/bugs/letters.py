"""Bugs of messages and topics."""

from contextlib import AbstractContextManager
from typing import Any

from msgspec.structs import replace

from interlock.kernel.apply import APPLY
from interlock.kernel.decide import DECIDE
from interlock.kernel.mail import receive, send, settle
from interlock.kernel.mail.place import close_delivery
from interlock.kernel.schedule import fire
from interlock.kernel.topic import settle as topic_settle
from tests.sim.bugs.bug import Bug, entry, replaced

Plant = AbstractContextManager[object]


def _reading_settles() -> Plant:
    read = DECIDE[receive.GetMessages]

    def decide(state: Any, command: Any, now_us: int) -> Any:
        events, reply = read(state, command, now_us)
        for event in events[:1]:
            acks = [settle.MessageAcked(at_us=now_us, delivery_id=id) for id in event.deliveries]
            return [*events, *acks], reply
        return events, reply

    return entry(DECIDE, receive.GetMessages, decide)


def _recipients_share_one_state() -> Plant:
    apply = APPLY[settle.MessageAcked]

    def for_all(state: Any, event: Any, pos: int) -> None:
        message_id = state.deliveries[event.delivery_id].message_id
        apply(state, event, pos)
        for delivery in list(state.deliveries.values()):
            if delivery.message_id == message_id:
                close_delivery(state, delivery, "acked", at_us=event.at_us, pos=pos)

    return entry(APPLY, settle.MessageAcked, for_all)


def _ttl_by_client_clock() -> Plant:
    make = send._new_message

    def skewed(*place: Any, **more: Any) -> Any:
        message = make(*place, **more)
        return replace(message, expires_us=message.expires_us - 3_600_000_000)

    return replaced(send, "_new_message", skewed)


def _delivered_for_ever() -> Plant:
    return replaced(settle, "is_exhausted", lambda state, delivery: False)


def _any_receipt_settles() -> Plant:
    def any_one(state: Any, receipt: str) -> Any:
        id = receipt.rpartition("@")[0]
        return state.deliveries.get(id) or latest(state, receipt)

    latest = settle._latest
    return replaced(settle, "_latest", any_one)


def _being_away_counts_as_delivery() -> Plant:
    alarm = settle.decide_message_alarm

    def impatient(state: Any, id: str, now_us: int) -> Any:
        delivery = state.deliveries.get(id)
        if delivery is not None and not delivery.visible_us and delivery.expires_us <= now_us:
            return settle.die(
                state, delivery, reason=settle.DELIVERY_LIMIT, detail="", now_us=now_us
            )
        return alarm(state, id, now_us)

    from interlock.kernel.tick import ALARMS

    return entry(ALARMS, "message", impatient)


def _late_mail_handed_out() -> Plant:
    def stale(state: Any, command: Any, now_us: int) -> Any:
        return read(state, command, now_us - 60_000_000)

    read = DECIDE[receive.GetMessages]
    return entry(DECIDE, receive.GetMessages, stale)


def _topic_comes_again_at_once() -> Plant:
    def at_once(subscription: Any) -> int:
        return 1 if any(held.visible_us for held in subscription.open.values()) else 0

    alarm = topic_settle.decide_subscription_alarm

    def early(state: Any, id: str, now_us: int) -> Any:
        events = alarm(state, id, now_us + 60_000_000)
        return [replace(event, at_us=now_us) for event in events]

    from interlock.kernel.tick import ALARMS
    from tests.sim.bugs.bug import together

    return together(
        entry(ALARMS, "subscription", early), replaced(topic_settle, "next_alarm_us", at_once)
    )


def _schedule_fires_again() -> Plant:
    return replaced(fire, "next_us", lambda timing, *, after_us: after_us)


BUGS = (
    Bug("reading settles", _reading_settles, ("only_its_latest_receipt_settles",), "mail"),
    Bug(
        "recipients share one state",
        _recipients_share_one_state,
        (
            "rows_tell_the_story_of_the_log",
            "waiting_mail_is_handed_out",
            "alarms_ring",
            "no_wake_up_is_lost",
            "the_most_urgent_sender_goes_first",
        ),
        "mail",
    ),
    Bug(
        "time to live by a client's clock",
        _ttl_by_client_clock,
        ("time_to_live_counts_by_the_hubs_clock",),
        "mail",
    ),
    Bug("delivered for ever", _delivered_for_ever, ("deliveries_have_a_limit",), "mail"),
    Bug("any receipt settles", _any_receipt_settles, ("only_its_latest_receipt_settles",), "mail"),
    Bug(
        "being away counts as delivery",
        _being_away_counts_as_delivery,
        ("messages_die_for_a_reason",),
        "mail",
    ),
    Bug(
        "late mail handed out",
        _late_mail_handed_out,
        ("what_has_expired_is_not_handed_out", "time_never_runs_backwards"),
        "mail",
    ),
    Bug(
        "topic comes again at once",
        _topic_comes_again_at_once,
        ("a_receipt_is_good_while_it_is_visible", "messages_die_for_a_reason"),
        "mail",
    ),
    Bug(
        "schedule fires again",
        _schedule_fires_again,
        ("each_time_fires_once", "time_goes_on"),
        "mixed",
    ),
)
