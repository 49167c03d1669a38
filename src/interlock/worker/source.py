"""What an inbox is fed from: the agent's messages, or a consumer group's events of a topic."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from interlock.kernel.mail.receive import ReceivedMessage
from interlock.kernel.topic.publish import TopicEvent
from interlock.worker.desk import MessageType
from interlock.worker.shift import POLL_S, Shift


@dataclass(frozen=True, kw_only=True)
class Item:
    """A message or an event in hand. `key` is the same whenever it comes."""

    value: ReceivedMessage | TopicEvent
    key: str
    receipt: str
    correlation_id: str


class Source(Protocol):
    """Hands out one item at a time, which comes again unless it is settled."""

    async def open(self) -> None:
        """Makes sure that items come."""
        ...

    async def poll(self, *, visibility_s: float) -> Item | None:
        """Waits for the next item."""
        ...

    async def settle(self, item: Item) -> None:
        """It will not come again."""
        ...

    async def refuse(self, item: Item, *, reason: str) -> None:
        """It is not to be tried again."""
        ...

    async def give_back(self, item: Item) -> None:
        """It was not worked on: somebody else may have it at once, where that is possible."""
        ...


class Mailbox:
    """The agent's messages of some types."""

    def __init__(self, shift: Shift, *, message_types: Sequence[MessageType]) -> None:
        self._shift = shift
        self._types = tuple(message_types)

    async def open(self) -> None:
        """A mailbox is always there."""

    async def poll(self, *, visibility_s: float) -> Item | None:
        """The next message."""
        found = await self._shift.plane.get_messages(
            message_type=self._types,
            limit=1,
            visibility_s=visibility_s,
            wait_s=POLL_S,
            session=self._shift.session,
            agent=self._shift.agent,
        )
        if not found:
            return None
        message = found.items[0]
        return Item(
            value=message,
            key=message.id,
            receipt=message.receipt,
            correlation_id=message.correlation_id,
        )

    async def settle(self, item: Item) -> None:
        """Acknowledges it."""
        await self._shift.plane.ack_message(item.receipt, agent=self._shift.agent)

    async def refuse(self, item: Item, *, reason: str) -> None:
        """Makes it a dead letter."""
        await self._shift.plane.reject_message(item.receipt, reason=reason, agent=self._shift.agent)

    async def give_back(self, item: Item) -> None:
        """Puts it back at its old place."""
        await self._shift.plane.reject_message(
            item.receipt,
            reason="the worker is stopping",
            requeue=True,
            agent=self._shift.agent,
        )


class Feed:
    """The events of a topic that one consumer group shares."""

    def __init__(
        self, shift: Shift, *, topic: str, group: str, from_position: int | Literal["now", "start"]
    ) -> None:
        self._shift = shift
        self._topic = topic
        self._group = group
        self._from_position = from_position

    async def open(self) -> None:
        """Subscribes the group; one that is subscribed keeps its place."""
        await self._shift.plane.subscribe(
            self._topic,
            group=self._group,
            from_position=self._from_position,
            agent=self._shift.agent,
        )

    async def poll(self, *, visibility_s: float) -> Item | None:
        """The next event."""
        found = await self._shift.plane.get_events(
            self._topic,
            group=self._group,
            limit=1,
            visibility_s=visibility_s,
            wait_s=POLL_S,
            session=self._shift.session,
            agent=self._shift.agent,
        )
        if not found:
            return None
        event = found.items[0]
        return Item(
            value=event,
            key=f"{self._group}/{event.position}",
            receipt=found.receipt,
            correlation_id=event.correlation_id,
        )

    async def settle(self, item: Item) -> None:
        """Moves the group on."""
        await self._shift.plane.ack_events(
            self._topic, group=self._group, receipt=item.receipt, agent=self._shift.agent
        )

    async def refuse(self, item: Item, *, reason: str) -> None:
        """Moves the group on: an event cannot be sent back. The log says why."""
        del reason
        await self.settle(item)

    async def give_back(self, item: Item) -> None:
        """It comes again when its visibility ends."""
