"""A reader of server-sent events, for the tests."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import msgspec


class Told(msgspec.Struct):
    """One block of a stream: what it says, and the last id that the watcher has seen."""

    last_id: str
    event: str = ""
    data: Any = None
    comment: str = ""
    retry: str = ""


class Watcher:
    """Reads a stream block by block, as a browser does."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines
        self.last_id = ""

    async def block(self) -> Told:
        """The next block. Raises `StopAsyncIteration` at the end of the stream."""
        fields: dict[str, str] = {}
        async for line in self._lines:
            if not line and fields:
                break
            name, _, value = line.partition(":")
            fields[name or "comment"] = value.removeprefix(" ")
        if not fields:
            raise StopAsyncIteration
        self.last_id = fields.get("id", self.last_id)
        return Told(
            last_id=self.last_id,
            event=fields.get("event", ""),
            data=json.loads(fields["data"]) if "data" in fields else None,
            comment=fields.get("comment", ""),
            retry=fields.get("retry", ""),
        )

    async def event(self) -> Told:
        """The next event."""
        while not (told := await self.block()).event:
            continue
        return told

    async def events(self, count: int) -> list[Told]:
        """The next events."""
        return [await self.event() for _ in range(count)]

    async def rest(self) -> list[Told]:
        """All blocks up to the end of the stream."""
        found = []
        try:
            while True:
                found.append(await self.block())
        except StopAsyncIteration:
            return found


@asynccontextmanager
async def watch(
    http: httpx2.AsyncClient, query: str = "", *, headers: dict[str, str] | None = None
) -> AsyncIterator[Watcher]:
    """Opens a stream; its first block, which tells where it begins, is read already."""
    async with http.stream("GET", f"/v1/events{query}", headers=headers) as response:
        assert response.status_code == 200, await response.aread()
        watcher = Watcher(response.aiter_lines())
        assert (await watcher.block()).retry
        yield watcher
