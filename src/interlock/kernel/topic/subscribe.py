"""Making, moving and ending a consumer group's subscription."""

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from interlock.kernel.command import Command, Decision, Event, Reply, refuse
from interlock.kernel.limits import ATTEMPTS_MAX, Name, Position
from interlock.kernel.topic.model import SUBSCRIPTIONS_MAX, Subscription, subscription_id

if TYPE_CHECKING:
    from interlock.kernel.state import State


class Subscribe(Command, frozen=True, kw_only=True):
    """Makes a durable subscription of a consumer group to a topic.

    It begins behind `from_position`: `now`, `start`, or the position of an event. Made again, it keeps its
    place and its limit. An event that was handed out `deliveries_max` times and never settled becomes a dead
    letter. Refusals: invalid (a position that does not exist yet), limit.
    """

    verb = "subscribe"
    repeatable = True
    reply = "SubscriptionState"

    topic: Name
    group: Name
    from_position: Position | Literal["now", "start"] = "now"
    deliveries_max: Annotated[int, Meta(ge=1, le=ATTEMPTS_MAX)] = 5


class SeekSubscription(Command, frozen=True, kw_only=True):
    """Moves a group's place: the next event it gets is the first one behind `position`. 0 replays everything.

    What its members have in hand is forgotten; their receipts settle nothing any more.
    Refusals: not_found, invalid (a position that does not exist yet).
    """

    verb = "seek_subscription"
    reply = "SubscriptionState"

    topic: Name
    group: Name
    position: Position


class GetSubscription(Command, frozen=True, kw_only=True):
    """Returns a group's place in a topic. Refusals: not_found."""

    verb = "get_subscription"
    repeatable = True
    reply = "SubscriptionState"

    topic: Name
    group: Name


class Unsubscribe(Command, frozen=True, kw_only=True):
    """Ends a group's subscription and forgets its place. Refusals: not_found."""

    verb = "unsubscribe"
    reply = "SubscriptionState"

    topic: Name
    group: Name


class SubscriptionMade(Event, frozen=True, kw_only=True):
    """A group reads a topic from here on."""

    subscription: str
    topic_name: str
    group: str
    position: int
    deliveries_max: int


class SubscriptionMoved(Event, frozen=True, kw_only=True):
    """A group's place was set."""

    subscription: str
    position: int
    agent: str = ""


class SubscriptionEnded(Event, frozen=True, kw_only=True):
    """A group reads a topic no more."""

    subscription: str
    agent: str = ""


class SubscriptionState(Reply, frozen=True, kw_only=True):
    """A group's place: everything up to `checkpoint` is settled, everything up to `cursor` was handed out;
    `in_hand` are the events between that are neither settled nor waiting to come again."""

    topic: str
    group: str
    cursor: int
    checkpoint: int
    in_hand: int = 0
    to_come_again: int = 0
    is_duplicate: bool = False


def decide_subscribe(state: "State", command: Subscribe, now_us: int) -> Decision:
    """A subscription that exists keeps its place."""
    id = subscription_id(command.topic, command.group)
    known = state.subscriptions.get(id)
    if known is not None:
        return [], state_of(known, is_duplicate=True)
    if len(state.subscriptions) >= SUBSCRIPTIONS_MAX:
        return refuse(
            "limit", f"there are {SUBSCRIPTIONS_MAX} subscriptions: end one that is not read"
        )
    start = command.from_position
    position = state.head if start == "now" else 0 if start == "start" else start
    if position > state.head:
        return _in_future(state, position)
    event = SubscriptionMade(
        at_us=now_us,
        subscription=id,
        topic_name=command.topic,
        group=command.group,
        position=position,
        deliveries_max=command.deliveries_max,
    )
    reply = SubscriptionState(
        topic=command.topic, group=command.group, cursor=position, checkpoint=position
    )
    return [event], reply


def decide_seek_subscription(state: "State", command: SeekSubscription, now_us: int) -> Decision:
    """To any position that exists."""
    found = find_subscription(state, command.topic, command.group)
    if not isinstance(found, Subscription):
        return found
    if command.position > state.head:
        return _in_future(state, command.position)
    event = SubscriptionMoved(
        at_us=now_us, subscription=found.id, position=command.position, agent=command.agent
    )
    reply = SubscriptionState(
        topic=found.topic, group=found.group, cursor=command.position, checkpoint=command.position
    )
    return [event], reply


def decide_get_subscription(state: "State", command: GetSubscription, now_us: int) -> Decision:
    """Answers from memory."""
    del now_us
    found = find_subscription(state, command.topic, command.group)
    return ([], state_of(found)) if isinstance(found, Subscription) else found


def decide_unsubscribe(state: "State", command: Unsubscribe, now_us: int) -> Decision:
    """The reply is the last place."""
    found = find_subscription(state, command.topic, command.group)
    if not isinstance(found, Subscription):
        return found
    event = SubscriptionEnded(at_us=now_us, subscription=found.id, agent=command.agent)
    return [event], state_of(found)


def apply_subscription_made(state: "State", event: SubscriptionMade, pos: int) -> None:
    """Applies: the group has a place."""
    subscription = Subscription(
        id=event.subscription,
        topic=event.topic_name,
        group=event.group,
        cursor=event.position,
        deliveries_max=event.deliveries_max,
        pos=pos,
    )
    state.subscriptions[subscription.id] = subscription
    state.touch("subscription", subscription.id, subscription)


def apply_subscription_moved(state: "State", event: SubscriptionMoved, pos: int) -> None:
    """Applies: the group has another place, and nothing in hand."""
    subscription = state.subscriptions[event.subscription]
    subscription.cursor = event.position
    subscription.open = {}
    subscription.receipts = ()
    subscription.pos = pos
    state.alarms.clear(subscription.id)
    state.woken.add("topic:" + subscription.topic)
    state.touch("subscription", subscription.id, subscription)


def apply_subscription_ended(state: "State", event: SubscriptionEnded, pos: int) -> None:
    """Applies: the place is forgotten."""
    del pos
    del state.subscriptions[event.subscription]
    state.alarms.clear(event.subscription)
    state.touch("subscription", event.subscription, None)


def find_subscription(state: "State", topic: str, group: str) -> Subscription | Decision:
    """The group's subscription, or the refusal."""
    found = state.subscriptions.get(subscription_id(topic, group))
    if found is not None:
        return found
    message = f"the group {group} is not subscribed to the topic {topic}: subscribe first"
    return refuse("not_found", message, topic=topic, group=group)


def state_of(subscription: Subscription, *, is_duplicate: bool = False) -> SubscriptionState:
    """The subscription as a caller sees it."""
    in_hand = sum(1 for held in subscription.open.values() if held.visible_us)
    return SubscriptionState(
        topic=subscription.topic,
        group=subscription.group,
        cursor=subscription.cursor,
        checkpoint=subscription.checkpoint(),
        in_hand=in_hand,
        to_come_again=len(subscription.open) - in_hand,
        is_duplicate=is_duplicate,
    )


def _in_future(state: "State", position: int) -> Decision:
    message = f"position {position} does not exist yet: the ledger ends at {state.head}"
    return refuse("invalid", message, position=position, head=state.head)
