"""A new secret for an access key."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from interlock.kernel.access.create import made, refuse_digest, refuse_namespace
from interlock.kernel.access.model import (
    REVOKED,
    AccessKey,
    GraceSeconds,
    channel_of,
)
from interlock.kernel.command import Command, Decision, Event, refuse
from interlock.kernel.limits import Name, OptionalName

if TYPE_CHECKING:
    from interlock.kernel.state import State


class RotateKey(Command, frozen=True, kw_only=True):
    """Gives a key a new secret; the one before works for `grace_s` seconds more, and none before that.

    What the key allows stays. The answer carries the new key, this one time.
    Refusals: not_found, wrong_status (it is revoked), forbidden (it allows more than the caller's).
    """

    verb = "rotate_key"
    reply = "KeyMade"
    sealed = ("digest",)

    key_id: Name
    grace_s: GraceSeconds = 3_600.0
    namespace: OptionalName = ""
    digest: OptionalName = ""


class KeyRotated(Event, frozen=True, kw_only=True):
    """A key has a new secret."""

    key_id: str
    digest: str
    grace_until_us: int
    agent: str = ""


def decide_rotate_key(state: "State", command: RotateKey, now_us: int) -> Decision:
    """Rotated during a grace, the secret before the last one stops at once."""
    refusal = refuse_namespace(state, command) or refuse_digest(command.verb, command.digest)
    if refusal is not None:
        return refusal
    key = find_access_key(state, command.key_id)
    if key is None:
        return unknown_key(command.key_id)
    if key.status == REVOKED:
        return refuse("wrong_status", f"the key {key.id} is revoked: make a new one", key_id=key.id)
    event = KeyRotated(
        at_us=now_us,
        key_id=key.id,
        digest=command.digest,
        grace_until_us=now_us + int(command.grace_s * 1_000_000),
        agent=command.agent,
    )
    return [event], made(replace(key, digest=event.digest, grace_until_us=event.grace_until_us))


def apply_key_rotated(state: "State", event: KeyRotated, pos: int) -> None:
    """Applies: two secrets open it, until the grace ends."""
    key = state.access[event.key_id]
    key.digest_before = key.digest
    key.digest = event.digest
    key.grace_until_us = event.grace_until_us
    key.rotated_us = event.at_us
    key.rotations += 1
    key.pos = pos
    state.woken.add(channel_of(key.id))
    state.touch("access_key", key.id, key)


def find_access_key(state: "State", id: str) -> AccessKey | None:
    """A key at hand, active or revoked."""
    found = state.access.get(id) or state.closed.get(("access_key", id))
    return found if isinstance(found, AccessKey) else None


def unknown_key(id: str) -> Decision:
    """The refusal of a key that nobody made."""
    return refuse("not_found", f"there is no key {id}", key_id=id)
