"""One arrival of a command at a hub, and what was durable then."""

from typing import Any

from tests.sim.call import Call
from tests.sim.violation import Violation


class Delivery:
    """Kept from the arrival to the answer."""

    __slots__ = ("at_us", "call", "head", "hub", "is_stale", "known")

    def __init__(self, call: Call, *, hub: Any, head: int, at_us: int, is_stale: bool) -> None:
        self.call = call
        self.hub = hub
        self.head = head
        self.at_us = at_us
        self.is_stale = is_stale
        """Whether that hub had lost the shard by then: what it reads may be old."""
        self.known = False
        """Whether the answer to its request id was durable by then."""

    def may_repeat(self) -> bool:
        """Whether the answer may be the first one of an earlier delivery."""
        return bool(self.call.command.request_id) and self.call.deliveries > 1

    def must_show(self, reply: Any) -> None:
        """The event that bears the command's mark must be durable."""
        if self.call.marker and not self.call.effects and not getattr(reply, "is_duplicate", False):
            raise Violation("no_answer_before_the_commit", f"{self.call.command} got {reply}")
