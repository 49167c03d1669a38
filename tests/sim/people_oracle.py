"""Agents, sessions and remembered answers, from the log."""

from typing import Any

from tests.sim.call import Calls
from tests.sim.violation import Violation

Event = dict[str, Any]


class PeopleOracle:
    """Who may act, and which answers are remembered."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.agents: dict[str, str] = {}
        self.groups: dict[str, frozenset[str]] = {}
        self.sessions: dict[str, tuple[str, bool]] = {}
        self.requests: dict[str, tuple[int, str]] = {}
        self.takers = {
            "AgentRegistered": self._registered,
            "AgentPaused": self._paused,
            "AgentResumed": self._resumed,
            "AgentQuarantined": self._quarantined,
            "SessionOpened": self._opened,
            "SessionClosed": self._closed,
            "RequestAnswered": self._answered,
        }

    def check_claim(self, agent: str, session: str) -> None:
        """This agent may claim now."""
        status = self.agents.get(agent)
        if status is not None and status != "active":
            raise Violation("who_is_paused_claims_nothing", f"{agent} is {status}")
        if session and status is not None and self.sessions.get(session) != (agent, True):
            raise Violation("a_session_is_open_or_refused", f"{session} of {agent}")

    def check_mail(self, agent: str) -> None:
        """This agent may send and read now."""
        if self.agents.get(agent) == "quarantined":
            raise Violation("who_is_quarantined_is_silent", agent)

    def _registered(self, event: Event, pos: int) -> None:
        self.calls.effect(event.get("description"), pos)
        self.agents.setdefault(event["agent"], "active")
        self.groups[event["agent"]] = frozenset(event.get("groups", ()))

    def _status(self, name: str, status: str) -> None:
        if name not in self.agents or self.agents[name] == status:
            raise Violation("events_follow_the_lifecycle", f"{name} becomes {status}")
        self.agents[name] = status

    def _paused(self, event: Event, pos: int) -> None:
        self.calls.effect(event.get("reason"), pos)
        if self.agents.get(event["agent"]) == "quarantined":
            raise Violation("events_follow_the_lifecycle", "a pause ends a quarantine")
        self._status(event["agent"], "paused")

    def _resumed(self, event: Event, pos: int) -> None:
        del pos
        self._status(event["agent"], "active")

    def _quarantined(self, event: Event, pos: int) -> None:
        self.calls.effect(event.get("reason"), pos)
        self._status(event["agent"], "quarantined")

    def _opened(self, event: Event, pos: int) -> None:
        del pos
        if event["session"] in self.sessions:
            raise Violation("a_session_id_is_used_once", event["session"])
        self.sessions[event["session"]] = (event["agent"], True)
        self.agents.setdefault(event["agent"], "active")

    def _closed(self, event: Event, pos: int) -> None:
        del pos
        agent, is_open = self.sessions[event["session"]]
        if not is_open:
            raise Violation("events_follow_the_lifecycle", f"{event['session']} is closed twice")
        self.sessions[event["session"]] = (agent, False)

    def _answered(self, event: Event, pos: int) -> None:
        if event["request"] in self.requests:
            raise Violation("a_request_id_acts_once", f"{event['request']} is answered again")
        self.requests[event["request"]] = (pos, event["reply_json"])
