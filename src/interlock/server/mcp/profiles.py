"""Profiles: which tools a key shows. Context is dear, so a worker sees twelve at the most.

A profile hides, it does not forbid: what a key may is said by its role and its scopes, which the door checks.
"""

from typing import Final

from interlock.kernel.access.roles import ROLES
from interlock.server.caller import Caller
from interlock.server.mcp.catalog import is_served, verb_of

WORKER_TOOLS_MAX: Final = 12

WORKER: Final = (
    "get_program_state",
    "update_program_state",
    "get_messages",
    "send_message",
    "ack_message",
    "claim_task",
    "extend_lease",
    "complete_task",
    "fail_task",
    "release_task",
    "ask",
    "request_help",
)
ORCHESTRATOR: Final = (
    "get_program_state",
    "update_program_state",
    "get_messages",
    "send_message",
    "ack_message",
    "ask",
    "get_reply",
    "create_task",
    "run_task",
    "get_tasks",
    "get_task",
    "cancel_task",
    "claim_task",
    "extend_lease",
    "complete_task",
    "fail_task",
    "release_task",
    "publish_event",
    "get_fleet",
    "get_agents",
    "get_dead_letters",
    "redrive_dead_letters",
    "request_help",
)
OPERATOR: Final = (
    "get_fleet",
    "get_agents",
    "get_tasks",
    "get_task",
    "get_timeline",
    "get_queues",
    "create_task",
    "cancel_task",
    "retry_task",
    "get_help_requests",
    "answer_help",
    "send_message",
    "get_messages",
    "ack_message",
    "search_messages",
    "publish_event",
    "get_dead_letters",
    "redrive_dead_letters",
    "pause_agent",
    "resume_agent",
    "quarantine_agent",
    "get_queue",
    "configure_queue",
)

PROFILES: Final[dict[str, tuple[str, ...]]] = {
    "worker": WORKER,
    "orchestrator": ORCHESTRATOR,
    "operator": OPERATOR,
}

PROFILE_OF_ROLE: Final[dict[str, str]] = {
    "agent": "worker",
    "viewer": "operator",
    "operator": "operator",
    "approver": "operator",
    "admin": "operator",
}
"""The profile of a key that names none."""

OPEN_PROFILE: Final = "orchestrator"
"""What an open server shows: nobody said yet who works and who leads."""


def profile_of(caller: Caller) -> str:
    """The profile that a caller sees."""
    if caller.profile in PROFILES:
        return caller.profile
    return PROFILE_OF_ROLE[caller.role] if caller.key_id else OPEN_PROFILE


def tools_of(caller: Caller) -> tuple[str, ...]:
    """The tools of the caller's profile, without those that the key cannot use."""
    return tuple(
        tool
        for tool in PROFILES[profile_of(caller)]
        if is_served(tool)
        and caller.role in ROLES.get(verb_of(tool), ())
        and (not caller.verbs or verb_of(tool) in caller.verbs)
    )
