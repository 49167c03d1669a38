"""The subscription: how far a consumer group has read a topic, and what its members have in hand."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from interlock.kernel.limits import NAME_CHARS_MAX

WINDOW_MAX: Final = 1_000
"""Events of one group that may be handed out and unsettled: its row holds each of them."""

SUBSCRIPTIONS_MAX: Final = 10_000
RECEIPTS_MAX: Final = 100
"""Settled receipts that a subscription remembers, so that one given twice gets the same
answer. `apply` depends on it: it never changes."""

DELIVERY_LIMIT: Final = "delivery_limit"

EventReceipt = Annotated[str, Meta(min_length=1, max_length=2 * NAME_CHARS_MAX + 64)]


class InFlight(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """An event that was handed out and is not settled. `visible_us` 0 means that it waits to come again."""

    delivery_count: int
    visible_us: int
    receipt_pos: int
    redriven: int = 0


class Subscription(msgspec.Struct, kw_only=True, gc=False, omit_defaults=True):
    """One group's place in one topic; also the body of its state row. Only `apply` changes it.

    `cursor` is the last position handed out. What is at or before it and not in `open` is settled.
    """

    id: str
    topic: str
    group: str
    cursor: int
    deliveries_max: int
    pos: int = 0
    open: dict[int, InFlight] = {}
    receipts: tuple[int, ...] = ()

    def columns(self) -> tuple[str, str, int, int]:
        """Queue, status, position and phase of the state row."""
        return self.topic, "open", self.pos, 1

    def checkpoint(self) -> int:
        """The position up to which everything is settled."""
        return min(self.open) - 1 if self.open else self.cursor


class DeadEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """An event that a group was handed as often as it may be and never settled."""

    id: str
    subscription: str
    topic: str
    group: str
    position: int
    delivery_count: int
    died_us: int
    pos: int
    redriven: int = 0
    is_dead: bool = True

    def columns(self) -> tuple[str, str, int, int]:
        """Queue, status, position and phase of the state row."""
        status, phase = ("dead", 2) if self.is_dead else ("redriven", 0)
        return self.topic, status, self.pos, phase


def subscription_id(topic: str, group: str) -> str:
    """The id of a group's subscription; the length keeps two names with slashes apart."""
    return f"subscription-{len(topic)}/{topic}/{group}"


def dead_event_id(subscription: str, position: int) -> str:
    """The id of the dead letter that an event became for a subscription."""
    return f"event-{position}/{subscription}"


def next_alarm_us(subscription: Subscription) -> int:
    """When the first event in hand becomes visible again; 0 if none is in hand."""
    return min(
        (held.visible_us for held in subscription.open.values() if held.visible_us), default=0
    )
