"""What lists show to whom: a key for queues lists these, and an agent its own mail."""

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from interlock.kernel.command import Command, Refusal
from interlock.kernel.help import GetHelpRequests
from interlock.kernel.mail.listing import SearchMessages
from interlock.kernel.rights.bearer import Bearer, forbidden, sees
from interlock.kernel.rights.queues import refuse_queues
from interlock.kernel.rights.tasks import find_task
from interlock.kernel.task.listing import names_of
from interlock.kernel.timeline import GetTimeline, no_task

if TYPE_CHECKING:
    from interlock.kernel.state import State


def queues_listed(
    state: "State", command: Any, bearer: Bearer, now_us: int
) -> Command | Refusal | None:
    """Without a name the list is that of the key's queues."""
    del state, now_us
    named = names_of(command.queue)
    if bearer.queues and not named:
        narrowed: Command = replace(command, queue=bearer.queues)
        return narrowed
    return refuse_queues(command.verb, named, bearer)


def task_told(state: "State", command: GetTimeline, bearer: Bearer, now_us: int) -> Refusal | None:
    """The story of a task outside of the key's queues is that of an unknown one."""
    del now_us
    task = find_task(state, command.task_id)
    return None if task is None or sees(bearer, task.queue) else no_task(command)


def own_requests(
    state: "State", command: GetHelpRequests, bearer: Bearer, now_us: int
) -> Command | Refusal | None:
    """An agent sees what it asked itself."""
    del state, now_us
    if bearer.role != "agent" or command.name == bearer.agent:
        return None
    if not command.name:
        return replace(command, name=bearer.agent)
    return forbidden(f"{command.verb}: an agent's key shows what it asked itself")


def own_mail(
    state: "State", command: SearchMessages, bearer: Bearer, now_us: int
) -> Command | Refusal | None:
    """An agent finds what it sent, or was sent, and without a word what it was sent."""
    del state, now_us
    if bearer.role != "agent" or bearer.agent in (command.source, command.recipient):
        return None
    if not command.source and not command.recipient:
        return replace(command, recipient=bearer.agent)
    message = f"{command.verb}: an agent's key shows what it sent or was sent"
    return forbidden(f"{message}: name it as source or recipient")
