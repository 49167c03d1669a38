"""What can be read by address: `GET /v1/tasks/{id}`, and lists with filters such as `GET /v1/tasks?status=ready`.

The table is made from the verbs: a verb that only reads and begins with `get_` names its noun. One that asks for
fields reads one thing, or several, by these; one that asks for none lists.
"""

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import unquote

import msgspec

from interlock.kernel.command import Command
from interlock.kernel.decide import DECIDE, VERBS
from interlock.kernel.queries import QUERIES

READ_PREFIX: Final = "get_"

OTHERS: Final[dict[str, str]] = {"log": "read_log", "messages": "search_messages"}
"""Nouns whose verb does not begin with `get_`."""


class Noun(msgspec.Struct, frozen=True):
    """Where a thing, or a list of things, is read: the verb, and the fields that the path fills."""

    name: str
    kind: type[Command]
    keys: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The path with its parameters in braces."""
        return "/".join(["/v1", self.name, *(f"{{{key}}}" for key in self.keys)])

    def fields(self, rest: list[str]) -> dict[str, str] | None:
        """The fields that these parts of a path fill, or None if they do not fit.

        A slash in an id may stand as it is where nothing comes behind the id.
        """
        if not self.keys or len(rest) < len(self.keys):
            return None
        if len(self.keys) == 1:
            rest = ["/".join(rest)]
        if len(rest) != len(self.keys) or not all(rest):
            return None
        return {key: unquote(part) for key, part in zip(self.keys, rest, strict=True)}


def is_read(kind: type[Command]) -> bool:
    """Whether the verb changes nothing: no event follows from it."""
    is_known = kind in DECIDE or kind in QUERIES
    return is_known and kind.repeatable and kind.verb.startswith((READ_PREFIX, "read_", "search_"))


def nouns_of(kinds: Iterable[type[Command]]) -> Iterator[Noun]:
    """The nouns that these verbs read."""
    for kind in kinds:
        if not is_read(kind) or not kind.verb.startswith(READ_PREFIX):
            continue
        name = kind.verb.removeprefix(READ_PREFIX)
        keys = tuple(field.name for field in msgspec.structs.fields(kind) if field.required)
        yield Noun(plural(name) if keys else name, kind, keys)


def plural(noun: str) -> str:
    """How a path names many of them."""
    return noun if noun.endswith("s") else noun + "s"


_found: Final = (
    *nouns_of(VERBS.values()),
    *(Noun(name, VERBS[verb]) for name, verb in OTHERS.items()),
)
THINGS: Final[dict[str, Noun]] = {noun.name: noun for noun in _found if noun.keys}
"""Nouns that are read one by one."""
LISTED: Final[dict[str, Noun]] = {noun.name: noun for noun in _found if not noun.keys}
"""Nouns that are listed."""
