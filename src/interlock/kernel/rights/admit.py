"""May this bearer send this command? Asked for each that comes from outside."""

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from interlock.kernel.access.create import CreateKey
from interlock.kernel.access.roles import ROLES
from interlock.kernel.access.rotate import RotateKey
from interlock.kernel.command import Command, Reply
from interlock.kernel.fleet import GetFleet
from interlock.kernel.help import AnswerHelp, GetHelpRequests, RequestHelp
from interlock.kernel.ledger import ReadLog
from interlock.kernel.letters import GetDeadLetters
from interlock.kernel.mail.listing import SearchMessages
from interlock.kernel.mail.model import delivery_id
from interlock.kernel.mail.receive import GetMessage
from interlock.kernel.mail.send import SendMessage
from interlock.kernel.mail.settle import AckMessage, RejectMessage
from interlock.kernel.program import GetProgramState, UpdateProgramState
from interlock.kernel.queries import ReadTopic
from interlock.kernel.redrive import RedriveDeadLetters
from interlock.kernel.rights.bearer import Bearer, Check, forbidden, is_narrow
from interlock.kernel.rights.lists import own_mail, own_requests, queues_listed, task_told
from interlock.kernel.rights.mail import message_named, own_message, own_receipt, own_thread
from interlock.kernel.rights.queues import (
    queue_claimed,
    queue_named,
    queue_scheduled,
    queues_watched,
    schedule_named,
)
from interlock.kernel.rights.tasks import letters_named, own_claim, own_creation, tasks_named
from interlock.kernel.rights.wide import (
    all_queues,
    no_escalations,
    no_wider_key,
    no_wider_secret,
    own_letters,
    own_session,
    webhook_within,
)
from interlock.kernel.roster import GetAgents, GetSessions
from interlock.kernel.schedule.listing import GetSchedules
from interlock.kernel.schedule.verbs import (
    CreateSchedule,
    DeleteSchedule,
    GetSchedule,
    PauseSchedule,
    ResumeSchedule,
)
from interlock.kernel.session import CloseSession
from interlock.kernel.task.cancel import CancelTask, RetryTask
from interlock.kernel.task.cancelled import GetCancellations
from interlock.kernel.task.claim import ClaimTask
from interlock.kernel.task.create import CreateTask
from interlock.kernel.task.finish import CompleteTask, FailTask, ReleaseTask
from interlock.kernel.task.lease import ExtendLease
from interlock.kernel.task.listing import GetTasks
from interlock.kernel.task.queue import ConfigureQueue, GetQueue
from interlock.kernel.task.queues import GetQueues
from interlock.kernel.task.step import CheckpointTask, RecordStep
from interlock.kernel.task.view import GetTask
from interlock.kernel.timeline import GetTimeline
from interlock.kernel.topic.publish import PublishEvent
from interlock.kernel.topic.receive import GetEvents
from interlock.kernel.topic.subscribe import Subscribe
from interlock.kernel.wants import RowKey, missing_rows
from interlock.kernel.webhook.create import CreateWebhook, RotateWebhookSecret
from interlock.kernel.webhook.steer import (
    DeleteWebhook,
    GetWebhook,
    GetWebhooks,
    PauseWebhook,
    ResumeWebhook,
)

if TYPE_CHECKING:
    from interlock.kernel.state import State


def admitted(state: "State", command: Command, bearer: Bearer, now_us: int) -> Command | Reply:
    """The command as it may be carried out, in the bearer's name; else the answer to give instead.

    Everything that `unseen_rows` names must be at hand.
    """
    verb = command.verb
    if bearer.role not in ROLES.get(verb, ()):
        return forbidden(f"{verb}: the role {bearer.role} does not allow it: use another key")
    if bearer.verbs and verb not in bearer.verbs:
        return forbidden(f"{verb}: the key does not allow this verb: use another key")
    agent = bearer.agent
    if agent and command.agent != agent:
        if not command.agent:
            command = replace(command, agent=agent)
        elif not (isinstance(command, GetProgramState) and bearer.role != "agent"):
            return forbidden(f"{verb}: the key is that of {agent}, and speaks for nobody else")
    if not is_narrow(bearer):
        return command
    for check in CHECKS.get(type(command), ()):
        found = check(state, command, bearer, now_us)
        if isinstance(found, Reply):
            return found
        if found is not None:
            command = found
    return command


def unseen_rows(state: "State", command: Command, bearer: Bearer) -> list[RowKey]:
    """The rows that have to be at hand before `admitted` can tell, and are not. Mostly none."""
    if not is_narrow(bearer) or type(command) not in CHECKS:
        return []
    rows = missing_rows(state, command)
    named = message_named(command)
    if bearer.role == "agent" and named:
        delivery = delivery_id(named, bearer.agent)
        if delivery not in state.deliveries and ("delivery", delivery) not in state.closed:
            rows = [*rows, ("delivery", delivery)]
    return rows


_HOLDER: Final[tuple[Check, ...]] = (tasks_named, own_claim)
_SETTLER: Final[tuple[Check, ...]] = (own_receipt,)
_SCHEDULE: Final[tuple[Check, ...]] = (schedule_named,)
_READER: Final[tuple[Check, ...]] = (no_escalations,)

CHECKS: Final[dict[type[Command], tuple[Check, ...]]] = {
    CreateTask: (queue_named, tasks_named, own_claim),
    ClaimTask: (queue_claimed, tasks_named),
    ExtendLease: _HOLDER,
    CompleteTask: _HOLDER,
    FailTask: _HOLDER,
    ReleaseTask: _HOLDER,
    RecordStep: _HOLDER,
    CheckpointTask: _HOLDER,
    CancelTask: (tasks_named, own_creation),
    GetCancellations: (queues_watched,),
    RetryTask: (tasks_named, own_creation),
    GetTask: (tasks_named,),
    ConfigureQueue: (queue_named,),
    GetQueue: (queue_named,),
    CreateSchedule: (queue_scheduled,),
    PauseSchedule: _SCHEDULE,
    ResumeSchedule: _SCHEDULE,
    DeleteSchedule: _SCHEDULE,
    GetSchedule: _SCHEDULE,
    SendMessage: (tasks_named, own_claim, own_thread),
    GetMessage: (own_message,),
    AckMessage: _SETTLER,
    RejectMessage: _SETTLER,
    PublishEvent: _HOLDER,
    UpdateProgramState: _HOLDER,
    CloseSession: (own_session,),
    GetDeadLetters: (own_letters,),
    RedriveDeadLetters: (letters_named,),
    Subscribe: _READER,
    GetEvents: _READER,
    ReadTopic: _READER,
    ReadLog: (all_queues,),
    GetTasks: (queues_listed,),
    GetQueues: (queues_listed,),
    GetSchedules: (queues_listed,),
    GetTimeline: (task_told,),
    GetAgents: (all_queues,),
    GetSessions: (all_queues,),
    GetFleet: (all_queues,),
    SearchMessages: (own_mail,),
    RequestHelp: _HOLDER,
    GetHelpRequests: (own_requests,),
    AnswerHelp: (all_queues,),
    CreateWebhook: (webhook_within,),
    GetWebhook: (all_queues,),
    GetWebhooks: (all_queues,),
    PauseWebhook: (all_queues,),
    ResumeWebhook: (all_queues,),
    DeleteWebhook: (all_queues,),
    RotateWebhookSecret: (all_queues,),
    CreateKey: (no_wider_key,),
    RotateKey: (no_wider_secret,),
}
"""What is looked at besides role, verb and name, in this order."""
