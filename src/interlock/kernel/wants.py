"""Which finished things a command speaks of, so that the hub can fetch their rows before it decides."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from interlock.kernel.access.revoke import RevokeKey
from interlock.kernel.access.rotate import RotateKey
from interlock.kernel.command import Command
from interlock.kernel.decide import decode_reply
from interlock.kernel.help import AnswerHelp, RequestHelp
from interlock.kernel.idempotency import key_name, request_name
from interlock.kernel.mail.model import Delivery, read_receipt
from interlock.kernel.mail.receive import GetMessage, GetMessages, Messages
from interlock.kernel.mail.send import SendMessage, sent_key
from interlock.kernel.mail.settle import AckMessage, RejectMessage
from interlock.kernel.program import UpdateProgramState
from interlock.kernel.redrive import RedriveDeadLetters
from interlock.kernel.schedule.verbs import (
    CreateSchedule,
    DeleteSchedule,
    GetSchedule,
    PauseSchedule,
    ResumeSchedule,
)
from interlock.kernel.session import OpenSession
from interlock.kernel.task.cancel import CancelTask, RetryTask
from interlock.kernel.task.claim import ClaimTask
from interlock.kernel.task.create import CreateTask
from interlock.kernel.task.finish import CompleteTask, FailTask, ReleaseTask
from interlock.kernel.task.lease import ExtendLease
from interlock.kernel.task.model import Task
from interlock.kernel.task.step import CheckpointTask, RecordStep
from interlock.kernel.task.view import GetTask
from interlock.kernel.timeline import GetTimeline
from interlock.kernel.topic.publish import PublishEvent

if TYPE_CHECKING:
    from interlock.kernel.state import State

RowKey = tuple[str, str]
"""Kind and id of a row."""


def missing_rows(state: "State", command: Command) -> list[RowKey]:
    """The rows that may hold what the command speaks of and that are not at hand. Mostly none.

    What is fetched may name more: ask again until nothing new is wanted."""
    wants = WANTS.get(type(command))
    return [] if wants is None else wants(state, command)


def kept_together(key: RowKey) -> tuple[RowKey, ...]:
    """The finished things that have to leave memory with this one: whoever finds the one looks for the other
    beside it."""
    kind, id = key
    return (("task", id), ("content", id)) if kind in ("task", "content") else (key,)


def task_rows(state: "State", *ids: str) -> list[RowKey]:
    """The rows of the named tasks that are not at hand."""
    return [
        (kind, id)
        for id in ids
        if id and id not in state.tasks and ("task", id) not in state.closed
        for kind in ("task", "content")
    ]


def _named_task(state: "State", command: Any) -> list[RowKey]:
    return task_rows(state, command.task_id)


def _dead_task(state: "State", command: RetryTask) -> list[RowKey]:
    task = state.closed.get(("task", command.task_id))
    if isinstance(task, Task):
        return task_rows(state, *task.needs_open)
    return task_rows(state, command.task_id)


def _new_task(state: "State", command: CreateTask) -> list[RowKey]:
    rows = task_rows(state, command.task_id, *command.needs)
    if command.idempotency_key:
        name = key_name("task", sender=command.agent, key=command.idempotency_key)
        known = state.keys.get(name)
        rows += task_rows(state, known.ref) if known else []
    return rows


def _delivery_rows(state: "State", id: str) -> list[RowKey]:
    if id in state.deliveries:
        return []
    delivery = state.closed.get(("delivery", id))
    if isinstance(delivery, Delivery):
        return _message_rows(state, delivery.message_id)
    return [("delivery", id)]


def _message_rows(state: "State", id: str) -> list[RowKey]:
    if not id or id in state.messages or ("message", id) in state.closed:
        return []
    return [("message", id)]


def _receipt(state: "State", command: AckMessage | RejectMessage) -> list[RowKey]:
    return _delivery_rows(state, read_receipt(command.receipt)[0])


def _sent(state: "State", command: SendMessage) -> list[RowKey]:
    rows = _message_rows(state, command.reply_to)
    if command.idempotency_key:
        known = state.keys.get(sent_key(command))
        rows += _message_rows(state, known.ref) if known else []
    return rows + task_rows(state, command.task_id)


def _handed_out(state: "State", command: GetMessages) -> list[RowKey]:
    known = state.requests.get(request_name(command)) if command.request_id else None
    reply = decode_reply(known.reply_json) if known else None
    if not isinstance(reply, Messages):
        return []
    return [row for item in reply.items for row in _message_rows(state, item.id)]


def _proven(state: "State", command: PublishEvent | UpdateProgramState) -> list[RowKey]:
    return task_rows(state, command.task_id)


def _schedule(state: "State", command: Any) -> list[RowKey]:
    if command.name in state.schedules or ("schedule", command.name) in state.closed:
        return []
    return [("schedule", command.name)]


def _message(state: "State", command: GetMessage) -> list[RowKey]:
    return _message_rows(state, command.message_id)


def _dead_letters(state: "State", command: RedriveDeadLetters) -> list[RowKey]:
    rows: list[RowKey] = []
    for id in command.ids:
        if id.startswith("message-"):
            rows += _delivery_rows(state, id)
        elif id.startswith("event-"):
            rows += [] if ("dead_event", id) in state.closed else [("dead_event", id)]
        elif id.startswith("post-"):
            rows += [] if ("dead_post", id) in state.closed else [("dead_post", id)]
        else:
            rows += _dead_task(state, RetryTask(task_id=id))
    return rows


def _access_key(state: "State", command: RotateKey | RevokeKey) -> list[RowKey]:
    if command.key_id in state.access or ("access_key", command.key_id) in state.closed:
        return []
    return [("access_key", command.key_id)]


def _help(state: "State", command: AnswerHelp) -> list[RowKey]:
    key = ("help", command.help_id)
    return [] if command.help_id in state.help or key in state.closed else [key]


def _session(state: "State", command: OpenSession) -> list[RowKey]:
    if command.session in state.sessions or ("session", command.session) in state.closed:
        return []
    return [("session", command.session)]


WANTS: Final[dict[type[Command], Callable[["State", Any], list[RowKey]]]] = {
    CreateTask: _new_task,
    ClaimTask: _named_task,
    ExtendLease: _named_task,
    CompleteTask: _named_task,
    FailTask: _named_task,
    ReleaseTask: _named_task,
    CancelTask: _named_task,
    RetryTask: _dead_task,
    RecordStep: _named_task,
    CheckpointTask: _named_task,
    GetTask: _named_task,
    GetTimeline: _named_task,
    OpenSession: _session,
    RequestHelp: _named_task,
    AnswerHelp: _help,
    RotateKey: _access_key,
    RevokeKey: _access_key,
    SendMessage: _sent,
    GetMessages: _handed_out,
    GetMessage: _message,
    AckMessage: _receipt,
    RejectMessage: _receipt,
    PublishEvent: _proven,
    CreateSchedule: _schedule,
    PauseSchedule: _schedule,
    ResumeSchedule: _schedule,
    DeleteSchedule: _schedule,
    GetSchedule: _schedule,
    UpdateProgramState: _proven,
    RedriveDeadLetters: _dead_letters,
}
