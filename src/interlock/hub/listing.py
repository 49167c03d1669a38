"""Long lists: they begin in the hub's memory and go on in its store, in slices that let the callers in between."""

import asyncio
from functools import partial
from heapq import nlargest, nsmallest
from typing import Any, Final

from interlock.hub.owner import Owner, until_durable
from interlock.kernel.command import Refusal, Reply
from interlock.kernel.page import (
    ENDED_SECTION,
    OPEN_SECTION,
    Place,
    Plan,
    first_place,
    read_place,
)
from interlock.kernel.rows import decode_row
from interlock.store.contract import Row

SLICES_MAX: Final = 1_000
"""Slices of one page: a million open things, in a second, before the caller gets a cursor instead."""

ROWS_PER_SLICE: Final = 200
"""Rows fetched and decoded at once: below a millisecond."""

ROWS_MAX: Final = 20_000
"""Rows of ended things that one page looks at: the reader serves others between the slices."""


async def list_page(plan: Plan, owner: Owner, command: Any) -> Reply:
    """One page of a list."""
    return await Listing(plan, owner, command).page()


class Listing:
    """One page in the making."""

    def __init__(self, plan: Plan, owner: Owner, command: Any) -> None:
        self._plan = plan
        self._owner = owner
        self._command = command
        self._state = owner.state
        self._now_us = owner.now_us()
        self._found: list[Any] = []

    async def page(self) -> Reply:
        """The page. Whatever ended before it was looked for among the open things is durable when the ended ones are
        read, so that a thing on its way from one to the other is not missed."""
        order = self._command.order
        place = read_place(self._command.cursor, order=order, verb=self._command.verb)
        if isinstance(place, Refusal):
            return place
        if place.section == OPEN_SECTION:
            following = await self._open(place)
            found = self._reply(following)
            reply = await until_durable(self._owner, found, self._command, state=self._state)
            if following is not None or reply is not found:
                return reply
            place = first_place(ENDED_SECTION, order)
        return self._reply(await self._ended(place))

    async def _open(self, place: Place) -> Place | None:
        """Gathers open things; returns where the next page begins, or None at the end of the open ones."""
        for _ in range(SLICES_MAX):
            wanted = self._command.limit - len(self._found)
            part = self._plan.open_slice(self._state, self._command, place, wanted, self._now_us)
            self._found += part.found
            if part.place is None:
                return None
            place = part.place
            if len(self._found) == self._command.limit:
                break
            await asyncio.sleep(0)
        return place

    async def _ended(self, place: Place) -> Place | None:
        """Gathers ended things; returns where the next page begins, or None at the end."""
        listed = {item.id for item in self._found}
        looks = 0
        while looks < ROWS_MAX:
            rows = await self._rows(place.position)
            for row in rows:
                if len(self._found) == self._command.limit:
                    return place
                place = Place(ENDED_SECTION, row.pos)
                stored = decode_row(self._plan.kind, row.body)
                item = self._plan.ended_item(self._command, stored, self._now_us)
                if item is not None and item.id not in listed:
                    self._found.append(item)
            looks += len(rows)
            if len(rows) < ROWS_PER_SLICE:
                return None
        return place

    async def _rows(self, behind: int) -> list[Row]:
        """The next rows of any of the wanted statuses, in order."""
        is_newest = self._command.order == "newest"
        rows: list[Row] = []
        for status in self._plan.ended_statuses(self._command):
            rows += await self._owner.store.ended(
                self._state.shard,
                kind=self._plan.kind,
                status=status,
                behind=behind,
                is_newest_first=is_newest,
                limit=ROWS_PER_SLICE,
            )
        pick = partial(nlargest if is_newest else nsmallest, ROWS_PER_SLICE)
        return pick(rows, key=lambda row: row.pos)

    def _reply(self, following: Place | None) -> Reply:
        return self._plan.reply(tuple(self._found), following.cursor() if following else "")
