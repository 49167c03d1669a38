"""Making, pausing and deleting schedules."""

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta
from msgspec.structs import replace

from interlock.kernel.command import Command, Decision, Event, Reply, refuse
from interlock.kernel.idempotency import digest_of
from interlock.kernel.limits import DELAY_S_MAX, DelaySeconds, Moment, Name, OptionalName
from interlock.kernel.payload import NULL, InvalidJson, encode_json
from interlock.kernel.schedule.model import (
    ACTIVE,
    DONE,
    PAUSED,
    SCHEDULES_MAX,
    CatchUp,
    Schedule,
    TaskTemplate,
    alarm_key,
)
from interlock.kernel.schedule.timing import NoSuchTime, Timing, next_us
from interlock.kernel.time import from_now_us

if TYPE_CHECKING:
    from interlock.kernel.state import State

IntervalSeconds = Annotated[float, Meta(ge=1, le=DELAY_S_MAX)]


class CreateSchedule(Command, frozen=True, kw_only=True):
    """Creates a task by the hub's clock, again and again or once.

    One of `cron` (five fields, read in `timezone`), `every_s`, or `at` (a point in time with a time zone, or
    seconds from now) says when; `task` says what, in the fields of `create_task`. Times that were missed by
    more than a minute, because no hub was there, give one task together with `catch_up` = `one` and none with
    `none`. The same schedule created again is left as it is.

    Refusals: invalid (not one time, an expression or time zone that cannot be read), idempotency_conflict
    (the name stands for another schedule: delete that first), limit, disk_full.
    """

    verb = "create_schedule"
    repeatable = True
    reply = "ScheduleState"
    grows = True

    name: Name
    task: TaskTemplate
    cron: OptionalName = ""
    every_s: IntervalSeconds | None = None
    at: Moment | DelaySeconds | None = None
    timezone: Name = "UTC"
    paused: bool = False
    catch_up: CatchUp = "one"


class PauseSchedule(Command, frozen=True, kw_only=True):
    """Lets a schedule rest. Refusals: not_found, wrong_status (it has fired for good)."""

    verb = "pause_schedule"
    repeatable = True
    reply = "ScheduleState"

    name: Name


class ResumeSchedule(Command, frozen=True, kw_only=True):
    """Goes on with the next time that is still to come; a single moment that passed meanwhile counts as missed.

    Refusals: not_found, wrong_status (it has fired for good).
    """

    verb = "resume_schedule"
    repeatable = True
    reply = "ScheduleState"

    name: Name


class DeleteSchedule(Command, frozen=True, kw_only=True):
    """Forgets a schedule; the tasks that it created stay. Refusals: not_found."""

    verb = "delete_schedule"
    reply = "ScheduleState"

    name: Name


class GetSchedule(Command, frozen=True, kw_only=True):
    """Returns a schedule as it is now. Refusals: not_found."""

    verb = "get_schedule"
    repeatable = True
    reply = "ScheduleState"

    name: Name


class ScheduleCreated(Event, frozen=True, kw_only=True):
    """A schedule exists. `schedule` is its state at birth."""

    schedule: Schedule


class SchedulePaused(Event, frozen=True, kw_only=True):
    """A schedule rests."""

    name: str
    agent: str = ""


class ScheduleResumed(Event, frozen=True, kw_only=True):
    """A schedule goes on, next at `next_us`."""

    name: str
    next_us: int
    agent: str = ""


class ScheduleDeleted(Event, frozen=True, kw_only=True):
    """A schedule is forgotten."""

    name: str
    agent: str = ""


class ScheduleState(Reply, frozen=True, kw_only=True):
    """A schedule at one moment. `next_us` is hub time, 0 when it will not fire."""

    schedule: Schedule
    is_duplicate: bool = False

    @property
    def status(self) -> str:
        """`active`, `paused` or `done`."""
        return self.schedule.status

    @property
    def next_us(self) -> int:
        """When it fires next."""
        return self.schedule.next_us


def decide_create_schedule(state: "State", command: CreateSchedule, now_us: int) -> Decision:
    """One schedule for each name."""
    try:
        payload_json = encode_json(command.task.payload)
        timing = _timing(command, now_us)
        first_us = timing.at_us or next_us(timing, after_us=now_us)
    except (InvalidJson, NoSuchTime) as error:
        return refuse("invalid", f"create_schedule: {error}")
    digest = digest_of(replace(command, agent=""))
    known = find_schedule(state, command.name)
    if known is not None and known.digest == digest:
        return [], ScheduleState(schedule=replace(known), is_duplicate=True)
    if known is not None and known.status != DONE:
        message = f"the schedule {command.name} exists with another body: delete it first"
        return refuse("idempotency_conflict", message, name=command.name)
    if len(state.schedules) >= SCHEDULES_MAX:
        return refuse("limit", f"there are {SCHEDULES_MAX} schedules: delete one that is not used")
    schedule = Schedule(
        name=command.name,
        timing=timing,
        task=replace(command.task, payload=None),
        digest=digest,
        status=PAUSED if command.paused else ACTIVE,
        payload_json="" if payload_json == NULL else payload_json,
        catch_up=command.catch_up,
        created_by=command.agent,
        created_us=now_us,
        next_us=0 if command.paused else first_us,
        pos=state.head + 1,
    )
    created = ScheduleCreated(at_us=now_us, schedule=schedule)
    return [created], ScheduleState(schedule=replace(schedule))


