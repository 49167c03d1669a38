"""Agents: who may act. An agent's identity outlives its processes."""

from typing import TYPE_CHECKING, Final

import msgspec

from interlock.kernel.command import Command, Decision, Event, Reply, refuse
from interlock.kernel.limits import Capabilities, Name, Text

if TYPE_CHECKING:
    from interlock.kernel.state import State

ACTIVE: Final = "active"
PAUSED: Final = "paused"
QUARANTINED: Final = "quarantined"

AGENT_MOVES: Final[dict[tuple[str, str], frozenset[str]]] = {
    ("", "AgentRegistered"): frozenset({ACTIVE}),
    (ACTIVE, "AgentRegistered"): frozenset({ACTIVE}),
    (PAUSED, "AgentRegistered"): frozenset({PAUSED}),
    (QUARANTINED, "AgentRegistered"): frozenset({QUARANTINED}),
    (ACTIVE, "AgentPaused"): frozenset({PAUSED}),
    (ACTIVE, "AgentQuarantined"): frozenset({QUARANTINED}),
    (PAUSED, "AgentQuarantined"): frozenset({QUARANTINED}),
    (PAUSED, "AgentResumed"): frozenset({ACTIVE}),
    (QUARANTINED, "AgentResumed"): frozenset({ACTIVE}),
}
"""The state machine of an agent, in the form of `task.model.MOVES`."""


class Agent(msgspec.Struct, kw_only=True, gc=False, omit_defaults=True):
    """A registered agent; also the body of its state row. Only `apply` changes it."""

    name: str
    status: str = ACTIVE
    capabilities: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    description: str = ""
    reason: str = ""
    registered_us: int = 0
    sessions_opened: int = 0
    pos: int = 0

    def columns(self) -> tuple[str, str, int, int]:
        """Queue, status, position and phase of the state row."""
        return "", self.status, self.pos, 1


class RegisterAgent(Command, frozen=True, kw_only=True):
    """Makes an agent known, or updates what is known of it. Its status stays.

    `groups` are the groups whose messages it gets; `capabilities` describe it to people and orchestrators.
    Refusals: invalid (`agent` is empty, `all`, or begins with `group:`).
    """

    verb = "register_agent"
    repeatable = True
    reply = "AgentState"

    capabilities: Capabilities = ()
    groups: Capabilities = ()
    description: Text = ""


class GetAgent(Command, frozen=True, kw_only=True):
    """Returns what is known of the agent `name`. Refusals: not_found."""

    verb = "get_agent"
    repeatable = True
    reply = "AgentState"

    name: Name


class PauseAgent(Command, frozen=True, kw_only=True):
    """The agent `name` gets no new claims until it is resumed; what it holds it may finish.

    Refusals: not_found, wrong_status (quarantined).
    """

    verb = "pause_agent"
    repeatable = True
    reply = "AgentState"

    name: Name
    reason: Text = ""


class ResumeAgent(Command, frozen=True, kw_only=True):
    """Lets a paused or quarantined agent claim again. Refusals: not_found."""

    verb = "resume_agent"
    repeatable = True
    reply = "AgentState"

    name: Name


class QuarantineAgent(Command, frozen=True, kw_only=True):
    """The agent `name` may neither claim nor send until a person resumes it. Refusals: not_found."""

    verb = "quarantine_agent"
    repeatable = True
    reply = "AgentState"

    name: Name
    reason: Text = ""


class AgentRegistered(Event, frozen=True, kw_only=True):
    """What is known of an agent from here on."""

    agent: str
    capabilities: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    description: str = ""


class AgentPaused(Event, frozen=True, kw_only=True):
    """An agent gets no new claims."""

    agent: str
    by: str = ""
    reason: str = ""


class AgentResumed(Event, frozen=True, kw_only=True):
    """An agent may act again."""

    agent: str
    by: str = ""


class AgentQuarantined(Event, frozen=True, kw_only=True):
    """An agent may neither claim nor send."""

    agent: str
    by: str = ""
    reason: str = ""


class AgentState(Reply, frozen=True, kw_only=True):
    """What is known of an agent."""

    name: str
    status: str
    capabilities: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    description: str = ""
    reason: str = ""
    sessions: tuple[str, ...] = ()


def refuse_agent(
    state: "State", *, agent: str, session: str = "", sending: bool = False
) -> Decision | None:
    """Why this agent may not claim (or, with `sending`, not send), or None.

    An agent that never registered is free; a session is looked at only when it is named.
    """
    known = state.agents.get(agent)
    if known is not None and known.status != ACTIVE and not (sending and known.status == PAUSED):
        message = f"{agent} is {known.status}: {known.reason or 'no reason was given'}"
        return refuse("paused", message, agent=agent, status=known.status)
    if session:
        opened = state.sessions.get(session)
        if opened is None and known is not None:
            return refuse(
                "session_closed",
                f"the session {session} is not open: open a new one",
                session=session,
            )
        if opened is not None and opened.agent != agent:
            return refuse(
                "session_closed", f"the session {session} belongs to another agent", session=session
            )
    return None


