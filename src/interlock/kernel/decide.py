"""The table of verbs: which function decides which command."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Union

import msgspec

from interlock.kernel import agent as agents
from interlock.kernel import help, program, redrive, roster, session
from interlock.kernel.access import create as access_create
from interlock.kernel.access import revoke as access_revoke
from interlock.kernel.access import rotate as access_rotate
from interlock.kernel.access import view as access_view
from interlock.kernel.command import Command, Decision, Reply, refuse
from interlock.kernel.idempotency import RequestAnswered, digest_of, request_name
from interlock.kernel.mail import receive, send, settle
from interlock.kernel.queries import QUERIES
from interlock.kernel.schedule import listing as schedule_listing
from interlock.kernel.schedule import verbs as schedules
from interlock.kernel.task import (
    cancel,
    cancelled,
    claim,
    create,
    finish,
    lease,
    queue,
    queues,
    step,
    view,
)
from interlock.kernel.topic import listing as topic_listing
from interlock.kernel.topic import publish, subscribe
from interlock.kernel.topic import settle as topic_settle
from interlock.kernel.topic.receive import GetEvents
from interlock.kernel.webhook import advance as webhook_advance
from interlock.kernel.webhook import create as webhook_create
from interlock.kernel.webhook import steer as webhook_steer

if TYPE_CHECKING:
    from interlock.kernel.state import State

Decider = Callable[["State", Any, int], Decision]

DECIDE: Final[dict[type[Command], Decider]] = {
    create.CreateTask: create.decide_create_task,
    claim.ClaimTask: claim.decide_claim_task,
    lease.ExtendLease: lease.decide_extend_lease,
    finish.CompleteTask: finish.decide_complete_task,
    finish.FailTask: finish.decide_fail_task,
    finish.ReleaseTask: finish.decide_release_task,
    cancel.CancelTask: cancel.decide_cancel_task,
    cancel.RetryTask: cancel.decide_retry_task,
    cancelled.GetCancellations: cancelled.decide_get_cancellations,
    step.RecordStep: step.decide_record_step,
    step.CheckpointTask: step.decide_checkpoint_task,
    view.GetTask: view.decide_get_task,
    queue.ConfigureQueue: queue.decide_configure_queue,
    queue.GetQueue: queue.decide_get_queue,
    queues.GetQueues: queues.decide_get_queues,
    agents.RegisterAgent: agents.decide_register_agent,
    agents.GetAgent: agents.decide_get_agent,
    roster.GetAgents: roster.decide_get_agents,
    roster.GetSessions: roster.decide_get_sessions,
    agents.PauseAgent: agents.decide_pause_agent,
    agents.ResumeAgent: agents.decide_resume_agent,
    agents.QuarantineAgent: agents.decide_quarantine_agent,
    session.OpenSession: session.decide_open_session,
    session.CloseSession: session.decide_close_session,
    send.SendMessage: send.decide_send_message,
    receive.GetMessages: receive.decide_get_messages,
    receive.GetMessage: receive.decide_get_message,
    settle.AckMessage: settle.decide_ack_message,
    settle.RejectMessage: settle.decide_reject_message,
    publish.PublishEvent: publish.decide_publish_event,
    subscribe.Subscribe: subscribe.decide_subscribe,
    subscribe.SeekSubscription: subscribe.decide_seek_subscription,
    subscribe.GetSubscription: subscribe.decide_get_subscription,
    topic_listing.GetSubscriptions: topic_listing.decide_get_subscriptions,
    subscribe.Unsubscribe: subscribe.decide_unsubscribe,
    topic_settle.AckEvents: topic_settle.decide_ack_events,
    program.GetProgramState: program.decide_get_program_state,
    program.UpdateProgramState: program.decide_update_program_state,
    program.ReinforcePattern: program.decide_reinforce_pattern,
    program.DecayPatterns: program.decide_decay_patterns,
    schedules.CreateSchedule: schedules.decide_create_schedule,
    schedules.PauseSchedule: schedules.decide_pause_schedule,
    schedules.ResumeSchedule: schedules.decide_resume_schedule,
    schedules.DeleteSchedule: schedules.decide_delete_schedule,
    schedules.GetSchedule: schedules.decide_get_schedule,
    schedule_listing.GetSchedules: schedule_listing.decide_get_schedules,
    redrive.RedriveDeadLetters: redrive.decide_redrive_dead_letters,
    help.RequestHelp: help.decide_request_help,
    help.AnswerHelp: help.decide_answer_help,
    help.GetHelpRequests: help.decide_get_help_requests,
    webhook_create.CreateWebhook: webhook_create.decide_create_webhook,
    webhook_create.RotateWebhookSecret: webhook_create.decide_rotate_webhook_secret,
    webhook_steer.GetWebhook: webhook_steer.decide_get_webhook,
    webhook_steer.GetWebhooks: webhook_steer.decide_get_webhooks,
    webhook_steer.PauseWebhook: webhook_steer.decide_pause_webhook,
    webhook_steer.ResumeWebhook: webhook_steer.decide_resume_webhook,
    webhook_steer.DeleteWebhook: webhook_steer.decide_delete_webhook,
    webhook_advance.AdvanceWebhook: webhook_advance.decide_advance_webhook,
    access_create.CreateKey: access_create.decide_create_key,
    access_rotate.RotateKey: access_rotate.decide_rotate_key,
    access_revoke.RevokeKey: access_revoke.decide_revoke_key,
    access_view.GetKeys: access_view.decide_get_keys,
}

COMMANDS: Final[tuple[type[Command], ...]] = (*DECIDE, GetEvents, *QUERIES)
"""Every command: those that are decided here, `get_events`, for which the hub reads the store first, the
lists, and those that the store answers alone."""

VERBS: Final[dict[str, type[Command]]] = {command.verb: command for command in COMMANDS}
"""Every verb of the public API, by name."""


def decide(state: "State", command: Command, now_us: int) -> Decision:
    """The events and the answer for a command at hub time `now_us`; changes nothing.

    With a request id that came before, the first answer; the same id with another body is refused.
    """
    if not command.request_id:
        return DECIDE[type(command)](state, command, now_us)
    digest = digest_of(command)
    name = request_name(command)
    known = state.requests.get(name)
    if known is not None:
        if known.digest != digest:
            return refuse(
                "idempotency_conflict",
                f"the request id {command.request_id} came before with another body",
            )
        return [], _complete(state, decode_reply(known.reply_json))
    events, reply = DECIDE[type(command)](state, command, now_us)
    if not events:
        return events, reply
    answered = RequestAnswered(
        at_us=now_us,
        request=name,
        digest=digest,
        reply_json=msgspec.json.encode(_abridge(reply)).decode(),
    )
    return [*events, answered], reply


def _abridge(reply: Reply) -> Reply:
    """What is remembered of an answer: its bulk stays where it is."""
    return receive.abridge(claim.abridge(reply))


def _complete(state: "State", reply: Reply) -> Reply:
    """A remembered answer with its bulk."""
    return receive.complete(state, claim.complete(state, reply))


def all_of(root: type[Any]) -> Any:
    """The union of all concrete kinds below a root struct, for a tagged decoder."""
    found = _descendants(root)
    return Union[tuple(found)]  # noqa: UP007


def _descendants(root: type[Any]) -> list[type[Any]]:
    children = root.__subclasses__()
    return [kind for child in children for kind in (child, *_descendants(child))]


decode_reply: Final[Callable[[str], Reply]] = msgspec.json.Decoder(all_of(Reply)).decode
"""A reply from its JSON text."""
