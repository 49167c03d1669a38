"""Reading a topic as a member of a consumer group.

The hub asks `wanted_events` what to read from the store, reads it, and hands it to `decide_get_events`.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from interlock.kernel.agent import refuse_agent
from interlock.kernel.command import Command, Decision, Event
from interlock.kernel.limits import Count, LeaseSeconds, Name, OptionalName, WaitSeconds
from interlock.kernel.topic.model import WINDOW_MAX, InFlight, Subscription, next_alarm_us
from interlock.kernel.topic.publish import TopicEvents, read_event
from interlock.kernel.topic.subscribe import find_subscription

if TYPE_CHECKING:
    from interlock.kernel.state import State


class GetEvents(Command, frozen=True, kw_only=True):
    """Hands out up to `limit` events of a topic to one member of a group, oldest first, with one receipt.

    For `visibility_s` seconds no other member of the group gets the same events; then those that were not
    given to `ack_events` come again. At most 1,000 events of a group may be unsettled. With `wait_s` it waits
    that long at the most for the first one. A `request_id` is not looked at: ask again, and what the lost
    answer held comes again after its visibility.

    Returns `TopicEvents`, which is false when there are none. Refusals: not_found (the group is not
    subscribed), paused (the agent is quarantined), session_closed.
    """

    verb = "get_events"
    repeatable = True
    reply = "TopicEvents"

    topic: Name
    group: Name
    limit: Count = 10
    visibility_s: LeaseSeconds = 60.0
    wait_s: WaitSeconds = 0.0
    session: OptionalName = ""


class EventsDelivered(Event, frozen=True, kw_only=True):
    """A member of a group was handed events, invisible to the others until `visible_us`."""

    subscription: str
    positions: tuple[int, ...]
    visible_us: int
    agent: str = ""
    session: str = ""


class WantedEvents(msgspec.Struct, frozen=True, gc=False):
    """What to read from the store: these positions, which come again, and up to `limit` events of the topic
    behind `after`."""

    after: int
    limit: int = 0
    positions: tuple[int, ...] = ()


def wanted_events(state: "State", command: GetEvents) -> WantedEvents:
    """What the command could be handed now."""
    found = find_subscription(state, command.topic, command.group)
    if not isinstance(found, Subscription):
        return WantedEvents(after=state.head)
    waiting = sorted(position for position, held in found.open.items() if not held.visible_us)
    again = tuple(waiting[: command.limit])
    fresh = min(command.limit - len(again), WINDOW_MAX - len(found.open))
    return WantedEvents(after=found.cursor, limit=fresh, positions=again)


def was_moved_back(state: "State", command: GetEvents, wanted: WantedEvents) -> bool:
    """Whether the group's place was moved back since `wanted` was asked for, so that what was read has a gap:
    ask and read again."""
    found = find_subscription(state, command.topic, command.group)
    return isinstance(found, Subscription) and wanted.after > found.cursor


def decide_get_events(
    state: "State", command: GetEvents, now_us: int, *, available: Iterable[tuple[int, str]]
) -> Decision:
    """What came again, then what is new.

    `available` are (position, stored text) of the events that `wanted_events` named, oldest first; the group
    must not have been moved back since.
    """
    refusal = refuse_agent(state, agent=command.agent, session=command.session, sending=True)
    if refusal is not None:
        return refusal
    found = find_subscription(state, command.topic, command.group)
    if not isinstance(found, Subscription):
        return found
    chosen = _choose(found, available, limit=command.limit)
    if not chosen:
        return [], TopicEvents()
    event = EventsDelivered(
        at_us=now_us,
        subscription=found.id,
        positions=tuple(position for position, _ in chosen),
        visible_us=now_us + int(command.visibility_s * 1_000_000),
        agent=command.agent,
        session=command.session,
    )
    items = tuple(
        read_event(position, body, delivery_count=_delivery_count(found, position) + 1)
        for position, body in chosen
    )
    return [event], TopicEvents(items=items, receipt=f"{found.id}@{state.head + 1}")


def apply_events_delivered(state: "State", event: EventsDelivered, pos: int) -> None:
    """Applies: the events are in hand; `pos` makes their receipt."""
    subscription = state.subscriptions[event.subscription]
    for position in event.positions:
        before = subscription.open.get(position)
        subscription.open[position] = InFlight(
            delivery_count=_delivery_count(subscription, position) + 1,
            visible_us=event.visible_us,
            receipt_pos=pos,
            redriven=before.redriven if before else 0,
        )
    subscription.cursor = max(subscription.cursor, *event.positions)
    subscription.pos = pos
    state.alarms.set(subscription.id, next_alarm_us(subscription))
    state.touch("subscription", subscription.id, subscription)


def _choose(
    subscription: Subscription, available: Iterable[tuple[int, str]], *, limit: int
) -> list[tuple[int, str]]:
    """Those that may be handed out now: the group may have read on since the hub asked."""
    room = WINDOW_MAX - len(subscription.open)
    chosen: list[tuple[int, str]] = []
    for position, body in available:
        held = subscription.open.get(position)
        is_new = held is None and position > subscription.cursor and room > 0
        if len(chosen) < limit and (is_new or (held is not None and not held.visible_us)):
            chosen.append((position, body))
            room -= is_new
    return chosen


def _delivery_count(subscription: Subscription, position: int) -> int:
    held = subscription.open.get(position)
    return held.delivery_count if held else 0
