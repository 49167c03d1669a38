"""Lists that are given out page by page: a stable order, and a cursor that asks for what comes next.

Short lists are sorted by name when they are asked for. Long ones have two sections, each in its own order: open things
from memory, by the positions that made them; then ended ones from the store, by the positions that ended them. They are
read in slices, so that a page over a million things keeps nobody waiting.
"""

from collections.abc import Callable, Iterable, Iterator
from heapq import nsmallest
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple, TypeVar

from msgspec import Meta

from interlock.kernel.command import Refusal, Reply
from interlock.kernel.positions import Positions

if TYPE_CHECKING:
    from interlock.kernel.state import State

LOOKS_MAX: Final = 1_000
"""Open things that one slice looks at: about a millisecond, then others get their turn."""

OPEN_SECTION: Final = "open"
ENDED_SECTION: Final = "ended"

_CURSOR_CHARS_MAX: Final = 500
"""A word and the longest id or name."""

_POSITION_DIGITS_MAX: Final = 18
"""More digits than any position has; fewer than a 64-bit number holds."""

_ABOVE_ALL: Final = 10**_POSITION_DIGITS_MAX

Cursor = Annotated[str, Meta(max_length=_CURSOR_CHARS_MAX)]
Order = Literal["newest", "oldest"]
Thing = TypeVar("Thing")


def page_of(
    things: Iterable[Thing], *, name: Callable[[Thing], str], cursor: str, limit: int
) -> tuple[list[Thing], str]:
    """The `limit` things that come next behind `cursor` by name, and the cursor of the page after, empty at the end.

    It looks at each thing once: for thousands, not for millions."""
    following = (thing for thing in things if name(thing) > cursor)
    found = nsmallest(limit + 1, following, key=name)
    if len(found) <= limit:
        return found, ""
    return found[:limit], name(found[limit - 1])


class Place(NamedTuple):
    """How far a long list has come: the section, and the position of the last thing that was looked at."""

    section: str
    position: int

    def cursor(self) -> str:
        """The place as a caller hands it back."""
        return f"{self.section}/{self.position}"


class Slice(NamedTuple):
    """What one slice of the open section found, and where the next one goes on; None at the section's end."""

    found: list[Any]
    place: Place | None


class Plan(NamedTuple):
    """How a long list is made. Its command has `order`, `limit` and `cursor`; what it finds has an `id`."""

    kind: str
    """The kind of row that ended things have."""
    open_slice: "Callable[[State, Any, Place, int, int], Slice]"
    """The next open things: state, command, place, how many at most, hub time."""
    ended_statuses: Callable[[Any], tuple[str, ...]]
    """In which statuses the command wants ended things."""
    ended_item: Callable[[Any, Any, int], Any]
    """What the list shows of an ended thing; None if the command does not ask for it."""
    reply: Callable[[tuple[Any, ...], str], Reply]
    """The page, from its items and the cursor of the next one."""


def first_place(section: str, order: Order) -> Place:
    """The place before everything in the section."""
    return Place(section, 0 if order == "oldest" else _ABOVE_ALL)


def behind(positions: Positions, place: Place, order: Order) -> Iterator[int]:
    """The positions behind the place, in order. Nothing may change while they are read."""
    if order == "oldest":
        return positions.above(place.position)
    return positions.below(place.position)


def read_place(cursor: str, *, order: Order, verb: str) -> Place | Refusal:
    """The place that a cursor names, the very first one without a cursor, or a refusal."""
    if not cursor:
        return first_place(OPEN_SECTION, order)
    section, _, digits = cursor.partition("/")
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= _POSITION_DIGITS_MAX
    if section in (OPEN_SECTION, ENDED_SECTION) and is_number:
        return Place(section, int(digits))
    message = f"{verb}: {cursor!r} is no cursor: take that of the page before, or none"
    return Refusal(code="invalid", message=message)
