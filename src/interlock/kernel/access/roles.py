"""Which roles may use which verb. A verb that does not stand here may be used by nobody."""

from typing import Final

PEOPLE: Final = frozenset({"viewer", "operator", "approver", "admin"})

_ALL: Final = PEOPLE | {"agent"}
_WORK: Final = frozenset({"agent", "admin"})
_START: Final = frozenset({"agent", "operator", "admin"})
_TALK: Final = frozenset({"agent", "operator", "approver", "admin"})
_STEER: Final = frozenset({"operator", "admin"})
_ADMIN: Final = frozenset({"admin"})

ROLES: Final[dict[str, frozenset[str]]] = {
    # What everybody may look at; an agent sees its own mail alone.
    "get_task": _ALL,
    "get_queue": _ALL,
    "get_agent": _ALL,
    "get_message": _ALL,
    "get_subscription": _ALL,
    "read_topic": _ALL,
    "get_program_state": _ALL,
    "get_schedule": _ALL,
    "get_dead_letters": _ALL,
    "get_tasks": _ALL,
    "get_queues": _ALL,
    "get_agents": _ALL,
    "get_sessions": _ALL,
    "get_fleet": _ALL,
    "get_timeline": _ALL,
    "get_schedules": _ALL,
    "get_subscriptions": _ALL,
    "get_topics": _ALL,
    "search_messages": _ALL,
    "get_blob": _ALL,
    # What shows everything of everybody.
    "read_log": PEOPLE,
    # New work and messages: also from people who steer.
    "create_task": _START,
    "put_blob": _START,
    "publish_event": _START,
    "send_message": _TALK,
    "get_messages": _TALK,
    "ask": _TALK,
    "request_help": _WORK,
    "get_help_requests": _ALL,
    "answer_help": frozenset({"operator", "approver", "admin"}),
    "get_reply": _TALK,
    "ack_message": _TALK,
    "reject_message": _TALK,
    # Work.
    "claim_task": _WORK,
    "extend_lease": _WORK,
    "get_cancellations": _WORK,
    "complete_task": _WORK,
    "fail_task": _WORK,
    "release_task": _WORK,
    "record_step": _WORK,
    "checkpoint_task": _WORK,
    "register_agent": _WORK,
    "open_session": _WORK,
    "close_session": _WORK,
    "subscribe": _WORK,
    "get_events": _WORK,
    "ack_events": _WORK,
    "update_program_state": _WORK,
    "reinforce_pattern": _WORK,
    "decay_patterns": _WORK,
    # An agent takes back, or tries again, only what it created itself.
    "cancel_task": _START,
    "retry_task": _START,
    # Steering: it concerns the work of others.
    "configure_queue": _STEER,
    "pause_agent": _STEER,
    "resume_agent": _STEER,
    "quarantine_agent": _STEER,
    "seek_subscription": _STEER,
    "unsubscribe": _STEER,
    "create_schedule": _STEER,
    "pause_schedule": _STEER,
    "resume_schedule": _STEER,
    "delete_schedule": _STEER,
    "redrive_dead_letters": _STEER,
    # Webhooks: what carries the log outside is made by those who may do all.
    "get_webhook": PEOPLE,
    "get_webhooks": PEOPLE,
    "pause_webhook": _STEER,
    "resume_webhook": _STEER,
    "create_webhook": _ADMIN,
    "rotate_webhook_secret": _ADMIN,
    "delete_webhook": _ADMIN,
    "advance_webhook": frozenset(),  # the server alone: it calls the hub itself
    # Keys.
    "create_key": _ADMIN,
    "rotate_key": _ADMIN,
    "revoke_key": _ADMIN,
    "get_keys": _ADMIN,
}
"""The roles that may use a verb. What they may use it on is said in `kernel/rights`."""
