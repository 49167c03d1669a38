"""Asking people for help: a request that stays open until somebody answers, and an answer that comes as a message."""

from typing import TYPE_CHECKING, Final, Literal

import msgspec
from msgspec.structs import replace

from interlock.kernel.command import Command, Decision, Event, Reply, refuse
from interlock.kernel.escalation import ESCALATION_TOPIC, EscalationRaised
from interlock.kernel.limits import NOTE_CHARS_MAX, Count, Fence, Name, OptionalName, Text, Title
from interlock.kernel.mail.send import MessageRef, SendMessage, decide_send_message
from interlock.kernel.page import Cursor, page_of
from interlock.kernel.task.held import find_held
from interlock.kernel.task.model import Task

if TYPE_CHECKING:
    from interlock.kernel.state import State

OPEN_MAX: Final = 10_000
"""Requests that may wait for people: more than people can read."""

Urgency = Literal["low", "normal", "high", "urgent"]


class HelpRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A request as the kernel holds it; also the body of its state row. `pos` is the position that made it."""

    id: str
    pos: int
    agent: str
    title: str
    created_us: int
    summary: str = ""
    urgency: str = "normal"
    task_id: str = ""
    queue: str = ""
    run_id: str = ""
    correlation_id: str = ""
    changed_pos: int = 0
    status: str = "open"
    answered_by: str = ""
    answered_us: int = 0
    answer: str = ""
    message_id: str = ""

    def columns(self) -> tuple[str, str, int, int]:
        """Queue, status, position and phase of the state row."""
        return self.queue, self.status, self.changed_pos or self.pos, int(self.status == "open")


class RequestHelp(Command, frozen=True, kw_only=True):
    """Asks people for help in the name of `agent`: an escalation that stays open until somebody answers it.

    `task_id` and `fence` prove the claim that it is about. The answer comes to the agent's mailbox as a RESULT whose
    `reply_to` is the request's id: `get_reply` waits for it. Refusals: invalid (`agent` is empty), not_found (no such
    task), stale_fence, limit, disk_full.
    """

    verb = "request_help"
    reply = "HelpState"
    grows = True

    title: Title
    summary: Text = ""
    urgency: Urgency = "normal"
    task_id: OptionalName = ""
    fence: Fence = 0
    correlation_id: OptionalName = ""


class AnswerHelp(Command, frozen=True, kw_only=True):
    """Answers an open request for help: the answer goes to the mailbox of the agent that asked, and the request is
    settled. Only people answer. Refusals: invalid (`agent` is empty), not_found, wrong_status (it is answered),
    mailbox_full, paused.
    """

    verb = "answer_help"
    reply = "HelpState"

    help_id: Name
    answer: Text


class GetHelpRequests(Command, frozen=True, kw_only=True):
    """Lists up to `limit` open requests for help, oldest first: all, those of the agent `name`, or of an `urgency`.

    `cursor` is that of the page before.
    """

    verb = "get_help_requests"
    repeatable = True
    reply = "HelpRequests"

    name: OptionalName = ""
    urgency: Literal["", "low", "normal", "high", "urgent"] = ""
    limit: Count = 50
    cursor: Cursor = ""


class HelpRequested(Event, frozen=True, kw_only=True):
    """An agent asks people. Its id names this position."""

    request: HelpRequest


class HelpAnswered(Event, frozen=True, kw_only=True):
    """A person answered; the message `message_id` carries it."""

    help_id: str
    by: str
    answer: str
    message_id: str


class HelpState(Reply, frozen=True, kw_only=True):
    """A request and what became of it: `open` or `answered`, by the message `message_id`."""

    help_id: str
    status: str
    message_id: str = ""


class HelpRequests(Reply, frozen=True, kw_only=True):
    """One page of open requests; `cursor` asks for the next one and is empty on the last. False when it is empty."""

    items: tuple[HelpRequest, ...] = ()
    cursor: str = ""

    def __bool__(self) -> bool:
        return bool(self.items)


def decide_request_help(state: "State", command: RequestHelp, now_us: int) -> Decision:
    """Also for agents that may not act: they above all need people."""
    if not command.agent:
        return refuse(
            "invalid", "request_help: agent is empty, and an answer needs somebody to go to"
        )
    if len(state.help) >= OPEN_MAX:
        return refuse("limit", f"{OPEN_MAX} requests for help are open: answer some first")
    task: Task | None = None
    if command.task_id:
        held = find_held(state, command, now_us)
        if not isinstance(held, Task):
            return held
        task = held
    id = f"help-{state.shard}-{state.head + 1}"
    request = HelpRequest(
        id=id,
        pos=state.head + 1,
        agent=command.agent,
        title=command.title,
        created_us=now_us,
        summary=command.summary,
        urgency=command.urgency,
        task_id=command.task_id,
        queue=task.queue if task else "",
        run_id=task.run_id if task else "",
        correlation_id=command.correlation_id or (task.correlation_id if task else ""),
    )
    escalation = EscalationRaised(
        at_us=now_us,
        topic=ESCALATION_TOPIC,
        noun="help",
        id=id,
        reason=f"{command.agent} asks: {command.title}"[:NOTE_CHARS_MAX],
        run_id=request.run_id,
        correlation_id=request.correlation_id,
    )
    return [HelpRequested(at_us=now_us, request=request), escalation], HelpState(
        help_id=id, status="open"
    )


def apply_help_requested(state: "State", event: HelpRequested, pos: int) -> None:
    """Applies: the request is open."""
    del pos
    request = event.request
    state.help[request.id] = request
    state.touch("help", request.id, request)


def decide_answer_help(state: "State", command: AnswerHelp, now_us: int) -> Decision:
    """The answer is a message like any other, so that it is not lost when the agent is away."""
    request = state.help.get(command.help_id) or state.closed.get(("help", command.help_id))
    if not isinstance(request, HelpRequest):
        return refuse(
            "not_found", f"there is no request {command.help_id}", help_id=command.help_id
        )
    if request.status != "open":
        message = f"{request.id} was answered by {request.answered_by}"
        return refuse("wrong_status", message, status=request.status)
    sending = SendMessage(
        agent=command.agent,
        target=request.agent,
        message_type="RESULT",
        message=command.answer,
        reply_to=request.id,
        thread_id=request.id,
        priority="high",
        correlation_id=request.correlation_id,
    )
    events, reply = decide_send_message(state, sending, now_us)
    if not isinstance(reply, MessageRef):
        return events, reply
    answered = HelpAnswered(
        at_us=now_us,
        help_id=request.id,
        by=command.agent,
        answer=command.answer,
        message_id=reply.message_id,
    )
    return [*events, answered], HelpState(
        help_id=request.id, status="answered", message_id=reply.message_id
    )


def apply_help_answered(state: "State", event: HelpAnswered, pos: int) -> None:
    """Applies: the request is settled."""
    answered = replace(
        state.help.pop(event.help_id),
        status="answered",
        answered_by=event.by,
        answered_us=event.at_us,
        answer=event.answer,
        message_id=event.message_id,
        changed_pos=pos,
    )
    state.closed["help", answered.id] = answered
    state.touch("help", answered.id, answered)


def decide_get_help_requests(state: "State", command: GetHelpRequests, now_us: int) -> Decision:
    """From memory, by position; it looks at each open request once."""
    del now_us
    wanted = (
        each
        for each in state.help.values()
        if command.name in ("", each.agent) and command.urgency in ("", each.urgency)
    )
    page, cursor = page_of(wanted, name=_birth, cursor=command.cursor, limit=command.limit)
    return [], HelpRequests(items=tuple(page), cursor=cursor)


def _birth(request: HelpRequest) -> str:
    """Sorts requests by the position that made them."""
    return f"{request.pos:018d}"
