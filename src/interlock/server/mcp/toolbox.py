"""All tools by name: one for each verb, and `run_task`, which saves a model several calls of verbs."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from interlock.kernel.command import Refusal, Reply
from interlock.kernel.task.create import TaskRef
from interlock.kernel.task.model import ENDED
from interlock.kernel.task.view import TaskView
from interlock.server.mcp.answers import structured_of
from interlock.server.mcp.desk import Desk, Outcome, outcome_of
from interlock.server.mcp.identity import Visitor

RUN_WAIT_S: Final = 50.0
"""How long `run_task` waits at most: a call ends before the minute after which clients give up."""

LOOK_S: Final = 0.1
LOOK_S_MAX: Final = 1.0
"""Between two looks at a task that is waited for, growing."""

Arguments = Mapping[str, Any]
Answer = dict[str, Any] | Refusal


class Toolbox:
    """Carries out a call of any tool."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def call(self, visitor: Visitor, name: str, arguments: Arguments) -> Outcome:
        """The outcome; refusals are outcomes, too."""
        composite = COMPOSITES.get(name)
        if composite is None:
            return await self.desk.call(visitor, name, arguments)
        found = await composite(self.desk, visitor, arguments)
        if isinstance(found, Refusal):
            return outcome_of(structured_of(name, found, is_camel=False), is_error=True)
        return outcome_of(found, is_error=False)

    async def create(self, visitor: Visitor, arguments: Arguments) -> TaskView | Refusal:
        """A new task as it is after its creation."""
        ref = await self.desk.reply(visitor, "create_task", arguments)
        if not isinstance(ref, TaskRef):
            return _refusal(ref)
        view = await self.desk.reply(visitor, "get_task", {"task_id": ref.task_id})
        return view if isinstance(view, TaskView) else _refusal(view)


async def run_task(desk: Desk, visitor: Visitor, arguments: Arguments) -> Answer:
    """Queues work and waits until it has ended."""
    view = await Toolbox(desk).create(visitor, arguments)
    wait_s, look_s = RUN_WAIT_S, LOOK_S
    while isinstance(view, TaskView) and view.status not in ENDED and wait_s > 0:
        await asyncio.sleep(look_s)
        wait_s, look_s = wait_s - look_s, min(LOOK_S_MAX, look_s * 1.5)
        found = await desk.reply(visitor, "get_task", {"task_id": view.id})
        view = found if isinstance(found, TaskView) else _refusal(found)
    if isinstance(view, Refusal):
        return view
    plain = structured_of("get_task", view, is_camel=False)
    if view.status not in ENDED:
        plain["next"] = "Not done yet: look later with get_task."
    return plain


COMPOSITES: Final[dict[str, Callable[[Desk, Visitor, Arguments], Awaitable[Answer]]]] = {
    "run_task": run_task,
}
"""The tools that are no verbs."""


def _refusal(reply: Reply) -> Refusal:
    assert isinstance(reply, Refusal), reply
    return reply
