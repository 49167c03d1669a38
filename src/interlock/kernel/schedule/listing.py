"""Schedules in lists."""

from typing import TYPE_CHECKING, Literal

import msgspec

from interlock.kernel.command import Command, Decision, Reply
from interlock.kernel.limits import Count, OptionalName
from interlock.kernel.page import Cursor, page_of
from interlock.kernel.schedule.model import Schedule
from interlock.kernel.task.listing import QueueNames, names_of

if TYPE_CHECKING:
    from interlock.kernel.state import State


class GetSchedules(Command, frozen=True, kw_only=True):
    """Lists up to `limit` schedules that may still fire, by name: all, or those that are `active` or `paused`, or that
    create tasks in a `queue` (a name or a list of names). `cursor` is that of the page before.
    """

    verb = "get_schedules"
    repeatable = True
    reply = "Schedules"

    status: Literal["", "active", "paused"] = ""
    queue: OptionalName | QueueNames = ""
    limit: Count = 50
    cursor: Cursor = ""


class ScheduleSummary(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A schedule in a list. One of `cron`, `every_s` and `at_us` says when; `title` and `queue` are those of its tasks;
    `next_in_ms` is a duration at the moment of the reply."""

    name: str
    status: str
    title: str
    queue: str
    cron: str = ""
    timezone: str = "UTC"
    every_s: float = 0.0
    at_us: int = 0
    next_us: int = 0
    next_in_ms: int = 0
    fired: int = 0
    fired_us: int = 0
    last_task_id: str = ""
    skipped: int = 0
    created_by: str = ""


class Schedules(Reply, frozen=True, kw_only=True):
    """One page of schedules; `cursor` asks for the next one and is empty on the last. False when the page is empty."""

    items: tuple[ScheduleSummary, ...] = ()
    cursor: str = ""

    def __bool__(self) -> bool:
        return bool(self.items)


def decide_get_schedules(state: "State", command: GetSchedules, now_us: int) -> Decision:
    """From memory, by name; it looks at each schedule once."""
    queues = names_of(command.queue)
    wanted = (
        each
        for each in state.schedules.values()
        if (not command.status or each.status == command.status)
        and (not queues or each.task.queue in queues)
    )
    page, cursor = page_of(
        wanted, name=lambda each: each.name, cursor=command.cursor, limit=command.limit
    )
    return [], Schedules(items=tuple(_summary(each, now_us) for each in page), cursor=cursor)


def _summary(schedule: Schedule, now_us: int) -> ScheduleSummary:
    timing = schedule.timing
    return ScheduleSummary(
        name=schedule.name,
        status=schedule.status,
        title=schedule.task.title,
        queue=schedule.task.queue,
        cron=timing.cron,
        timezone=timing.timezone,
        every_s=timing.every_us / 1_000_000,
        at_us=timing.at_us,
        next_us=schedule.next_us,
        next_in_ms=max(0, schedule.next_us - now_us) // 1_000 if schedule.next_us else 0,
        fired=schedule.fired,
        fired_us=schedule.fired_us,
        last_task_id=schedule.last_task_id,
        skipped=schedule.skipped,
        created_by=schedule.created_by,
    )
