"""What a model should do next, where an answer does not end the matter: one short sentence with the names of tools
that the caller is shown."""

from collections.abc import Collection

from interlock.kernel.command import Reply
from interlock.kernel.help import HelpState
from interlock.kernel.mail.ask import NoAnswer
from interlock.kernel.mail.model import DEAD
from interlock.kernel.task.claim import NothingReady


def next_of(reply: Reply, tools: Collection[str]) -> str:
    """The next step after this reply for a caller who is shown these tools; empty where nothing is left to do."""
    if isinstance(reply, NothingReady):
        return "No work now. Call claim_task again to wait for some."
    if isinstance(reply, NoAnswer):
        return _after_no_answer(reply, tools)
    if isinstance(reply, HelpState) and reply.status == "open":
        wait = f"To wait for the answer {_wait_for(reply.help_id, tools)}."
        return f"People see it. {wait} Or release_task what you cannot go on with, and claim_task another."
    return ""


def _after_no_answer(reply: NoAnswer, tools: Collection[str]) -> str:
    if reply.status == DEAD:
        return "Nobody will answer: the question is a dead letter. Ask somebody else."
    return f"No answer yet, and the question stays open. To wait on {_wait_for(reply.message_id, tools)}."


def _wait_for(id: str, tools: Collection[str]) -> str:
    """How to wait for the RESULT that replies to an id."""
    if "get_reply" in tools:
        return f"call get_reply with message_id {id}"
    return f"call get_messages with wait_s: a RESULT with reply_to {id} is the answer"
