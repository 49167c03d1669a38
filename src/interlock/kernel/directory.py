"""What stands where: the orders and sets that lists are made of, so that a list looks only at what it shows.

Rebuilt from the open rows when a hub loads its state; nothing of it is written.
"""

from interlock.kernel.positions import Positions


class Directory:
    """The open work by what people ask for."""

    __slots__ = ("held", "members", "messages", "overdue", "sessions", "standing")

    def __init__(self) -> None:
        self.standing: dict[str, dict[str, Positions]] = {}
        """The open tasks of each queue and status, by the positions that created them."""
        self.held: dict[str, dict[str, None]] = {}
        """The tasks that each agent holds."""
        self.sessions: dict[str, dict[str, None]] = {}
        """The open sessions of each agent."""
        self.messages = Positions()
        """The open messages, by the positions that sent them."""
        self.members: dict[str, dict[str, None]] = {}
        """Who has not settled a message yet that was not addressed by name, but to a group or to all."""
        self.overdue: dict[str, None] = {}
        """Open deliveries that were handed out and came back unsettled."""


def put(sets: dict[str, dict[str, None]], name: str, id: str) -> None:
    """Puts an id into the set of this name."""
    sets.setdefault(name, {})[id] = None


def take(sets: dict[str, dict[str, None]], name: str, id: str) -> None:
    """Takes an id, which must be there, out of the set of this name; an empty set goes with it."""
    held = sets[name]
    del held[id]
    if not held:
        del sets[name]
