"""Bugs of order and fairness, of tasks and of messages."""

import asyncio
from contextlib import AbstractContextManager
from typing import Any

import interlock.hub.group as group_module
from interlock.hub.parked import Parked, ParkingLot
from interlock.kernel.apply import APPLY
from interlock.kernel.mail import settle
from interlock.kernel.mail.mailbox import Mailbox, View
from interlock.kernel.ready import ReadyQueue
from interlock.kernel.wait import place_of
from tests.sim.bugs.bug import Bug, entry, replaced, together

Plant = AbstractContextManager[object]


def _priority_inverted() -> Plant:
    add = ReadyQueue.add

    def inverted(queue: ReadyQueue, pos: int, *, priority: int, **place: Any) -> None:
        add(queue, pos, priority=9 - priority, **place)

    return replaced(ReadyQueue, "add", inverted)


def _fairness_starves() -> Plant:
    return replaced(ReadyQueue, "charge", lambda queue, key: None)


def _weights_ignored() -> Plant:
    charge = ReadyQueue.charge

    def level(queue: ReadyQueue, key: str) -> None:
        weights, queue.weights = queue.weights, {}
        charge(queue, key)
        queue.weights = weights

    return replaced(ReadyQueue, "charge", level)


def _newest_first() -> Plant:
    take = ReadyQueue.take

    def last(queue: ReadyQueue, capabilities: Any, is_ready: Any) -> int | None:
        first = take(queue, capabilities, is_ready)
        if first is None:
            return None
        for lane in queue._lanes.values():
            for level in lane.levels:
                for waiting in level.by_key.values() if level else ():
                    if first in waiting:
                        return max(pos for pos in waiting if is_ready(pos))
        return first

    return replaced(ReadyQueue, "take", last)


def _wake_up_lost() -> Plant:
    """Looks, and begins to wait a little later, without looking again."""

    def late(
        lot: ParkingLot, command: Any, empty: Any, *, seconds: float, give_up: Any
    ) -> asyncio.Future[Any]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        parked = Parked(command, future=future, empty=empty)

        def begin() -> None:
            lot.park(parked, place_of(command))
            parked.timer = loop.call_later(seconds, give_up, parked)

        loop.call_later(0.5, begin)
        return future

    return replaced(ParkingLot, "hold", late)


def _ready_work_hidden() -> Plant:
    take = ReadyQueue.take

    def blind(queue: ReadyQueue, capabilities: Any, is_ready: Any) -> int | None:
        pos = take(queue, capabilities, is_ready)
        return None if pos is not None and pos % 7 == 0 else pos

    return replaced(ReadyQueue, "take", blind)


def _mail_out_of_order() -> Plant:
    def latest(view: View) -> Any:
        return view._lanes[view._order[0][2]].messages[-1]

    return replaced(View, "first", latest)


def _redelivered_mail_goes_last() -> Plant:
    returned: set[str] = set()
    apply, first = APPLY[settle.MessageReturned], Mailbox.first

    def note(state: Any, event: Any, pos: int) -> None:
        returned.add(event.delivery_id.partition("/")[0])
        apply(state, event, pos)

    def behind(mailbox: Mailbox, wanted: Any, *, limit: int, is_fresh: Any) -> Any:
        found = first(mailbox, wanted, limit=limit + 10, is_fresh=is_fresh)
        return sorted(found, key=lambda message: message.id in returned)[:limit]

    return together(entry(APPLY, settle.MessageReturned, note), replaced(Mailbox, "first", behind))


def _urgent_mail_waits() -> Plant:
    def oldest(view: View) -> Any:
        return min(
            (lane.messages[0] for lane in view._lanes.values()), key=lambda message: message.pos
        )

    return replaced(View, "first", oldest)


def _topic_skips() -> Plant:
    read = group_module.read_events

    async def forgetful(*place: Any, **wanted: Any) -> Any:
        records = await read(*place, **wanted)
        return records[1:] if len(records) > 1 else records

    return replaced(group_module, "read_events", forgetful)


BUGS = (
    Bug("priority inverted", _priority_inverted, ("the_highest_priority_goes_first",), "order"),
    Bug("fairness starves", _fairness_starves, ("shares_are_fair",), "fair"),
    Bug("weights ignored", _weights_ignored, ("shares_are_fair",), "fair"),
    Bug("newest task first", _newest_first, ("first_in_first_out",), "order"),
    Bug("wake-up lost", _wake_up_lost, ("no_wake_up_is_lost",), "quiet"),
    Bug(
        "ready work hidden", _ready_work_hidden, ("ready_work_is_handed_out", "no_wake_up_is_lost")
    ),
    Bug(
        "mail out of order", _mail_out_of_order, ("one_senders_messages_keep_their_order",), "mail"
    ),
    Bug(
        "redelivered mail goes last",
        _redelivered_mail_goes_last,
        ("one_senders_messages_keep_their_order", "the_most_urgent_sender_goes_first"),
        "mail",
    ),
    Bug("urgent mail waits", _urgent_mail_waits, ("the_most_urgent_sender_goes_first",), "mail"),
    Bug("topic skips an event", _topic_skips, ("a_group_skips_nothing",), "mail"),
)
