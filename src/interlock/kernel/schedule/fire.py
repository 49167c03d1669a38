"""A schedule's time has come: one task, or a reason why there is none."""

from typing import TYPE_CHECKING, Final

from interlock.kernel.command import Event, Refusal
from interlock.kernel.escalation import ESCALATION_TOPIC, EscalationRaised
from interlock.kernel.schedule.model import DONE, Schedule, task_of
from interlock.kernel.schedule.timing import NoSuchTime, next_us
from interlock.kernel.schedule.verbs import set_alarm
from interlock.kernel.task.create import TaskRef, create_task_at

if TYPE_CHECKING:
    from interlock.kernel.state import State

LATE_US: Final = 60 * 1_000_000
"""How late a firing may be before it counts as missed: as long as the finest cron step."""

MISSED: Final = "missed"


class ScheduleFired(Event, frozen=True, kw_only=True):
    """The time `slot_us` of a schedule gave the task `task_id`; it fires next at `next_us`, 0 for never."""

    name: str
    slot_us: int
    next_us: int
    task_id: str


class ScheduleSkipped(Event, frozen=True, kw_only=True):
    """The time `slot_us` of a schedule gave no task."""

    name: str
    slot_us: int
    next_us: int
    reason: str


def decide_schedule_alarm(state: "State", key: str, now_us: int) -> list[Event]:
    """The firing, and the task in the same commit; all times that passed meanwhile count as one."""
    schedule = state.schedules.get(key.partition("-")[2])
    if schedule is None or not schedule.next_us or schedule.next_us > now_us:
        return []
    slot_us = schedule.next_us
    try:
        due_us = next_us(schedule.timing, after_us=now_us)
    except NoSuchTime as error:
        return _skip(schedule, 0, str(error), now_us=now_us, is_told=True)
    if now_us - slot_us > LATE_US and schedule.catch_up == "none":
        return _skip(schedule, due_us, MISSED, now_us=now_us, is_told=False)
    events, reply = create_task_at(state, task_of(schedule), now_us, pos=state.head + 2)
    if isinstance(reply, Refusal):
        return _skip(schedule, due_us, reply.message, now_us=now_us, is_told=True)
    assert isinstance(reply, TaskRef)
    fired = ScheduleFired(
        at_us=now_us, name=schedule.name, slot_us=slot_us, next_us=due_us, task_id=reply.task_id
    )
    return [fired, *events]


def apply_schedule_fired(state: "State", event: ScheduleFired, pos: int) -> None:
    """Applies: the time is used up."""
    schedule = state.schedules[event.name]
    schedule.fired += 1
    schedule.fired_us = event.at_us
    schedule.last_task_id = event.task_id
    _go_on(state, schedule, event.next_us, pos)


def apply_schedule_skipped(state: "State", event: ScheduleSkipped, pos: int) -> None:
    """Applies: the time is used up without a task."""
    schedule = state.schedules[event.name]
    schedule.skipped += 1
    _go_on(state, schedule, event.next_us, pos)


def _go_on(state: "State", schedule: Schedule, due_us: int, pos: int) -> None:
    schedule.next_us = due_us
    schedule.pos = pos
    if not due_us:
        schedule.status = DONE
        del state.schedules[schedule.name]
        state.closed["schedule", schedule.name] = schedule
    set_alarm(state, schedule)
    state.touch("schedule", schedule.name, schedule)


def _skip(
    schedule: Schedule, due_us: int, reason: str, *, now_us: int, is_told: bool
) -> list[Event]:
    skipped = ScheduleSkipped(
        at_us=now_us, name=schedule.name, slot_us=schedule.next_us, next_us=due_us, reason=reason
    )
    if not is_told:
        return [skipped]
    escalation = EscalationRaised(
        at_us=now_us,
        topic=ESCALATION_TOPIC,
        noun="schedule",
        id=schedule.name,
        reason=reason,
        run_id=schedule.task.run_id,
        correlation_id=schedule.task.correlation_id,
    )
    return [skipped, escalation]
