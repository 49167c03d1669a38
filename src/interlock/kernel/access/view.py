"""Looking at the access keys."""

from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Final

from msgspec import Meta

from interlock.kernel.access.create import refuse_namespace
from interlock.kernel.access.model import KeyFacts, facts_of
from interlock.kernel.command import Command, Decision, Reply, refuse
from interlock.kernel.limits import Count, OptionalName

if TYPE_CHECKING:
    from interlock.kernel.state import State


CURSOR_CHARS_MAX: Final = 20
"""The digits of any position."""


class GetKeys(Command, frozen=True, kw_only=True):
    """Lists up to `limit` keys that are not revoked, oldest first, all or those of a `name`.

    `cursor` is that of the page before. Nothing of a secret is shown; of revoked keys the log tells.
    Refusals: invalid (no such cursor).
    """

    verb = "get_keys"
    repeatable = True
    reply = "Keys"

    name: OptionalName = ""
    namespace: OptionalName = ""
    limit: Count = 100
    cursor: Annotated[str, Meta(max_length=CURSOR_CHARS_MAX)] = ""


class Keys(Reply, frozen=True, kw_only=True):
    """One page of keys; `cursor` asks for the next one and is empty on the last."""

    items: tuple[KeyFacts, ...] = ()
    cursor: str = ""


def decide_get_keys(state: "State", command: GetKeys, now_us: int) -> Decision:
    """In the order in which they were made: an id ends in a position."""
    del now_us
    refusal = refuse_namespace(state, command)
    if refusal is not None:
        return refusal
    digits = command.cursor or "0"
    if not (digits.isascii() and digits.isdigit()):
        return refuse("invalid", f"get_keys: {command.cursor!r} is no cursor of an earlier page")
    after = int(digits)
    numbered = sorted(((number_of(id), key) for id, key in state.access.items()), key=itemgetter(0))
    wanted = (key for number, key in numbered if number > after and command.name in ("", key.name))
    found = list(islice(wanted, command.limit + 1))
    page = found[: command.limit]
    is_last = len(found) == len(page)
    cursor = "" if is_last else str(number_of(page[-1].id))
    return [], Keys(items=tuple(facts_of(key) for key in page), cursor=cursor)


def number_of(id: str) -> int:
    """The position at which a key was made."""
    return int(id.rpartition("-")[2])
