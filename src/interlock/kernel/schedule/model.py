"""The schedule: what it creates, when, and the states it can be in."""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from interlock.kernel.backoff import Backoff
from interlock.kernel.limits import (
    ATTEMPTS_MAX,
    Capabilities,
    DelaySeconds,
    LeaseSeconds,
    Name,
    OptionalName,
    Priority,
    Text,
    Title,
)
from interlock.kernel.payload import NULL
from interlock.kernel.schedule.timing import Timing
from interlock.kernel.task.create import CreateTask

ACTIVE: Final = "active"
PAUSED: Final = "paused"
DONE: Final = "done"

SCHEDULE_MOVES: Final[dict[tuple[str, str], frozenset[str]]] = {
    ("", "ScheduleCreated"): frozenset({ACTIVE, PAUSED}),
    (ACTIVE, "ScheduleFired"): frozenset({ACTIVE, DONE}),
    (ACTIVE, "ScheduleSkipped"): frozenset({ACTIVE, DONE}),
    (ACTIVE, "SchedulePaused"): frozenset({PAUSED}),
    (PAUSED, "ScheduleResumed"): frozenset({ACTIVE}),
    (DONE, "ScheduleCreated"): frozenset({ACTIVE, PAUSED}),
}
"""The state machine of a schedule, in the form of `task.model.MOVES`; deleting ends it in any state."""

SCHEDULES_MAX: Final = 10_000

CatchUp = Literal["one", "none"]


class TaskTemplate(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """The task that each firing creates, in the fields of `create_task`. `not_before` and `deadline` are
    seconds from the firing; `payload` is any JSON value."""

    title: Title
    instructions: Text = ""
    queue: Name = "default"
    payload: Any = None
    priority: Priority | Literal["low", "normal", "high", "urgent"] = 4
    capabilities: Capabilities = ()
    category: OptionalName = ""
    run_id: OptionalName = ""
    not_before: DelaySeconds | None = None
    lease_s: LeaseSeconds = 60.0
    attempts_max: Annotated[int, Meta(ge=1, le=ATTEMPTS_MAX)] = 5
    backoff: Backoff = Backoff()
    deadline: DelaySeconds | None = None
    fairness_key: OptionalName = ""
    concurrency_key: OptionalName = ""
    correlation_id: OptionalName = ""


class Schedule(msgspec.Struct, kw_only=True, gc=False, omit_defaults=True):
    """A schedule as the kernel holds it; also the body of its state row. Only `apply` changes it.

    `task` carries no payload: its text is `payload_json`. `next_us` is 0 when it will not fire.
    """

    name: str
    timing: Timing
    task: TaskTemplate
    digest: str
    status: str = ACTIVE
    payload_json: str = ""
    catch_up: str = "one"
    created_by: str = ""
    created_us: int = 0
    next_us: int = 0
    fired: int = 0
    fired_us: int = 0
    last_task_id: str = ""
    skipped: int = 0
    pos: int = 0

    def columns(self) -> tuple[str, str, int, int]:
        """Queue, status, position and phase of the state row."""
        return self.task.queue, self.status, self.pos, 0 if self.status == DONE else 1


def alarm_key(name: str) -> str:
    """The key of a schedule's alarm."""
    return f"schedule-{name}"


def task_of(schedule: Schedule) -> CreateTask:
    """The command that a firing carries out, in the name of the schedule."""
    template = schedule.task
    return CreateTask(
        agent=f"schedule:{schedule.name}",
        title=template.title,
        instructions=template.instructions,
        queue=template.queue,
        payload=schedule.payload_json or NULL,
        priority=template.priority,
        capabilities=template.capabilities,
        category=template.category,
        run_id=template.run_id,
        not_before=template.not_before,
        lease_s=template.lease_s,
        attempts_max=template.attempts_max,
        backoff=template.backoff,
        deadline=template.deadline,
        fairness_key=template.fairness_key,
        concurrency_key=template.concurrency_key,
        correlation_id=template.correlation_id,
    )
