"""Which waiting message of a mailbox comes next, under any filter.

The messages of one sender stand in a lane, in the order in which they were sent. The lane whose most urgent
message is the most urgent goes first, and gives its oldest message: so an urgent message pulls its sender's
earlier ones along instead of overtaking them (priority inheritance: Sha, Rajkumar, Lehoczky, IEEE Transactions
on Computers, 1990), and priority reorders between senders only.

Lanes and their order are sorted lists: a change costs a bisection and moves at most `MAILBOX_DEPTH_MAX`
pointers. All of this is rebuilt from what is waiting; nothing of it is written.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec

from interlock.kernel.mail.model import Message

_LEVELS: Final = 10


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """A filter: no types means all, an empty name means any."""

    types: frozenset[str] = frozenset()
    reply_to: str = ""
    thread_id: str = ""

    def admits(self, message: Message) -> bool:
        """Whether the message passes the filter."""
        return (
            (not self.types or message.message_type in self.types)
            and (not self.reply_to or message.reply_to == self.reply_to)
            and (not self.thread_id or message.thread_id == self.thread_id)
        )


class Lane:
    """The messages of one sender, oldest first, and how many there are of each priority."""

    __slots__ = ("by_priority", "messages")

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.by_priority = [0] * _LEVELS

    def rank(self) -> tuple[int, int]:
        """What orders the lanes: the highest priority in it, then the age of its oldest message."""
        highest = next(level for level in range(_LEVELS - 1, -1, -1) if self.by_priority[level])
        return -highest, self.messages[0].pos


class View:
    """The messages that pass one filter."""

    __slots__ = ("_lanes", "_order")

    def __init__(self, messages: Iterable[Message] = ()) -> None:
        self._lanes: dict[str, Lane] = {}
        self._order: list[tuple[int, int, str]] = []
        for message in messages:
            self.add(message)

    def __bool__(self) -> bool:
        return bool(self._order)

    def __iter__(self) -> Iterator[Message]:
        for lane in self._lanes.values():
            yield from lane.messages

    def first(self) -> Message:
        """The message that comes next; there must be one."""
        return self._lanes[self._order[0][2]].messages[0]

    def add(self, message: Message) -> None:
        """Puts a message into its place."""
        lane = self._lanes.get(message.source)
        if lane is None:
            lane = self._lanes[message.source] = Lane()
        else:
            self._unrank(lane, message.source)
        insort(lane.messages, message, key=_pos)
        lane.by_priority[message.priority] += 1
        insort(self._order, (*lane.rank(), message.source))

    def remove(self, message: Message) -> None:
        """Takes a message out; it must be there."""
        lane = self._lanes[message.source]
        self._unrank(lane, message.source)
        del lane.messages[bisect_left(lane.messages, message.pos, key=_pos)]
        lane.by_priority[message.priority] -= 1
        if lane.messages:
            insort(self._order, (*lane.rank(), message.source))
        else:
            del self._lanes[message.source]

    def _unrank(self, lane: Lane, source: str) -> None:
        del self._order[bisect_left(self._order, (*lane.rank(), source))]


class Index:
    """Views by a name that most messages do not share: a name with one message holds just that."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held: dict[str, Message | View] = {}

    def add(self, name: str, message: Message) -> None:
        """Puts a message under a name."""
        held = self._held.get(name)
        if held is None:
            self._held[name] = message
        elif isinstance(held, View):
            held.add(message)
        else:
            self._held[name] = View((held, message))

    def remove(self, name: str, message: Message) -> None:
        """Takes a message out; it must be there."""
        held = self._held[name]
        if isinstance(held, View):
            held.remove(message)
            if held:
                return
        del self._held[name]

    def view(self, name: str) -> View:
        """What stands under a name."""
        held = self._held.get(name)
        if isinstance(held, View):
            return held
        return View() if held is None else View((held,))


class Mailbox:
    """The open messages of one recipient. `depth` counts those handed out, too."""

    __slots__ = ("_by_reply", "_by_thread", "_by_types", "_waiting", "depth")

    def __init__(self) -> None:
        self.depth = 0
        self._waiting: dict[int, Message] = {}
        self._by_types: dict[frozenset[str], View] = {}
        self._by_reply = Index()
        self._by_thread = Index()

    def add(self, message: Message) -> None:
        """The message waits to be read."""
        self._waiting[message.pos] = message
        for types, view in self._by_types.items():
            if not types or message.message_type in types:
                view.add(message)
        self._by_thread.add(message.thread_id, message)
        if message.reply_to:
            self._by_reply.add(message.reply_to, message)

    def remove(self, message: Message) -> None:
        """The message does not wait any more."""
        del self._waiting[message.pos]
        for types, view in self._by_types.items():
            if not types or message.message_type in types:
                view.remove(message)
        self._by_thread.remove(message.thread_id, message)
        if message.reply_to:
            self._by_reply.remove(message.reply_to, message)

    def first(
        self, wanted: Wanted, *, limit: int, is_fresh: Callable[[Message], bool]
    ) -> list[Message]:
        """Up to `limit` messages that come next under the filter, without those that are not fresh."""
        view = self._view(wanted)
        found: list[Message] = []
        seen: list[Message] = []
        while view and len(found) < limit:
            message = view.first()
            view.remove(message)
            seen.append(message)
            if is_fresh(message):
                found.append(message)
        for message in seen:
            view.add(message)
        return found

    def _view(self, wanted: Wanted) -> View:
        if wanted.reply_to:
            view = self._by_reply.view(wanted.reply_to)
        elif wanted.thread_id:
            view = self._by_thread.view(wanted.thread_id)
        else:
            return self._view_of_types(wanted.types)
        if not wanted.types and not (wanted.reply_to and wanted.thread_id):
            return view
        return View(message for message in view if wanted.admits(message))

    def _view_of_types(self, types: frozenset[str]) -> View:
        """Made when somebody first asks; six types make at most 64 of these."""
        view = self._by_types.get(types)
        if view is None:
            wanted = Wanted(types=types)
            matching = (message for message in self._waiting.values() if wanted.admits(message))
            view = self._by_types[types] = View(matching)
        return view


def _pos(message: Message) -> int:
    return message.pos
