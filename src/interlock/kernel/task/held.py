"""Proof of a claim: every write after a claim names its fence, and a stale one is refused and logged."""

from typing import TYPE_CHECKING, ClassVar, Protocol

from interlock.kernel.command import Decision, Event, Refusal, refuse
from interlock.kernel.task.model import HELD, Task

if TYPE_CHECKING:
    from interlock.kernel.state import State


class StaleWriteRefused(Event, frozen=True, kw_only=True):
    """Somebody whose claim had passed on tried to write."""

    task_id: str
    verb: str
    fence: int
    current_fence: int
    agent: str = ""


class UnderClaim(Protocol):
    """A command that proves its claim."""

    verb: ClassVar[str]

    @property
    def task_id(self) -> str: ...

    @property
    def fence(self) -> int: ...

    @property
    def agent(self) -> str: ...


def find_held(state: "State", command: UnderClaim, now_us: int) -> Task | Decision:
    """The task if the command's fence holds it, else the refusal; a stale fence is also an event."""
    id, fence, verb = command.task_id, command.fence, command.verb
    task = state.tasks.get(id) or state.closed.get(("task", id))
    if not isinstance(task, Task):
        return refuse("not_found", f"{verb}: there is no task {id}", task_id=id)
    if task.fence == fence and task.status in HELD:
        return task
    message = f"{verb}: fence {fence} no longer holds {id}: it is {task.status}, and its latest fence is {task.fence}"
    details = {"task_id": id, "fence": fence, "current_fence": task.fence, "status": task.status}
    event = StaleWriteRefused(
        at_us=now_us,
        task_id=id,
        verb=verb,
        fence=fence,
        current_fence=task.fence,
        agent=command.agent,
    )
    return [event], Refusal(code="stale_fence", message=message, details=details)


def apply_stale_write_refused(state: "State", event: StaleWriteRefused, pos: int) -> None:
    """Applies nothing: the event is for the audit."""
    del state, event, pos
