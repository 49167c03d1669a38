"""A command on its way from a client to a hub and back, and the mark that its event will bear."""

from typing import Any

from tests.sim.violation import Violation


class Call:
    """One command as its client sees it; the network may deliver it more than once."""

    __slots__ = (
        "attempts", "client", "command", "deliveries", "effects", "is_over", "marker", "refusals",
    )  # fmt: skip

    def __init__(self, client: Any, command: Any, marker: str = "") -> None:
        self.client = client
        self.command = command
        self.marker = marker
        self.attempts = 0
        self.deliveries = 0
        self.refusals = 0
        self.effects = 0
        self.is_over = False


class Calls:
    """Every marked command, by the mark in its text, result or reason."""

    def __init__(self) -> None:
        self.by_marker: dict[str, Call] = {}
        self.giving_up: set[int] = set()
        """Fences whose holder may have failed or released."""
        self.rejected: set[str] = set()
        """Receipts that somebody may have rejected."""
        self.acked: set[str] = set()
        """Receipts that somebody may have acknowledged."""
        self.filtering: set[str] = set()
        """Recipients that may have read with a filter."""

    def forget(self, marker: str) -> None:
        """Another command bears the same mark from now on: whose event it is cannot be told."""
        call = self.by_marker.pop(marker, None)
        if call is not None:
            call.marker = ""

    def effect(self, text: Any, pos: int) -> Call | None:
        """The command that this event is due to; None when it bore no mark."""
        call = self.by_marker.get(text)
        if call is None:
            return None
        call.effects += 1
        most = 1 if call.command.request_id else call.deliveries
        if call.effects > min(most, call.deliveries - call.refusals):
            promise = (
                "a_request_id_acts_once"
                if call.command.request_id and call.effects > 1
                else "refused_commands_change_nothing"
            )
            raise Violation(promise, f"{call.command.verb} {text} at {pos}: {call.effects} effects")
        return call
