"""Long polls: commands that found nothing, parked until something appears in one of their channels.

Parked commands that would find the same things stand in one line: when the first of a line finds nothing, the
others are not asked, so that a thousand idle agents cost one decision.
"""

import asyncio
from collections.abc import Callable, Hashable
from typing import Final, TypeAlias

from interlock.hub.batch import Answer
from interlock.kernel.command import Command, Refusal, Reply
from interlock.kernel.wait import Place, place_of

PARKED_MAX: Final = 100_000
"""Long polls that may wait at once."""

Line: TypeAlias = dict["Parked", None]
"""Parked commands in the order in which they came; the first one is its head."""


class Parked:
    """A command that waits, its caller, and the answer it gets when its time is over."""

    __slots__ = ("command", "empty", "future", "timer")

    def __init__(self, command: Command, *, future: asyncio.Future[Reply], empty: Reply) -> None:
        self.command = command
        self.future = future
        self.empty = empty
        self.timer: asyncio.TimerHandle | None = None


class ParkingLot:
    """All parked commands, by channel and by what they look for."""

    def __init__(self) -> None:
        self._lines: dict[str, dict[Hashable, Line]] = {}
        self._places: dict[Parked, Place] = {}

    def __len__(self) -> int:
        return len(self._places)

    def hold(
        self, command: Command, empty: Reply, *, seconds: float, give_up: Callable[[Parked], None]
    ) -> Answer:
        """Parks a command whose answer is `empty` so far; after `seconds` it is handed to `give_up`."""
        if len(self) >= PARKED_MAX:
            message = f"{PARKED_MAX} long polls wait already: ask again later"
            return Refusal(code="limit", message=message)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Reply] = loop.create_future()
        parked = Parked(command, future=future, empty=empty)
        self.park(parked, place_of(command))
        parked.timer = loop.call_later(seconds, give_up, parked)
        future.add_done_callback(lambda _: self.remove(parked))
        return future

    def park(self, parked: Parked, place: Place) -> None:
        """Puts a command at the end of its line in each channel. Choosy lines stand in front."""
        self._places[parked] = place
        for channel in place.channels:
            lines = self._lines.setdefault(channel, {})
            if place.signature not in lines and place.is_choosy:
                lines = self._lines[channel] = {place.signature: {}, **lines}
            lines.setdefault(place.signature, {})[parked] = None

    def remove(self, parked: Parked) -> None:
        """Takes a command away, if it is still there."""
        place = self._places.pop(parked, None)
        if place is None:
            return
        for channel in place.channels:
            lines = self._lines[channel]
            line = lines[place.signature]
            del line[parked]
            if not line:
                del lines[place.signature]
                if not lines:
                    del self._lines[channel]
        if parked.timer is not None:
            parked.timer.cancel()

    def lines(self, channel: str) -> list[Line]:
        """The lines of a channel; the head of each line is its first item."""
        return list(self._lines.get(channel, {}).values())

    def drain(self) -> list[Parked]:
        """Takes every command away, in the order in which they came."""
        parked = list(self._places)
        for each in parked:
            self.remove(each)
        return parked