def decide_register_agent(state: "State", command: RegisterAgent, now_us: int) -> Decision:
    """Anybody may register; the status is kept."""
    if not command.agent:
        return refuse("invalid", "register_agent: agent is empty")
    if command.agent == "all" or command.agent.startswith("group:"):
        message = f"register_agent: {command.agent} names several agents where messages are sent: choose another name"
        return refuse("invalid", message)
    event = AgentRegistered(
        at_us=now_us,
        agent=command.agent,
        capabilities=command.capabilities,
        groups=command.groups,
        description=command.description,
    )
    known = state.agents.get(command.agent)
    return [event], AgentState(
        name=command.agent,
        status=known.status if known else ACTIVE,
        capabilities=command.capabilities,
        groups=command.groups,
        description=command.description,
    )


def apply_agent_registered(state: "State", event: AgentRegistered, pos: int) -> None:
    """Applies: the agent is known, and stands in its groups."""
    agent = state.agents.get(event.agent)
    if agent is None:
        agent = state.agents[event.agent] = Agent(name=event.agent, registered_us=event.at_us)
    for group in agent.groups:
        state.groups[group].pop(agent.name, None)
    agent.capabilities = event.capabilities
    agent.groups = event.groups
    agent.description = event.description
    agent.pos = pos
    add_to_groups(state, agent)
    state.touch("agent", agent.name, agent)


def decide_get_agent(state: "State", command: GetAgent, now_us: int) -> Decision:
    """What is known, with the open sessions."""
    del now_us
    agent = state.agents.get(command.name)
    if agent is None:
        return _unknown(command.name)
    sessions = tuple(state.directory.sessions.get(agent.name, ()))
    return [], AgentState(
        name=agent.name,
        status=agent.status,
        capabilities=agent.capabilities,
        groups=agent.groups,
        description=agent.description,
        reason=agent.reason,
        sessions=sessions,
    )


def decide_pause_agent(state: "State", command: PauseAgent, now_us: int) -> Decision:
    """Quarantine is stronger than a pause."""
    agent = state.agents.get(command.name)
    if agent is None:
        return _unknown(command.name)
    if agent.status == QUARANTINED:
        return refuse(
            "wrong_status", f"{agent.name} is quarantined: resume it first", status=agent.status
        )
    event = AgentPaused(at_us=now_us, agent=agent.name, by=command.agent, reason=command.reason)
    return [] if agent.status == PAUSED else [event], AgentState(name=agent.name, status=PAUSED)


def apply_agent_paused(state: "State", event: AgentPaused, pos: int) -> None:
    """Applies: no new claims."""
    _set_status(state, event.agent, PAUSED, event.reason, pos)


def decide_resume_agent(state: "State", command: ResumeAgent, now_us: int) -> Decision:
    """From a pause or a quarantine."""
    agent = state.agents.get(command.name)
    if agent is None:
        return _unknown(command.name)
    event = AgentResumed(at_us=now_us, agent=agent.name, by=command.agent)
    return [] if agent.status == ACTIVE else [event], AgentState(name=agent.name, status=ACTIVE)


def apply_agent_resumed(state: "State", event: AgentResumed, pos: int) -> None:
    """Applies: the agent may act again."""
    _set_status(state, event.agent, ACTIVE, "", pos)


def decide_quarantine_agent(state: "State", command: QuarantineAgent, now_us: int) -> Decision:
    """From any status."""
    agent = state.agents.get(command.name)
    if agent is None:
        return _unknown(command.name)
    event = AgentQuarantined(
        at_us=now_us, agent=agent.name, by=command.agent, reason=command.reason
    )
    is_repeated = agent.status == QUARANTINED
    return [] if is_repeated else [event], AgentState(name=agent.name, status=QUARANTINED)


def apply_agent_quarantined(state: "State", event: AgentQuarantined, pos: int) -> None:
    """Applies: neither claims nor messages."""
    _set_status(state, event.agent, QUARANTINED, event.reason, pos)


def add_to_groups(state: "State", agent: Agent) -> None:
    """Puts the agent into the groups whose messages it gets."""
    for group in agent.groups:
        state.groups[group][agent.name] = None


def _set_status(state: "State", name: str, status: str, reason: str, pos: int) -> None:
    agent = state.agents[name]
    agent.status = status
    agent.reason = reason
    agent.pos = pos
    state.touch("agent", name, agent)


def _unknown(name: str) -> Decision:
    return refuse("not_found", f"there is no agent {name}", agent=name)
