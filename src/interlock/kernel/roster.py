"""Who is there: agents and sessions in lists, with what each does now."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from interlock.kernel.agent import ACTIVE, Agent
from interlock.kernel.command import Command, Decision, Reply
from interlock.kernel.limits import NOTE_CHARS_MAX, Count, OptionalName
from interlock.kernel.page import Cursor, page_of
from interlock.kernel.session import Session
from interlock.kernel.task.model import Task

if TYPE_CHECKING:
    from interlock.kernel.state import State

SHOWN_MAX: Final = 10
"""Claims and sessions that one agent shows in a list; their counts are exact."""


class GetAgents(Command, frozen=True, kw_only=True):
    """Lists up to `limit` agents by name, each with its open sessions and the tasks it holds now.

    `status` is `active`, `paused` or `quarantined`; `group` names one whose messages they get; `busy` asks for those
    that hold a task, or for those that hold none. Agents that hold tasks without ever having registered or opened a
    session are listed, too. `cursor` is that of the page before.
    """

    verb = "get_agents"
    repeatable = True
    reply = "Agents"

    status: Literal["", "active", "paused", "quarantined"] = ""
    group: OptionalName = ""
    busy: bool | None = None
    limit: Count = 50
    cursor: Cursor = ""


class GetSessions(Command, frozen=True, kw_only=True):
    """Lists up to `limit` open sessions in the order of their opening, all or those of the agent `name`.

    `cursor` is that of the page before. Refusals: none.
    """

    verb = "get_sessions"
    repeatable = True
    reply = "Sessions"

    name: OptionalName = ""
    limit: Count = 50
    cursor: Cursor = ""


class ClaimSummary(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A task in the hands of an agent. `held_ms` and `lease_left_ms` are durations at the moment of the reply."""

    task_id: str
    title: str
    queue: str
    claimed_us: int
    held_ms: int
    lease_left_ms: int
    attempt: int = 0
    session: str = ""
    is_cancelled: bool = False
    progress_json: str = ""


class AgentSummary(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """An agent in a list. `claims` and `sessions` show a few; `claim_count` and `session_count` are exact.
    `mail_count` are the open messages in its mailbox."""

    name: str
    status: str
    is_registered: bool = True
    reason: str = ""
    description: str = ""
    capabilities: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    registered_us: int = 0
    sessions_opened: int = 0
    session_count: int = 0
    sessions: tuple[str, ...] = ()
    claim_count: int = 0
    claims: tuple[ClaimSummary, ...] = ()
    mail_count: int = 0


class Agents(Reply, frozen=True, kw_only=True):
    """One page of agents; `cursor` asks for the next one and is empty on the last. False when the page is empty."""

    items: tuple[AgentSummary, ...] = ()
    cursor: str = ""

    def __bool__(self) -> bool:
        return bool(self.items)


class SessionSummary(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """An open session in a list; `claim_count` are the tasks that were claimed under it and are held still."""

    session: str
    agent: str
    opened_us: int
    age_ms: int
    claim_count: int = 0


class Sessions(Reply, frozen=True, kw_only=True):
    """One page of open sessions; `cursor` asks for the next one and is empty on the last. False when it is empty."""

    items: tuple[SessionSummary, ...] = ()
    cursor: str = ""

    def __bool__(self) -> bool:
        return bool(self.items)


def decide_get_agents(state: "State", command: GetAgents, now_us: int) -> Decision:
    """From memory, by name; it looks at each agent once."""
    names = (name for name in _names(state) if _is_wanted(state, command, name))
    page, cursor = page_of(names, name=str, cursor=command.cursor, limit=command.limit)
    items = tuple(agent_summary(state, name, now_us) for name in page)
    return [], Agents(items=items, cursor=cursor)


def decide_get_sessions(state: "State", command: GetSessions, now_us: int) -> Decision:
    """From memory, by the position that opened them; it looks at each open session once."""
    sessions: Iterable[Session] = state.sessions.values()
    if command.name:
        sessions = (state.sessions[id] for id in state.directory.sessions.get(command.name, ()))
    page, cursor = page_of(sessions, name=_opening, cursor=command.cursor, limit=command.limit)
    items = tuple(
        SessionSummary(
            session=session.id,
            agent=session.agent,
            opened_us=session.opened_us,
            age_ms=(now_us - session.opened_us) // 1_000,
            claim_count=sum(
                state.tasks[id].holder_session == session.id
                for id in state.directory.held.get(session.agent, ())
            ),
        )
        for session in page
    )
    return [], Sessions(items=items, cursor=cursor)


def agent_summary(state: "State", name: str, now_us: int) -> AgentSummary:
    """What is known of an agent, and what it does now."""
    agent = state.agents.get(name)
    known = agent or Agent(name=name)
    held = state.directory.held.get(name, {})
    sessions = state.directory.sessions.get(name, {})
    mailbox = state.mailboxes.get(name)
    return AgentSummary(
        name=name,
        status=known.status,
        is_registered=agent is not None,
        reason=known.reason,
        description=known.description[:NOTE_CHARS_MAX],
        capabilities=known.capabilities,
        groups=known.groups,
        registered_us=known.registered_us,
        sessions_opened=known.sessions_opened,
        session_count=len(sessions),
        sessions=tuple(islice(sessions, SHOWN_MAX)),
        claim_count=len(held),
        claims=tuple(_claim_of(state.tasks[id], now_us) for id in islice(held, SHOWN_MAX)),
        mail_count=mailbox.depth if mailbox else 0,
    )


def agent_count(state: "State") -> int:
    """How many agents `get_agents` lists."""
    return len(state.agents.keys() | state.directory.held.keys()) - (
        "" in state.directory.held and "" not in state.agents
    )


def _names(state: "State") -> Iterator[str]:
    """The known agents, and those without a record that hold tasks; who gave no name cannot be listed."""
    yield from state.agents
    yield from (name for name in state.directory.held if name and name not in state.agents)


def _is_wanted(state: "State", command: GetAgents, name: str) -> bool:
    agent = state.agents.get(name)
    return (
        (not command.status or command.status == (agent.status if agent else ACTIVE))
        and (not command.group or (agent is not None and command.group in agent.groups))
        and (command.busy is None or command.busy == (name in state.directory.held))
    )


def _claim_of(task: Task, now_us: int) -> ClaimSummary:
    return ClaimSummary(
        task_id=task.id,
        title=task.title,
        queue=task.queue,
        claimed_us=task.claimed_us,
        held_ms=max(0, now_us - task.claimed_us) // 1_000,
        lease_left_ms=max(0, task.lease_until_us - now_us) // 1_000,
        attempt=task.attempt,
        session=task.holder_session,
        is_cancelled=task.status == "cancelling",
        progress_json=task.progress_json,
    )


def _opening(session: Session) -> str:
    """Sorts sessions by the position that opened them."""
    return f"{session.pos:018d}"
