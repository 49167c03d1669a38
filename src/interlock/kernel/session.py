"""Sessions: one process start of an agent each; a session's id is never used twice."""

from typing import TYPE_CHECKING, Literal

import msgspec

from interlock.kernel.agent import Agent
from interlock.kernel.command import Command, Decision, Event, Reply, refuse
from interlock.kernel.directory import put, take
from interlock.kernel.limits import Name

if TYPE_CHECKING:
    from interlock.kernel.state import State


class Session(msgspec.Struct, kw_only=True, gc=False, omit_defaults=True):
    """One process start of an agent."""

    id: str
    agent: str
    opened_us: int
    closed_us: int = 0
    pos: int = 0

    def columns(self) -> tuple[str, str, int, int]:
        """Queue, status, position and phase of the state row."""
        return "", "closed" if self.closed_us else "open", self.pos, 0 if self.closed_us else 1


class OpenSession(Command, frozen=True, kw_only=True):
    """Notes a process start of `agent`. `session` is a UUID made for this start, never used before.

    Refusals: invalid (`agent` is empty), session_closed (the id was used before).
    """

    verb = "open_session"
    reply = "SessionState"

    session: Name


class CloseSession(Command, frozen=True, kw_only=True):
    """Notes the end of a process. Its claims stay until they are released or their leases end.

    Refusals: session_closed.
    """

    verb = "close_session"
    reply = "SessionState"

    session: Name


class SessionOpened(Event, frozen=True, kw_only=True):
    """A process of an agent started."""

    agent: str
    session: str


class SessionClosed(Event, frozen=True, kw_only=True):
    """A process of an agent ended."""

    session: str


class SessionState(Reply, frozen=True, kw_only=True):
    """A session and whether it is open."""

    session: str
    agent: str
    status: Literal["open", "closed"]


def decide_open_session(state: "State", command: OpenSession, now_us: int) -> Decision:
    """A session id is used once."""
    if not command.agent:
        return refuse("invalid", "open_session: agent is empty")
    if command.session in state.sessions or ("session", command.session) in state.closed:
        return refuse(
            "session_closed", f"the session id {command.session} was used before: make a new one"
        )
    event = SessionOpened(at_us=now_us, agent=command.agent, session=command.session)
    return [event], SessionState(session=command.session, agent=command.agent, status="open")


def apply_session_opened(state: "State", event: SessionOpened, pos: int) -> None:
    """Applies: the session is open, and its agent is known."""
    session = Session(id=event.session, agent=event.agent, opened_us=event.at_us, pos=pos)
    add_session(state, session)
    agent = state.agents.get(event.agent)
    if agent is None:
        agent = state.agents[event.agent] = Agent(name=event.agent, registered_us=event.at_us)
    agent.sessions_opened += 1
    agent.pos = pos
    state.touch("agent", agent.name, agent)
    state.touch("session", session.id, session)


def decide_close_session(state: "State", command: CloseSession, now_us: int) -> Decision:
    """Once."""
    session = state.sessions.get(command.session)
    if session is None:
        return refuse(
            "session_closed", f"the session {command.session} is not open", session=command.session
        )
    event = SessionClosed(at_us=now_us, session=session.id)
    return [event], SessionState(session=session.id, agent=session.agent, status="closed")


def apply_session_closed(state: "State", event: SessionClosed, pos: int) -> None:
    """Applies: the session is over."""
    session = state.sessions.pop(event.session)
    take(state.directory.sessions, session.agent, session.id)
    session.closed_us = event.at_us
    session.pos = pos
    state.closed["session", session.id] = session
    state.touch("session", session.id, session)


def add_session(state: "State", session: Session) -> None:
    """Puts an open session among those of its agent."""
    state.sessions[session.id] = session
    put(state.directory.sessions, session.agent, session.id)
