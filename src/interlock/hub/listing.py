"""Lists that begin in the hub's memory and go on in its store, in slices that let the callers in between."""

import asyncio
from collections.abc import Sequence
from heapq import nlargest, nsmallest
from typing import Final

from interlock.hub.owner import Owner, until_durable
from interlock.kernel.command import Refusal, Reply
from interlock.kernel.rows import decode_row
from interlock.kernel.task.listing import (
    ABOVE_ALL,
    ENDED_SECTION,
    ENDED_STATUSES,
    OPEN_SECTION,
    OPEN_STATUSES,
    GetTasks,
    Place,
    Tasks,
    TaskSummary,
    first_place,
    matches,
    open_slice,
    summary_of,
    wanted_statuses,
)
from interlock.kernel.task.model import Task
from interlock.store.contract import Row

SLICES_MAX: Final = 1_000
"""Slices of one page: a million open tasks, in a second, before the caller gets a cursor instead."""

ROWS_PER_SLICE: Final = 200
"""Rows fetched and decoded at once: below a millisecond."""

ROWS_MAX: Final = 20_000
"""Rows of ended things that one page looks at: the reader serves others between the slices."""


async def list_tasks(owner: Owner, command: GetTasks) -> Reply:
    """One page of tasks."""
    return await TaskListing(owner, command).page()


class TaskListing:
    """One page of `get_tasks`."""

    def __init__(self, owner: Owner, command: GetTasks) -> None:
        self._owner = owner
        self._command = command
        self._state = owner.state
        self._now_us = owner.now_us()
        self._statuses = wanted_statuses(command)
        self._found: list[TaskSummary] = []

    async def page(self) -> Reply:
        """The page. Whatever ended before it was looked for among the open tasks is durable when the ended ones are
        read, so that a task on its way from one to the other is not missed."""
        place = first_place(self._command)
        if isinstance(place, Refusal):
            return place
        if place.section == OPEN_SECTION:
            following = await self._open(place)
            found = self._reply(following)
            reply = await until_durable(self._owner, found, self._command, state=self._state)
            if following is not None or reply is not found:
                return reply
            place = self._first_ended()
        return self._reply(await self._ended(place))

    async def _open(self, place: Place) -> Place | None:
        """Gathers open tasks; returns where the next page begins, or None at the end of the open ones."""
        if not self._statuses.intersection(OPEN_STATUSES):
            return None
        for _ in range(SLICES_MAX):
            wanted = self._command.limit - len(self._found)
            part = open_slice(self._state, self._command, place, wanted=wanted)
            self._found += [summary_of(task, self._now_us) for task in part.found]
            if part.place is None:
                return None
            place = part.place
            if len(self._found) == self._command.limit:
                break
            await asyncio.sleep(0)
        return place

    async def _ended(self, place: Place) -> Place | None:
        """Gathers ended tasks; returns where the next page begins, or None at the end."""
        statuses = [status for status in ENDED_STATUSES if status in self._statuses]
        if not statuses or self._command.holder:
            return None
        listed = {task.id for task in self._found}
        looks = 0
        while looks < ROWS_MAX:
            rows = await self._rows(statuses, place.position)
            for row in rows:
                if len(self._found) == self._command.limit:
                    return place
                place = Place(ENDED_SECTION, row.pos)
                task = decode_row("task", row.body)
                assert isinstance(task, Task)
                if task.id not in listed and matches(self._command, task):
                    self._found.append(summary_of(task, self._now_us))
            looks += len(rows)
            if len(rows) < ROWS_PER_SLICE:
                return None
        return place

    async def _rows(self, statuses: Sequence[str], behind: int) -> list[Row]:
        """The next rows of any of the statuses, in order."""
        is_newest = self._command.order == "newest"
        rows: list[Row] = []
        for status in statuses:
            rows += await self._owner.store.ended(
                self._state.shard,
                kind="task",
                status=status,
                behind=behind,
                is_newest_first=is_newest,
                limit=ROWS_PER_SLICE,
            )
        pick = nlargest if is_newest else nsmallest
        return pick(ROWS_PER_SLICE, rows, key=lambda row: row.pos)

    def _first_ended(self) -> Place:
        return Place(ENDED_SECTION, ABOVE_ALL if self._command.order == "newest" else 0)

    def _reply(self, following: Place | None) -> Tasks:
        return Tasks(items=tuple(self._found), cursor=following.cursor() if following else "")
