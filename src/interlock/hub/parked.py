"""Long polls: commands that found nothing, parked until something appears in one of their channels.

Parked commands that would find the same things stand in one line: when the first of a line finds nothing, the
others are not asked, so that a thousand idle agents cost one decision.
"""

import asyncio
from collections.abc import Hashable, Iterator
from typing import TypeAlias

from interlock.kernel.command import Command, Reply
from interlock.kernel.wait import Place

Line: TypeAlias = dict[int, "Parked"]


class Parked:
    """A command that waits, its caller, and the answer it gets when its time is over."""

    __slots__ = ("command", "empty", "future", "number", "timer")

    def __init__(
        self, command: Command, *, future: asyncio.Future[Reply], empty: Reply, number: int
    ) -> None:
        self.command = command
        self.future = future
        self.empty = empty
        self.number = number
        self.timer: asyncio.TimerHandle | None = None


class ParkingLot:
    """All parked commands, by channel and by what they look for."""

    def __init__(self) -> None:
        self._lines: dict[str, dict[Hashable, Line]] = {}
        self._places: dict[int, Place] = {}

    def __len__(self) -> int:
        return len(self._places)

    def park(self, parked: Parked, place: Place) -> None:
        """Puts a command at the end of its line in each channel. Choosy lines stand in front."""
        self._places[parked.number] = place
        for channel in place.channels:
            lines = self._lines.setdefault(channel, {})
            if place.signature not in lines and place.is_choosy:
                lines = self._lines[channel] = {place.signature: {}, **lines}
            lines.setdefault(place.signature, {})[parked.number] = parked

    def remove(self, parked: Parked) -> None:
        """Takes a command away, if it is still there."""
        place = self._places.pop(parked.number, None)
        if place is None:
            return
        for channel in place.channels:
            lines = self._lines[channel]
            line = lines[place.signature]
            del line[parked.number]
            if not line:
                del lines[place.signature]
                if not lines:
                    del self._lines[channel]
        if parked.timer is not None:
            parked.timer.cancel()

    def lines(self, channel: str) -> list[Line]:
        """The lines of a channel; the head of each line is its first item."""
        return list(self._lines.get(channel, {}).values())

    def drain(self) -> Iterator[Parked]:
        """Takes every command away."""
        found = {
            number: parked
            for lines in self._lines.values()
            for line in lines.values()
            for number, parked in line.items()
        }
        for parked in found.values():
            self.remove(parked)
            yield parked
