"""The desk: carries out a tool call through the door, with what a model may leave out filled in."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from interlock.kernel.command import Refusal, Reply
from interlock.kernel.decide import VERBS
from interlock.kernel.task.claim import Claim
from interlock.kernel.task.model import HELD
from interlock.kernel.task.view import TaskView
from interlock.server.caller import Caller
from interlock.server.door import Door
from interlock.server.mcp.answers import bounded, structured_of
from interlock.server.mcp.arguments import fields_of
from interlock.server.mcp.fences import AMBIGUOUS, Fences
from interlock.server.mcp.hints import next_of
from interlock.server.mcp.identity import Identity, Sessions, Visitor, identify, takes_session
from interlock.server.mcp.profiles import tools_of

SESSION_VERBS: Final = frozenset({"open_session", "close_session"})
SAY_THE_FENCE: Final = "give the fence that claim_task returned"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a tool call gave: structured content, the same as text, and whether it is a refusal."""

    structured: dict[str, Any]
    text: str
    is_error: bool


def outcome_of(structured: dict[str, Any], *, is_error: bool) -> Outcome:
    """The outcome, short enough for a model."""
    shortened, text = bounded(structured)
    return Outcome(structured=shortened, text=text, is_error=is_error)


class Desk:
    """All tool calls of one server pass here. Remembers fences and open sessions, nothing else."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self._fences = Fences()
        self._sessions = Sessions(door)

    def agent_of(self, visitor: Visitor) -> str:
        """The agent that a call without any name would come from."""
        identity = identify(visitor, {})
        return "" if isinstance(identity, Refusal) else identity.agent

    async def call(self, visitor: Visitor, verb: str, arguments: Mapping[str, Any]) -> Outcome:
        """The outcome of a tool call; refusals are outcomes, too."""
        reply = await self.reply(visitor, verb, arguments)
        is_camel = any(name != name.lower() for name in arguments)
        structured = structured_of(verb, reply, is_camel=is_camel)
        told_next = next_of(reply, tools_of(visitor.caller))
        if told_next:
            structured["next"] = told_next
        return outcome_of(structured, is_error=isinstance(reply, Refusal))

    async def reply(self, visitor: Visitor, verb: str, arguments: Mapping[str, Any]) -> Reply:
        """The kernel's answer."""
        if verb not in VERBS:
            return Refusal(code="not_found", message=f"there is no tool {verb}")
        fields = fields_of(verb, arguments)
        identity = identify(visitor, fields)
        if isinstance(identity, Refusal):
            return identity
        fields.pop("session", None)
        fields["agent"] = identity.agent
        if takes_session(verb) and await self._may_enter(visitor.caller, identity, verb):
            fields["session"] = identity.session
        if visitor.traceparent and "traceparent" in VERBS[verb].__struct_fields__:
            fields.setdefault("traceparent", visitor.traceparent)
        refusal = await self._fill_fence(visitor.caller, identity, verb, fields)
        if refusal is not None:
            return refusal
        reply = await self.door.call(visitor.caller, verb, fields)
        if isinstance(reply, Claim):
            self._fences.keep(identity.slot, reply.task_id, reply.fence)
        return reply

    async def _may_enter(self, caller: Caller, identity: Identity, verb: str) -> bool:
        """Whether the call bears its session, which is open from here on."""
        if not identity.session or verb in SESSION_VERBS:
            return bool(identity.session)
        return await self._sessions.enter(caller, identity)

    async def _fill_fence(
        self, caller: Caller, identity: Identity, verb: str, fields: dict[str, Any]
    ) -> Refusal | None:
        """Adds the fence of the claim that the call is made under, or says why there is none."""
        takes_fence = "fence" in VERBS[verb].__struct_fields__
        task_id = fields.get("task_id")
        if not takes_fence or fields.get("fence") is not None or not isinstance(task_id, str):
            return None
        if not task_id:
            return None
        fence = self._fences.find(identity.slot, task_id)
        if fence == AMBIGUOUS:
            message = f"two processes of this key claimed {task_id}: {SAY_THE_FENCE}"
            return Refusal(code="stale_fence", message=message, details={"task_id": task_id})
        if fence is None:
            found = await self._fence_of_holder(caller, identity, task_id)
            if isinstance(found, Refusal):
                return found
            fence = found
        fields["fence"] = fence
        return None

    async def _fence_of_holder(
        self, caller: Caller, identity: Identity, task_id: str
    ) -> int | Refusal:
        """The fence of the present claim, if this agent made it in the session that it names now: the server may
        have been restarted since."""
        view = await self.door.call(caller, "get_task", {"task_id": task_id})
        if isinstance(view, Refusal) and view.code == "not_found":
            return view
        if not isinstance(view, TaskView):
            return _no_claim(task_id)
        task = view.task
        is_ours = task.holder_agent == identity.agent and task.holder_session == identity.session
        if task.status in HELD and identity.session and is_ours:
            return task.fence
        return _no_claim(task_id, agent=task.holder_agent)


def _no_claim(task_id: str, **details: Any) -> Refusal:
    return Refusal(
        code="stale_fence",
        message=f"no claim of {task_id} is known for this key and session: claim it first, or {SAY_THE_FENCE}",
        details={"task_id": task_id, **details},
    )
