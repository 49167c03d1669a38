"""The table of events: which function applies which event, and their JSON.

What `apply` does with an event that was ever released never changes.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Union

import msgspec

from interlock.kernel import agent as agents
from interlock.kernel import escalation, help, idempotency, program, redrive, session
from interlock.kernel.access import create as access_create
from interlock.kernel.access import revoke as access_revoke
from interlock.kernel.access import rotate as access_rotate
from interlock.kernel.command import Event
from interlock.kernel.mail import receive, send, settle
from interlock.kernel.schedule import fire
from interlock.kernel.schedule import verbs as schedules
from interlock.kernel.task import attempt, cancel, claim, create, finish, held, lease, queue, step
from interlock.kernel.topic import publish, subscribe
from interlock.kernel.topic import receive as topic_receive
from interlock.kernel.topic import settle as topic_settle
from interlock.kernel.webhook import advance as webhook_advance
from interlock.kernel.webhook import create as webhook_create
from interlock.kernel.webhook import steer as webhook_steer

if TYPE_CHECKING:
    from interlock.kernel.state import State

Applier = Callable[["State", Any, int], None]

APPLY: Final[dict[type[Event], Applier]] = {
    create.TaskCreated: create.apply_task_created,
    create.TaskUnblocked: create.apply_task_unblocked,
    create.TaskBecameDue: create.apply_task_became_due,
    claim.TaskClaimed: claim.apply_task_claimed,
    lease.LeaseExtended: lease.apply_lease_extended,
    lease.LeaseExpired: lease.apply_lease_expired,
    finish.TaskCompleted: finish.apply_task_completed,
    finish.TaskAttemptFailed: finish.apply_task_attempt_failed,
    finish.TaskReleased: finish.apply_task_released,
    cancel.TaskCancelRequested: cancel.apply_task_cancel_requested,
    cancel.TaskCancelled: cancel.apply_task_cancelled,
    cancel.TaskRetried: cancel.apply_task_retried,
    attempt.TaskDied: attempt.apply_task_died,
    held.StaleWriteRefused: held.apply_stale_write_refused,
    step.StepRecorded: step.apply_step_recorded,
    step.TaskCheckpointed: step.apply_task_checkpointed,
    queue.QueueConfigured: queue.apply_queue_configured,
    agents.AgentRegistered: agents.apply_agent_registered,
    agents.AgentPaused: agents.apply_agent_paused,
    agents.AgentResumed: agents.apply_agent_resumed,
    agents.AgentQuarantined: agents.apply_agent_quarantined,
    session.SessionOpened: session.apply_session_opened,
    session.SessionClosed: session.apply_session_closed,
    send.MessageSent: send.apply_message_sent,
    receive.MessagesDelivered: receive.apply_messages_delivered,
    settle.MessageAcked: settle.apply_message_acked,
    settle.MessageReturned: settle.apply_message_returned,
    settle.MessageDied: settle.apply_message_died,
    publish.EventPublished: publish.apply_event_published,
    subscribe.SubscriptionMade: subscribe.apply_subscription_made,
    subscribe.SubscriptionMoved: subscribe.apply_subscription_moved,
    subscribe.SubscriptionEnded: subscribe.apply_subscription_ended,
    topic_receive.EventsDelivered: topic_receive.apply_events_delivered,
    topic_settle.EventsAcked: topic_settle.apply_events_acked,
    topic_settle.EventsReturned: topic_settle.apply_events_returned,
    topic_settle.EventDied: topic_settle.apply_event_died,
    topic_settle.EventRedriven: topic_settle.apply_event_redriven,
    program.ProgramStateUpdated: program.apply_program_state_updated,
    program.PatternReinforced: program.apply_pattern_reinforced,
    program.PatternsDecayed: program.apply_patterns_decayed,
    schedules.ScheduleCreated: schedules.apply_schedule_created,
    schedules.SchedulePaused: schedules.apply_schedule_paused,
    schedules.ScheduleResumed: schedules.apply_schedule_resumed,
    schedules.ScheduleDeleted: schedules.apply_schedule_deleted,
    fire.ScheduleFired: fire.apply_schedule_fired,
    fire.ScheduleSkipped: fire.apply_schedule_skipped,
    webhook_create.WebhookCreated: webhook_create.apply_webhook_created,
    webhook_create.WebhookSecretRotated: webhook_create.apply_webhook_secret_rotated,
    webhook_steer.WebhookPaused: webhook_steer.apply_webhook_paused,
    webhook_steer.WebhookResumed: webhook_steer.apply_webhook_resumed,
    webhook_steer.WebhookDeleted: webhook_steer.apply_webhook_deleted,
    webhook_advance.WebhookAdvanced: webhook_advance.apply_webhook_advanced,
    webhook_advance.WebhookPostFailed: webhook_advance.apply_webhook_post_failed,
    webhook_advance.WebhookPostDied: webhook_advance.apply_webhook_post_died,
    webhook_advance.WebhookPostRedriven: webhook_advance.apply_webhook_post_redriven,
    redrive.MessageRedriven: redrive.apply_message_redriven,
    access_create.KeyCreated: access_create.apply_key_created,
    access_rotate.KeyRotated: access_rotate.apply_key_rotated,
    access_revoke.KeyRevoked: access_revoke.apply_key_revoked,
    escalation.EscalationRaised: escalation.apply_escalation_raised,
    help.HelpRequested: help.apply_help_requested,
    help.HelpAnswered: help.apply_help_answered,
    idempotency.KeyForgotten: idempotency.apply_key_forgotten,
    idempotency.RequestAnswered: idempotency.apply_request_answered,
}

decode_event: Final[Callable[[str], Event]] = msgspec.json.Decoder(Union[tuple(APPLY)]).decode  # noqa: UP007
"""An event from its stored text."""

_encode: Final = msgspec.json.Encoder().encode


def encode_event(event: Event) -> str:
    """The text of an event as it is stored and hashed."""
    return _encode(event).decode()


def apply(state: "State", event: Event) -> None:
    """Folds the next event, which stands at `state.head + 1`, into the state."""
    pos = state.head + 1
    APPLY[type(event)](state, event, pos)
    state.head = pos