def decide_pause_schedule(state: "State", command: PauseSchedule, now_us: int) -> Decision:
    """Paused twice is paused."""
    found = _find_open(state, command.name)
    if not isinstance(found, Schedule):
        return found
    reply = ScheduleState(schedule=replace(found, status=PAUSED, next_us=0))
    if found.status == PAUSED:
        return [], reply
    return [SchedulePaused(at_us=now_us, name=found.name, agent=command.agent)], reply


def decide_resume_schedule(state: "State", command: ResumeSchedule, now_us: int) -> Decision:
    """What was missed while it rested stays missed."""
    found = _find_open(state, command.name)
    if not isinstance(found, Schedule):
        return found
    if found.status == ACTIVE:
        return [], ScheduleState(schedule=replace(found))
    try:
        due_us = found.timing.at_us or next_us(found.timing, after_us=now_us)
    except NoSuchTime as error:
        return refuse("invalid", f"resume_schedule: {error}")
    event = ScheduleResumed(at_us=now_us, name=found.name, next_us=due_us, agent=command.agent)
    return [event], ScheduleState(schedule=replace(found, status=ACTIVE, next_us=due_us))


def decide_delete_schedule(state: "State", command: DeleteSchedule, now_us: int) -> Decision:
    """In any status."""
    found = find_schedule(state, command.name)
    if found is None:
        return _unknown(command.name)
    event = ScheduleDeleted(at_us=now_us, name=found.name, agent=command.agent)
    return [event], ScheduleState(schedule=replace(found))


def decide_get_schedule(state: "State", command: GetSchedule, now_us: int) -> Decision:
    """A copy."""
    del now_us
    found = find_schedule(state, command.name)
    return _unknown(command.name) if found is None else ([], ScheduleState(schedule=replace(found)))


def apply_schedule_created(state: "State", event: ScheduleCreated, pos: int) -> None:
    """Applies: the schedule waits for its first time. One of the same name that was done gives way."""
    schedule = event.schedule
    schedule.pos = pos
    state.closed.pop(("schedule", schedule.name), None)
    state.schedules[schedule.name] = schedule
    set_alarm(state, schedule)
    state.touch("schedule", schedule.name, schedule)


def apply_schedule_paused(state: "State", event: SchedulePaused, pos: int) -> None:
    """Applies: no alarm rings for it."""
    _change(state, event.name, status=PAUSED, due_us=0, pos=pos)


def apply_schedule_resumed(state: "State", event: ScheduleResumed, pos: int) -> None:
    """Applies: it waits for its next time."""
    _change(state, event.name, status=ACTIVE, due_us=event.next_us, pos=pos)


def apply_schedule_deleted(state: "State", event: ScheduleDeleted, pos: int) -> None:
    """Applies: it is forgotten."""
    del pos
    state.schedules.pop(event.name, None)
    state.closed.pop(("schedule", event.name), None)
    state.alarms.clear(alarm_key(event.name))
    state.touch("schedule", event.name, None)


def set_alarm(state: "State", schedule: Schedule) -> None:
    """Applies: the alarm of a schedule is its next time."""
    if schedule.next_us:
        state.alarms.set(alarm_key(schedule.name), schedule.next_us)
    else:
        state.alarms.clear(alarm_key(schedule.name))


def find_schedule(state: "State", name: str) -> Schedule | None:
    """A schedule at hand, open or done."""
    found = state.schedules.get(name) or state.closed.get(("schedule", name))
    return found if isinstance(found, Schedule) else None


def _timing(command: CreateSchedule, now_us: int) -> Timing:
    given = (bool(command.cron), command.every_s is not None, command.at is not None)
    if sum(given) != 1:
        raise NoSuchTime("give one of cron, every_s and at")
    if command.every_s is not None:
        return Timing(every_us=int(command.every_s * 1_000_000), start_us=now_us)
    if command.at is not None:
        return Timing(at_us=from_now_us(command.at, now_us))
    return Timing(cron=command.cron, timezone=command.timezone)


def _find_open(state: "State", name: str) -> Schedule | Decision:
    found = find_schedule(state, name)
    if found is None:
        return _unknown(name)
    if found.status == DONE:
        return refuse("wrong_status", f"the schedule {name} is done: it fires no more", name=name)
    return found


def _change(state: "State", name: str, *, status: str, due_us: int, pos: int) -> None:
    schedule = state.schedules[name]
    schedule.status = status
    schedule.next_us = due_us
    schedule.pos = pos
    set_alarm(state, schedule)
    state.touch("schedule", name, schedule)


def _unknown(name: str) -> Decision:
    return refuse("not_found", f"there is no schedule {name}", name=name)
