"""The end of an access key."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from interlock.kernel.access.create import refuse_namespace
from interlock.kernel.access.model import REVOKED, KeyFacts, channel_of, facts_of
from interlock.kernel.access.rotate import find_access_key, unknown_key
from interlock.kernel.command import Command, Decision, Event, Reply
from interlock.kernel.limits import Name, Note, OptionalName

if TYPE_CHECKING:
    from interlock.kernel.state import State


class RevokeKey(Command, frozen=True, kw_only=True):
    """Ends a key: the next call under it, or under a token that was made with it, is refused.

    Calls that wait are given up, too. Revoked again, it gives the same answer. Refusals: not_found.
    """

    verb = "revoke_key"
    repeatable = True
    reply = "KeyState"

    key_id: Name
    reason: Note = ""
    namespace: OptionalName = ""


class KeyRevoked(Event, frozen=True, kw_only=True):
    """A key opens nothing any more."""

    key_id: str
    agent: str = ""
    reason: str = ""


class KeyState(Reply, frozen=True, kw_only=True):
    """What is known of a key. `is_duplicate` says that it was so before."""

    key: KeyFacts
    is_duplicate: bool = False


def decide_revoke_key(state: "State", command: RevokeKey, now_us: int) -> Decision:
    """For good: a key that was revoked by mistake is made anew."""
    refusal = refuse_namespace(state, command)
    if refusal is not None:
        return refusal
    key = find_access_key(state, command.key_id)
    if key is None:
        return unknown_key(command.key_id)
    if key.status == REVOKED:
        return [], KeyState(key=facts_of(key), is_duplicate=True)
    event = KeyRevoked(at_us=now_us, key_id=key.id, agent=command.agent, reason=command.reason)
    return [event], KeyState(key=facts_of(replace(key, revoked_us=now_us)))


def apply_key_revoked(state: "State", event: KeyRevoked, pos: int) -> None:
    """Applies: the key has left the memory."""
    key = state.access.pop(event.key_id)
    key.revoked_us = event.at_us
    key.reason = event.reason
    key.pos = pos
    state.woken.add(channel_of(key.id))
    state.closed["access_key", key.id] = key
    state.touch("access_key", key.id, key)
