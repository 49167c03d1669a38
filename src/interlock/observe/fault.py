"""What can be wrong with a ledger, and where."""

from typing import Final, Literal, TypeAlias

import msgspec

from interlock.kernel.errors import InterlockError

Kind: TypeAlias = Literal[
    "gap", "chain", "unreadable", "undecodable", "inapplicable", "row", "anchor"
]

MEANINGS: Final[dict[Kind, str]] = {
    "gap": "a position is missing",
    "chain": "a commit does not bind its events to what stood before",
    "unreadable": "the store cannot read the event",
    "undecodable": "the text is no event that this version knows",
    "inapplicable": "the event cannot follow those before it",
    "row": "a stored row is not what the events make it",
    "anchor": "the history is not the one that was noted earlier",
}


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong: the position where it shows, its kind, and the facts."""

    pos: int
    kind: Kind
    message: str


class LedgerWrong(InterlockError):
    """The log cannot be followed past `fault.pos`."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"position {fault.pos}: {fault.kind}: {fault.message}")
        self.fault = fault


def wrong(pos: int, kind: Kind, message: str) -> LedgerWrong:
    """The error that says so."""
    return LedgerWrong(Fault(pos=pos, kind=kind, message=message))
