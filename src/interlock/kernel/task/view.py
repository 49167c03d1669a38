"""Looking at a task."""

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from interlock.kernel.command import Command, Decision, Reply, refuse
from interlock.kernel.limits import Name
from interlock.kernel.payload import decode_json
from interlock.kernel.task.model import Task, TaskContent

if TYPE_CHECKING:
    from interlock.kernel.state import State


class GetTask(Command, frozen=True, kw_only=True):
    """Returns a task, open or ended, as it is now. Refusals: not_found."""

    verb = "get_task"
    repeatable = True
    reply = "TaskView"

    task_id: Name


class TaskView(Reply, frozen=True, kw_only=True):
    """A task at one moment. `task` holds everything; the most wanted facts are properties."""

    task: Task
    instructions: str = ""
    payload_json: str = ""

    @property
    def id(self) -> str:
        """The task's id."""
        return self.task.id

    @property
    def status(self) -> str:
        """One of `STATUSES`."""
        return self.task.status

    @property
    def payload(self) -> Any:
        """The payload that the task was created with."""
        return decode_json(self.payload_json)

    @property
    def result(self) -> Any:
        """The result that the task was completed with, or None."""
        return decode_json(self.task.result_json)

    @property
    def progress(self) -> Any:
        """What the holder last said of its progress, or None."""
        return decode_json(self.task.progress_json)


def decide_get_task(state: "State", command: GetTask, now_us: int) -> Decision:
    """A copy: what the caller does with it changes nothing here."""
    del now_us
    id = command.task_id
    task = state.tasks.get(id) or state.closed.get(("task", id))
    if not isinstance(task, Task):
        return refuse("not_found", f"there is no task {id}", task_id=id)
    content = state.contents.get(id) or state.closed.get(("content", id))
    if not isinstance(content, TaskContent):
        return [], TaskView(task=replace(task))
    return [], TaskView(
        task=replace(task), instructions=content.instructions, payload_json=content.payload_json
    )
