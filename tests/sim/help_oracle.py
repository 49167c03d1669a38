"""Requests for help, from the log: each is told to people, and answered once, by a message to who asked."""

from collections import deque
from typing import Any

from tests.sim.violation import Violation

Event = dict[str, Any]


class HelpOracle:
    """The requests of one shard: who asked, until somebody answered."""

    def __init__(self, due: deque[tuple[str, str]]) -> None:
        self.open: dict[str, str] = {}
        self.due = due
        self._sent: tuple[int, Event] = (0, {})
        self.takers = {"HelpRequested": self._requested, "HelpAnswered": self._answered}

    def note_message(self, event: Event, pos: int) -> None:
        """The message that may carry the answer."""
        self._sent = (pos, event)

    def _requested(self, event: Event, pos: int) -> None:
        request = event["request"]
        if request["id"] != f"help-0-{pos}" or request["pos"] != pos:
            raise Violation("ids_name_their_position", f"{request['id']} at {pos}")
        self.open[request["id"]] = request["agent"]
        self.due.append(("EscalationRaised", request["id"]))

    def _answered(self, event: Event, pos: int) -> None:
        agent = self.open.pop(event["help_id"], None)
        sent_pos, sent = self._sent
        carries = sent_pos == pos - 1 and sent["message"]["id"] == event["message_id"]
        if agent is None or not carries or sent["message"]["target"] != agent:
            raise Violation("help_is_answered_once_and_to_who_asked", f"{event} after {sent}")
