"""A key for some queues opens no other."""

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from interlock.kernel.command import Command, Refusal, Reply
from interlock.kernel.rights.bearer import Bearer, as_unknown, forbidden, sees, without
from interlock.kernel.schedule.verbs import CreateSchedule, find_schedule
from interlock.kernel.task.cancelled import GetCancellations
from interlock.kernel.task.claim import ClaimTask

if TYPE_CHECKING:
    from interlock.kernel.state import State


def queue_named(state: "State", command: Any, bearer: Bearer, now_us: int) -> Refusal | None:
    """A queue that the command names must be one of the key's."""
    del state, now_us
    return refuse_queues(command.verb, command.queue, bearer)


def queue_claimed(
    state: "State", command: ClaimTask, bearer: Bearer, now_us: int
) -> Refusal | None:
    """With an id the queue is not looked at."""
    del state, now_us
    return None if command.task_id else refuse_queues(command.verb, command.queue, bearer)


def queues_watched(
    state: "State", command: GetCancellations, bearer: Bearer, now_us: int
) -> Command | Refusal | None:
    """Who names no queue watches those of the key."""
    del state, now_us
    if bearer.queues and not command.queues:
        return replace(command, queues=bearer.queues)
    return refuse_queues(command.verb, command.queues, bearer)


def queue_scheduled(
    state: "State", command: CreateSchedule, bearer: Bearer, now_us: int
) -> Refusal | None:
    """The queue in which the schedule would create its tasks."""
    del state, now_us
    return refuse_queues(command.verb, command.task.queue, bearer)


def schedule_named(
    state: "State", command: Any, bearer: Bearer, now_us: int
) -> Command | Reply | None:
    """A schedule that creates tasks in the key's queues."""
    schedule = find_schedule(state, command.name)
    if schedule is None or sees(bearer, schedule.task.queue):
        return None
    return as_unknown(without(state, schedules={}, closed={}), command, now_us)


def refuse_queues(verb: str, named: str | tuple[str, ...], bearer: Bearer) -> Refusal | None:
    for queue in (named,) if isinstance(named, str) else named:
        if not sees(bearer, queue):
            allowed = ", ".join(bearer.queues)
            message = f"{verb}: the key does not open the queue {queue}, only {allowed}"
            return forbidden(message, queues=list(bearer.queues))
    return None
