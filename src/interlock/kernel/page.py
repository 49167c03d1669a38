"""Lists that are given out page by page: a stable order, and a cursor that asks for what comes next."""

from collections.abc import Callable, Iterable
from heapq import nsmallest
from typing import Annotated, Final, TypeVar

from msgspec import Meta

_CURSOR_CHARS_MAX: Final = 500
"""A word and the longest id or name."""

Cursor = Annotated[str, Meta(max_length=_CURSOR_CHARS_MAX)]

Thing = TypeVar("Thing")


def page_of(
    things: Iterable[Thing], *, name: Callable[[Thing], str], cursor: str, limit: int
) -> tuple[list[Thing], str]:
    """The `limit` things that come next behind `cursor` by name, and the cursor of the page after, empty at the end.

    It looks at each thing once: for thousands, not for millions."""
    behind = (thing for thing in things if name(thing) > cursor)
    found = nsmallest(limit + 1, behind, key=name)
    if len(found) <= limit:
        return found, ""
    return found[:limit], name(found[limit - 1])
