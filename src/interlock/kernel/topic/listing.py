"""Topics and subscriptions in lists."""

from typing import TYPE_CHECKING

import msgspec

from interlock.kernel.command import Command, Decision, Reply
from interlock.kernel.limits import Count, OptionalName
from interlock.kernel.page import Cursor, page_of
from interlock.kernel.topic.model import Subscription

if TYPE_CHECKING:
    from interlock.kernel.state import State


class GetSubscriptions(Command, frozen=True, kw_only=True):
    """Lists up to `limit` subscriptions by topic and group, all or those of a `topic` or a `group`.

    `cursor` is that of the page before.
    """

    verb = "get_subscriptions"
    repeatable = True
    reply = "Subscriptions"

    topic: OptionalName = ""
    group: OptionalName = ""
    limit: Count = 50
    cursor: Cursor = ""


class GetTopics(Command, frozen=True, kw_only=True):
    """Lists up to `limit` topics that something was ever published to, by name, each with its latest position.

    `cursor` is that of the page before.
    """

    verb = "get_topics"
    repeatable = True
    reply = "Topics"

    limit: Count = 50
    cursor: Cursor = ""


class SubscriptionSummary(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A group's place in a topic: everything up to `checkpoint` is settled, everything up to `cursor` was handed out;
    `in_hand` are the events between that are neither settled nor waiting to come again."""

    topic: str
    group: str
    cursor: int
    checkpoint: int
    in_hand: int = 0
    to_come_again: int = 0
    deliveries_max: int = 0


class Subscriptions(Reply, frozen=True, kw_only=True):
    """One page of subscriptions; `cursor` asks for the next one and is empty on the last. False when it is empty."""

    items: tuple[SubscriptionSummary, ...] = ()
    cursor: str = ""

    def __bool__(self) -> bool:
        return bool(self.items)


class TopicSummary(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A topic in a list. A subscription whose checkpoint is at `last_position` or behind it has nothing left."""

    topic: str
    last_position: int
    subscription_count: int = 0


class Topics(Reply, frozen=True, kw_only=True):
    """One page of topics; `cursor` asks for the next one and is empty on the last. False when the page is empty."""

    items: tuple[TopicSummary, ...] = ()
    cursor: str = ""

    def __bool__(self) -> bool:
        return bool(self.items)


def decide_get_subscriptions(state: "State", command: GetSubscriptions, now_us: int) -> Decision:
    """From memory, by topic and group; it looks at each subscription once."""
    del now_us
    wanted = (
        each
        for each in state.subscriptions.values()
        if (not command.topic or each.topic == command.topic)
        and (not command.group or each.group == command.group)
    )
    page, cursor = page_of(wanted, name=_name, cursor=command.cursor, limit=command.limit)
    return [], Subscriptions(items=tuple(_summary(each) for each in page), cursor=cursor)


def topics_of(state: "State", found: list[tuple[str, int]], *, limit: int) -> Topics:
    """The page of topics, from names and last positions of one more than `limit` at the most."""
    counts: dict[str, int] = {}
    for each in state.subscriptions.values():
        counts[each.topic] = counts.get(each.topic, 0) + 1
    items = tuple(
        TopicSummary(topic=topic, last_position=pos, subscription_count=counts.get(topic, 0))
        for topic, pos in found[:limit]
    )
    return Topics(items=items, cursor=items[-1].topic if len(found) > limit else "")


def _name(subscription: Subscription) -> str:
    """Sorts by topic, then group: no name holds the character between."""
    return f"{subscription.topic}\t{subscription.group}"


def _summary(subscription: Subscription) -> SubscriptionSummary:
    in_hand = sum(1 for held in subscription.open.values() if held.visible_us)
    return SubscriptionSummary(
        topic=subscription.topic,
        group=subscription.group,
        cursor=subscription.cursor,
        checkpoint=subscription.checkpoint(),
        in_hand=in_hand,
        to_come_again=len(subscription.open) - in_hand,
        deliveries_max=subscription.deliveries_max,
    )
