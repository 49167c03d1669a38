"""Alarms: what has to be looked at, and when. Each object has at most one.

A heap with lazy removal: an entry counts only while it agrees with `due`. The heap is rebuilt when dead
entries outnumber live ones, so its size stays in proportion and each change costs O(log n) amortised.
"""

from heapq import heapify, heappop, heappush
from typing import Final

_SLACK: Final = 1_024
"""Dead entries that are not worth a rebuild."""


class Alarms:
    """Maps the id of an object to the hub time, in microseconds, at which it is due."""

    __slots__ = ("_heap", "due")

    def __init__(self) -> None:
        self.due: dict[str, int] = {}
        self._heap: list[tuple[int, str]] = []

    def set(self, key: str, due_us: int) -> None:
        """Sets or moves the alarm of `key`."""
        before = self.due.get(key)
        self.due[key] = due_us
        if before is None or due_us < before:
            heappush(self._heap, (due_us, key))
            if len(self._heap) > 2 * len(self.due) + _SLACK:
                self._rebuild()

    def clear(self, key: str) -> None:
        """Takes the alarm of `key` away, if it has one."""
        self.due.pop(key, None)

    def next_us(self) -> int | None:
        """When the next alarm is due, or None."""
        heap = self._heap
        while heap:
            at_us, key = heap[0]
            due_us = self.due.get(key)
            if due_us == at_us:
                return at_us
            heappop(heap)
            if due_us is not None and due_us > at_us:
                heappush(heap, (due_us, key))
        return None

    def ringing(self, now_us: int, *, limit: int) -> list[str]:
        """Up to `limit` keys that are due, earliest first. They stay set: `apply` moves or clears them."""
        found: list[tuple[int, str]] = []
        while len(found) < limit:
            at_us = self.next_us()
            if at_us is None or at_us > now_us:
                break
            found.append(heappop(self._heap))
        for entry in found:
            heappush(self._heap, entry)
        return [key for _, key in dict.fromkeys(found)]

    def _rebuild(self) -> None:
        self._heap = [(due_us, key) for key, due_us in self.due.items()]
        heapify(self._heap)
