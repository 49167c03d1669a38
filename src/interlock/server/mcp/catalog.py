"""The tools: one for each verb that a profile shows. What a tool takes comes from the verb's command; what is
said here is what a model should know first: what it is for, and what to do next.
"""

from typing import Any, Final

import msgspec

from interlock.kernel.decide import VERBS
from interlock.server.mcp.schema import input_schema


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """What a model is told about a verb."""

    description: str
    shown: tuple[str, ...]
    """The arguments that the listing shows, as the samples spell them; all others of the verb are taken too."""
    is_read_only: bool = False
    base: str = ""
    """For a tool that is no verb: the verb whose arguments it takes, and whose rights it needs."""


TOOLS: Final[dict[str, Tool]] = {
    "send_message": Tool(
        description="Leave a durable message for an agent, `group:<name>` or `all`. It waits until they read it. "
        "To answer, give reply_to; an ACK or RESULT settles the message you answer.",
        shown=(
            "source",
            "target",
            "message_type",
            "message",
            "payload",
            "reply_to",
            "thread_id",
            "priority",
            "ttl",
            "idempotency_key",
            "taskId",
        ),
    ),
    "get_messages": Tool(
        description="Read your waiting messages. Each comes again after a minute unless you settle it: answer "
        "with send_message (ACK or RESULT and reply_to), or call ack_message. wait_s waits for the first one.",
        shown=("sessionId", "message_type", "thread_id", "limit", "wait_s"),
    ),
    "ack_message": Tool(
        description="Settle a message that needs no answer, by the receipt that came with it.",
        shown=("receipt",),
    ),
    "ask": Tool(
        description="Ask an agent a question and wait for its answer. If none comes in time, the question stays "
        "open and the answer says where to look later.",
        shown=("source", "target", "message", "payload", "thread_id", "wait_s"),
    ),
    "get_reply": Tool(
        description="Wait on for the answer to a question of ask, or of request_help, by the id that it returned.",
        shown=("message_id", "wait_s"),
    ),
    "search_messages": Tool(
        description="Find messages of a thread, sender or recipient without taking them. To read your own mail, "
        "call get_messages instead.",
        shown=("thread_id", "source", "recipient", "status", "order", "limit", "cursor"),
        is_read_only=True,
    ),
    "create_task": Tool(
        description="Queue work for whoever is free. Do not wait for it: you get a taskId for get_tasks.",
        shown=(
            "title",
            "instructions",
            "priority",
            "type",
            "queue",
            "payload",
            "capabilities",
            "needs",
            "deadline",
            "idempotency_key",
        ),
    ),
    "get_tasks": Tool(
        description="List tasks by status (created or ready, active, done, dead, ...), queue or holder. To get "
        "work, call claim_task without taskId instead: it picks the next one for you.",
        shown=("status", "queue", "holder", "limit", "cursor"),
        is_read_only=True,
    ),
    "get_task": Tool(
        description="Look at one task: status, result, why it failed.",
        shown=("taskId",),
        is_read_only=True,
    ),
    "claim_task": Tool(
        description="Take a task: the next one (it waits for work), or taskId. You hold it for lease_ms: call "
        "extend_lease before that ends, then complete_task, fail_task or release_task. If refused with "
        "already_claimed, another agent has it: move on.",
        shown=("taskId", "queue", "capabilities", "sessionId", "wait_s", "lease_s"),
    ),
    "extend_lease": Tool(
        description="Keep your task while you still work on it, and say how far you are. If the answer says "
        "it was cancelled, stop.",
        shown=("taskId", "progress", "lease_s", "fence"),
    ),
    "complete_task": Tool(
        description="Your task is done: hand in its result, then claim the next one.",
        shown=("taskId", "result", "fence"),
    ),
    "fail_task": Tool(
        description="Your attempt failed. TRANSIENT, DEPENDENCY and TIMEOUT are tried again later; PERMANENT and "
        "POLICY go to a person.",
        shown=("taskId", "error", "error_class", "fence"),
    ),
    "release_task": Tool(
        description="Give your task back unharmed, for another agent.",
        shown=("taskId", "reason", "fence"),
    ),
    "cancel_task": Tool(
        description="Take a task back. Its holder learns it with its next heartbeat.",
        shown=("taskId", "reason"),
    ),
    "retry_task": Tool(
        description="Bring a dead task back with fresh attempts.",
        shown=("taskId",),
    ),
    "get_program_state": Tool(
        description="Load what your last session left you: handoff notes, open work, learned patterns. Do this "
        "first.",
        shown=("programId",),
        is_read_only=True,
    ),
    "update_program_state": Tool(
        description="Save what your next session needs, before your context is full: contextSummary with "
        "lastTask, handoffNotes, activeWorkItems, openQuestions. What you leave out stays.",
        shown=("programId", "contextSummary", "learned_patterns", "past_failures", "if_version"),
    ),
    "publish_event": Tool(
        description="Tell a topic that something happened, for whoever follows it now or later.",
        shown=("topic", "payload", "key", "idempotency_key"),
    ),
    "read_topic": Tool(
        description="Read what happened in a topic, behind a position.",
        shown=("topic", "after", "limit"),
        is_read_only=True,
    ),
    "get_dead_letters": Tool(
        description="List work and messages that were given up, with the reasons. Bring them back with "
        "redrive_dead_letters.",
        shown=("noun", "queue", "reason", "limit", "cursor"),
        is_read_only=True,
    ),
    "redrive_dead_letters": Tool(
        description="Bring dead letters back with a fresh start, by their ids, once the cause is mended.",
        shown=("ids",),
    ),
    "request_help": Tool(
        description="Raise your hand: a person is told that you are stuck, and answers you. title is what you need, "
        "summary what you tried; taskId is the task that you hold.",
        shown=("title", "summary", "taskId", "urgency"),
    ),
    "get_help_requests": Tool(
        description="List the requests for help that nobody answered yet, oldest first.",
        shown=("name", "urgency", "limit", "cursor"),
        is_read_only=True,
    ),
    "answer_help": Tool(
        description="Answer a request for help: the agent gets it as a message.",
        shown=("help_id", "answer"),
    ),
    "run_task": Tool(
        description="Queue work and wait for its result; if it takes longer than a call may, you get its taskId.",
        shown=("title", "instructions", "priority", "type", "queue", "payload", "capabilities"),
        base="create_task",
    ),
    "get_fleet": Tool(
        description="The fleet at a glance: agents, queues, open work, trouble. Call it before any list.",
        shown=(),
        is_read_only=True,
    ),
    "get_timeline": Tool(
        description="What happened to a task, from its creation on: who held it, how long, and why it failed.",
        shown=("taskId", "after", "limit"),
        is_read_only=True,
    ),
    "get_agents": Tool(
        description="List the agents, what each can do and whether it is active.",
        shown=("status", "limit", "cursor"),
        is_read_only=True,
    ),
    "get_agent": Tool(description="Look at one agent.", shown=("name",), is_read_only=True),
    "register_agent": Tool(
        description="Make yourself known: what you can do, and which groups' messages you get.",
        shown=("capabilities", "groups", "description"),
    ),
    "pause_agent": Tool(
        description="Give an agent no new work until it is resumed.", shown=("name", "reason")
    ),
    "resume_agent": Tool(
        description="Let a paused or quarantined agent work again.", shown=("name",)
    ),
    "quarantine_agent": Tool(
        description="Stop an agent's claims and messages until a person resumes it.",
        shown=("name", "reason"),
    ),
    "get_queue": Tool(
        description="How deep a queue is, by status.", shown=("queue",), is_read_only=True
    ),
    "configure_queue": Tool(
        description="Pause a queue, limit its depth, or weigh its tenants.",
        shown=("queue", "is_paused", "depth_max", "weights"),
    ),
    "reinforce_pattern": Tool(
        description="Note that something you learned held once more.",
        shown=("pattern", "domain", "evidence"),
    ),
    "get_queues": Tool(
        description="List the queues, how deep each is, and which are paused.",
        shown=("limit", "cursor"),
        is_read_only=True,
    ),
}
"""Every tool, by the name of its verb."""


def verb_of(tool: str) -> str:
    """The verb that a tool stands for."""
    return tool if tool in VERBS else TOOLS[tool].base


def schema_of(tool: str) -> dict[str, Any]:
    """The JSON Schema of what a tool takes."""
    return input_schema(verb_of(tool), TOOLS[tool].shown)


def is_served(tool: str) -> bool:
    """Whether there is such a tool."""
    return tool in TOOLS and verb_of(tool) in VERBS
