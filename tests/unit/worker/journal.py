"""The log of a plane as something to wait on: tests of workers wait for facts, never for time."""

from typing import Any

from interlock import Plane

WAIT_S = 20.0


class Journal:
    """Reads the log forward and waits for what it has not seen yet."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._after = 0
        self.events: list[dict[str, Any]] = []

    async def find(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The first event of this type with these fields, waited for."""
        seen = 0
        while True:
            for event in self.events[seen:]:
                if event["type"] == kind and fields.items() <= event.items():
                    return event
            seen = len(self.events)
            await self._read(WAIT_S)

    async def find_all(self, kind: str, *, count: int) -> list[dict[str, Any]]:
        """The first `count` events of this type, waited for."""
        while len(found := [event for event in self.events if event["type"] == kind]) < count:
            await self._read(WAIT_S)
        return found[:count]

    async def all(self, kind: str) -> list[dict[str, Any]]:
        """Every event of this type so far."""
        while await self._read(0):
            pass
        return [event for event in self.events if event["type"] == kind]

    async def _read(self, wait_s: float) -> bool:
        page = await self._plane.read_log(after=self._after, wait_s=wait_s)
        self.events += [entry.event for entry in page.entries]
        if page:
            self._after = page.next_after
        elif wait_s:
            raise AssertionError(f"nothing happened for {wait_s} s after {self.events[-5:]}")
        return bool(page)
