"""The end of an event for a group: settled, back in line, or dead."""

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta
from msgspec.structs import replace

from interlock.kernel.command import Command, Decision, Event, Reply, refuse
from interlock.kernel.escalation import ESCALATION_TOPIC, EscalationRaised
from interlock.kernel.limits import BATCH_MAX, Name, Position
from interlock.kernel.topic.model import (
    RECEIPTS_MAX,
    DeadEvent,
    EventReceipt,
    InFlight,
    Subscription,
    dead_event_id,
    next_alarm_us,
)
from interlock.kernel.topic.subscribe import find_subscription

if TYPE_CHECKING:
    from interlock.kernel.state import State


class AckEvents(Command, frozen=True, kw_only=True):
    """Settles the events of a receipt for a group, all or those at `positions`: they will not come again.

    A late receipt settles what nobody was handed since. Given again, it gets the same kind of answer.
    Refusals: not_found, stale_receipt (all of it was handed out again or the group was moved).
    """

    verb = "ack_events"
    repeatable = True
    reply = "EventsSettled"

    topic: Name
    group: Name
    receipt: EventReceipt
    positions: Annotated[tuple[Position, ...], Meta(max_length=BATCH_MAX)] = ()


class EventsAcked(Event, frozen=True, kw_only=True):
    """A group has settled events."""

    subscription: str
    positions: tuple[int, ...]
    receipt_pos: int
    agent: str = ""


class EventsReturned(Event, frozen=True, kw_only=True):
    """The visibility of events ended unsettled: they come again."""

    subscription: str
    positions: tuple[int, ...]


class EventDied(Event, frozen=True, kw_only=True):
    """A group was handed an event as often as it may be: it goes on without it."""

    subscription: str
    position: int


class EventRedriven(Event, frozen=True, kw_only=True):
    """A dead event comes again to its group. `died_pos` is the event that gave it up."""

    dead_event: str
    died_pos: int
    agent: str = ""


class EventsSettled(Reply, frozen=True, kw_only=True):
    """The positions that this command settled, and the position up to which the group has settled all."""

    positions: tuple[int, ...] = ()
    checkpoint: int = 0
    is_duplicate: bool = False


def decide_ack_events(state: "State", command: AckEvents, now_us: int) -> Decision:
    """Only what still carries this receipt."""
    found = find_subscription(state, command.topic, command.group)
    if not isinstance(found, Subscription):
        return found
    id, _, digits = command.receipt.rpartition("@")
    receipt_pos = int(digits) if digits.isascii() and digits.isdigit() else 0
    named = command.positions or tuple(found.open)
    settled = tuple(
        sorted(
            p
            for p in set(named)
            if p in found.open and found.open[p].receipt_pos == receipt_pos > 0
        )
    )
    if id == found.id and settled:
        event = EventsAcked(
            at_us=now_us,
            subscription=found.id,
            positions=settled,
            receipt_pos=receipt_pos,
            agent=command.agent,
        )
        left = found.open.keys() - set(settled)
        checkpoint = min(left) - 1 if left else found.cursor
        return [event], EventsSettled(positions=settled, checkpoint=checkpoint)
    if (
        id == found.id
        and receipt_pos in found.receipts
        and not _is_pending(found, command.positions)
    ):
        return [], EventsSettled(checkpoint=found.checkpoint(), is_duplicate=True)
    return refuse(
        "stale_receipt",
        f"{command.receipt} settles nothing: its events were handed out again, or the group was moved",
        checkpoint=found.checkpoint(),
    )


def apply_events_acked(state: "State", event: EventsAcked, pos: int) -> None:
    """Applies: the events are settled, and the receipt is remembered for a while."""
    subscription = state.subscriptions[event.subscription]
    for position in event.positions:
        del subscription.open[position]
    known = tuple(receipt for receipt in subscription.receipts if receipt != event.receipt_pos)
    subscription.receipts = (*known, event.receipt_pos)[-RECEIPTS_MAX:]
    _touch(state, subscription, pos)


def decide_subscription_alarm(state: "State", id: str, now_us: int) -> list[Event]:
    """What a subscription's alarm means: the visibility of some of its events has ended."""
    subscription = state.subscriptions.get(id)
    if subscription is None:
        return []
    late = [
        (position, held)
        for position, held in sorted(subscription.open.items())
        if held.visible_us and held.visible_us <= now_us
    ]
    limit = subscription.deliveries_max
    again = tuple(position for position, held in late if held.delivery_count < limit)
    events: list[Event] = []
    if again:
        events.append(EventsReturned(at_us=now_us, subscription=id, positions=again))
    for position, held in late:
        if held.delivery_count >= limit:
            events += _die(subscription, position, now_us)
    return events


def apply_events_returned(state: "State", event: EventsReturned, pos: int) -> None:
    """Applies: the events wait to come again; their receipt is good until then."""
    subscription = state.subscriptions[event.subscription]
    for position in event.positions:
        subscription.open[position] = replace(subscription.open[position], visible_us=0)
    state.woken.add("topic:" + subscription.topic)
    _touch(state, subscription, pos)


def apply_event_died(state: "State", event: EventDied, pos: int) -> None:
    """Applies: the event is a dead letter of the group."""
    subscription = state.subscriptions[event.subscription]
    held = subscription.open.pop(event.position)
    dead = DeadEvent(
        id=dead_event_id(subscription.id, event.position),
        subscription=subscription.id,
        topic=subscription.topic,
        group=subscription.group,
        position=event.position,
        delivery_count=held.delivery_count,
        died_us=event.at_us,
        pos=pos,
        redriven=held.redriven,
    )
    state.closed["dead_event", dead.id] = dead
    state.touch("dead_event", dead.id, dead)
    _touch(state, subscription, pos)


def apply_event_redriven(state: "State", event: EventRedriven, pos: int) -> None:
    """Applies: the event waits to come to its group again."""
    dead = state.closed["dead_event", event.dead_event]
    assert isinstance(dead, DeadEvent)
    revived = replace(dead, is_dead=False, redriven=dead.redriven + 1, pos=pos)
    state.closed["dead_event", dead.id] = revived
    state.touch("dead_event", dead.id, revived)
    subscription = state.subscriptions[dead.subscription]
    subscription.open[dead.position] = InFlight(
        delivery_count=0, visible_us=0, receipt_pos=0, redriven=revived.redriven
    )
    state.woken.add("topic:" + subscription.topic)
    _touch(state, subscription, pos)


def _is_pending(subscription: Subscription, positions: tuple[int, ...]) -> bool:
    """Whether one of the named events is not settled: another member has it, or it comes again."""
    return any(p in subscription.open or p > subscription.cursor for p in positions)


def _die(subscription: Subscription, position: int, now_us: int) -> list[Event]:
    """A dead escalation is not escalated again, or the two would never end."""
    died = EventDied(at_us=now_us, subscription=subscription.id, position=position)
    if subscription.topic == ESCALATION_TOPIC:
        return [died]
    reason = f"the group {subscription.group} never settled the event at {position} of {subscription.topic}"
    escalation = EscalationRaised(
        at_us=now_us,
        topic=ESCALATION_TOPIC,
        noun="event",
        id=dead_event_id(subscription.id, position),
        reason=reason,
    )
    return [died, escalation]


def _touch(state: "State", subscription: Subscription, pos: int) -> None:
    subscription.pos = pos
    due_us = next_alarm_us(subscription)
    if due_us:
        state.alarms.set(subscription.id, due_us)
    else:
        state.alarms.clear(subscription.id)
    state.touch("subscription", subscription.id, subscription)
