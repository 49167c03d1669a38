"""Who a tool call comes from, and in which session.

With a key the agent is the key's, and a call that names another one is refused. On an open server the call itself
says it: `agent`, `source` or `programId`; else the client's configuration (`--agent`, or the header
`Interlock-Agent`); else the session's name, in which `agent-b-session` means agent-b; else the name under which the
client introduced itself.
"""

from collections import OrderedDict
from typing import Any, Final

import msgspec

from interlock.kernel.command import Refusal
from interlock.kernel.decide import VERBS
from interlock.server.caller import Caller
from interlock.server.door import Door
from interlock.server.mcp.fences import Slot

SESSION_SUFFIX: Final = "-session"

SESSIONS_MAX: Final = 50_000
"""Session names known to be open; one that was forgotten is opened again, which changes nothing."""

NAME_CHARS_MAX: Final = 200


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """The other end of a call, as its transport knows it."""

    caller: Caller
    agent: str = ""
    """The agent that the transport was told to speak for where no key says it."""
    client: str = ""
    """The name under which the client introduced itself."""
    connection: str = ""
    """The id of the connection, where the transport has one."""
    session: str = ""
    """The session that the transport was told to use for calls that name none."""
    traceparent: str = ""
    """The trace that the client's request belongs to, if it said so."""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """The agent and session of one call."""

    agent: str
    session: str
    slot: Slot


def identify(visitor: Visitor, fields: dict[str, Any]) -> Identity | Refusal:
    """Who calls. Whether the key may act under that name is for the door to say."""
    caller = visitor.caller
    claimed = fields.get("agent")
    named = fields.get("session") or ""
    if not isinstance(named, str) or not isinstance(claimed, str | None):
        return Refusal(code="invalid", message="agent and session are names: texts")
    session = named or visitor.session
    told = caller.agent or visitor.agent or agent_of_session(named)
    agent = claimed or told or visitor.client[:NAME_CHARS_MAX]
    owner = caller.key_id or agent
    slot = Slot(caller.namespace, owner, session or visitor.connection)
    return Identity(agent=agent, session=session, slot=slot)


def agent_of_session(session: str) -> str:
    """The agent that a session's name speaks of."""
    return session.removesuffix(SESSION_SUFFIX)


class Sessions:
    """Opens sessions that callers name, once each: verbs are refused in sessions that nobody opened."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._known: OrderedDict[tuple[str, str, str], None] = OrderedDict()

    async def enter(self, caller: Caller, identity: Identity) -> bool:
        """Makes sure that the session is open, and tells whether the caller may have sessions at all.

        One that was closed stays so: the verb that follows says it.
        """
        key = (caller.namespace, identity.agent, identity.session)
        if not identity.agent or key in self._known:
            return bool(identity.agent)
        fields = {"session": identity.session, "agent": identity.agent}
        reply = await self._door.call(caller, "open_session", fields)
        if isinstance(reply, Refusal) and reply.code == "forbidden":
            return False
        self._known[key] = None
        while len(self._known) > SESSIONS_MAX:
            self._known.popitem(last=False)
        return True


def takes_session(verb: str) -> bool:
    """Whether the verb's command names a session."""
    return "session" in VERBS[verb].__struct_fields__
