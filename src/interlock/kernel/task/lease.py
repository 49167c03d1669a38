"""Leases: heartbeats extend them, and the hub's clock takes them back, once and never while valid."""

from typing import TYPE_CHECKING

from interlock.kernel.command import Command, Decision, Event, Reply
from interlock.kernel.limits import Fence, LeaseSeconds, Name, SmallJson
from interlock.kernel.payload import NULL
from interlock.kernel.task.attempt import apply_attempt_ended, die, is_last_attempt, retry_due_us
from interlock.kernel.task.held import find_held
from interlock.kernel.task.model import CANCELLING, Cause, Task
from interlock.kernel.task.place import set_alarm

if TYPE_CHECKING:
    from interlock.kernel.state import State


class ExtendLease(Command, frozen=True, kw_only=True):
    """A heartbeat: the holder still works on the task, and may say how far it is.

    The reply tells how long the lease now lasts and whether the task was cancelled meanwhile. A heartbeat
    without progress reaches the ledger only when less than half of the lease is left. The lease of a
    cancelled task is not extended: it has to end.

    Refusals: stale_fence, not_found.
    """

    verb = "extend_lease"
    repeatable = True
    reply = "LeaseState"

    task_id: Name
    fence: Fence
    lease_s: LeaseSeconds | None = None
    progress: SmallJson = NULL


class LeaseExtended(Event, frozen=True, kw_only=True):
    """A holder is alive; `progress_json` is what it said."""

    task_id: str
    lease_until_us: int
    progress_json: str = ""


class LeaseExpired(Event, frozen=True, kw_only=True):
    """A lease ran out and the task was taken back; it may be claimed again at `due_us`."""

    task_id: str
    fence: int
    agent: str = ""
    session: str = ""
    due_us: int


class LeaseState(Reply, frozen=True, kw_only=True):
    """How long the lease lasts from the moment of the reply, and whether the task was cancelled."""

    task_id: str
    fence: int
    lease_ms: int
    is_cancelled: bool = False


def decide_extend_lease(state: "State", command: ExtendLease, now_us: int) -> Decision:
    """Extends by the lease from now; never shortens."""
    task = find_held(state, command, now_us)
    if not isinstance(task, Task):
        return task
    if task.status == CANCELLING:
        return [], _lease_state(task, task.lease_until_us, now_us)
    lease_us = (
        task.lease_ms * 1_000 if command.lease_s is None else int(command.lease_s * 1_000_000)
    )
    until_us = max(now_us + lease_us, task.lease_until_us)
    has_progress = command.progress != NULL
    if not has_progress and (until_us - task.lease_until_us) * 2 < lease_us:
        return [], _lease_state(task, task.lease_until_us, now_us)
    event = LeaseExtended(
        at_us=now_us,
        task_id=task.id,
        lease_until_us=until_us,
        progress_json=command.progress if has_progress else "",
    )
    return [event], _lease_state(task, until_us, now_us)


def apply_lease_extended(state: "State", event: LeaseExtended, pos: int) -> None:
    """Applies: the lease lasts longer, and the progress is the latest."""
    task = state.tasks[event.task_id]
    task.changed_pos = pos
    task.lease_until_us = event.lease_until_us
    if event.progress_json:
        task.progress_json = event.progress_json
    set_alarm(state, task)
    state.touch("task", task.id, task)


def expire_lease(state: "State", task: Task, now_us: int) -> list[Event]:
    """The events that take a task back from a holder whose lease is over."""
    expired = LeaseExpired(
        at_us=now_us,
        task_id=task.id,
        fence=task.fence,
        agent=task.holder_agent,
        session=task.holder_session,
        due_us=retry_due_us(state, task, now_us),
    )
    if is_last_attempt(task):
        reason = f"the lease expired on attempt {task.attempt}, and its attempts are exhausted"
        return [expired, *die(task, reason=reason, cause=None, now_us=now_us)]
    return [expired]


def apply_lease_expired(state: "State", event: LeaseExpired, pos: int) -> None:
    """Applies: nobody holds the task; one failure more."""
    task = state.tasks[event.task_id]
    cause = Cause(
        pos=pos,
        error_class="TIMEOUT",
        message="the lease expired: its holder sent no heartbeat",
        attempt=task.attempt,
        agent=event.agent,
    )
    state.tally.pace.note("failed", event.at_us)
    apply_attempt_ended(state, task, cause, due_us=event.due_us, pos=pos)


def _lease_state(task: Task, until_us: int, now_us: int) -> LeaseState:
    return LeaseState(
        task_id=task.id,
        fence=task.fence,
        lease_ms=max(0, (until_us - now_us) // 1_000),
        is_cancelled=task.status == CANCELLING,
    )
