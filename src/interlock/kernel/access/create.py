"""Making an access key."""

from string import hexdigits
from typing import TYPE_CHECKING

from interlock.kernel.access.model import (
    ACCESS_KEYS_MAX,
    DIGEST_CHARS,
    AccessKey,
    Profile,
    Queues,
    Role,
    Verbs,
    access_key_id,
    namespace_of,
)
from interlock.kernel.access.roles import ROLES
from interlock.kernel.command import Command, Decision, Event, Reply, refuse
from interlock.kernel.limits import DelaySeconds, Moment, Name, OptionalName
from interlock.kernel.time import from_now_us

if TYPE_CHECKING:
    from interlock.kernel.state import State


class CreateKey(Command, frozen=True, kw_only=True):
    """Makes an access key for `name`: an agent, or a person when `role` is not `agent`.

    Whoever bears the key acts under this name alone. `verbs` and `queues` narrow what the role allows; without
    them there is no limit but the role's. `profile` chooses the tools that it shows over MCP. `expires` is a
    point in time with a time zone, or seconds from now. `namespace` is that of the key, the caller's own if it is
    left out; only an admin of the home namespace may name another, which is made if it is new.

    The answer carries the key itself, this one time: sent again under its request id, it does not.
    Refusals: invalid (a verb that is none, a name that stands for several agents), forbidden (the key would
    allow more, or last longer, than the caller's), limit, disk_full.
    """

    verb = "create_key"
    reply = "KeyMade"
    grows = True
    sealed = ("digest", "is_first")

    name: Name
    role: Role = "agent"
    verbs: Verbs = ()
    queues: Queues = ()
    profile: Profile = ""
    expires: Moment | DelaySeconds | None = None
    namespace: OptionalName = ""
    digest: OptionalName = ""
    is_first: bool = False


class KeyCreated(Event, frozen=True, kw_only=True):
    """A key opens the ledger from here on. `key` is its state at birth."""

    key: AccessKey


class KeyMade(Reply, frozen=True, kw_only=True):
    """A key's id, and once the key itself, which nobody can show again. `key` is empty where no server filled it
    in, and for a request that came before."""

    key_id: str
    name: str
    role: str
    expires_us: int = 0
    grace_until_us: int = 0
    key: str = ""
    digest: str = ""


def decide_create_key(state: "State", command: CreateKey, now_us: int) -> Decision:
    """Each gets an id of its own: two keys may have one name."""
    refusal = refuse_namespace(state, command) or refuse_digest(command.verb, command.digest)
    if refusal is not None:
        return refusal
    if command.name == "all" or command.name.startswith(("group:", "schedule:")):
        message = (
            f"create_key: {command.name} stands for others: choose the name of one agent or person"
        )
        return refuse("invalid", message)
    unknown = [verb for verb in command.verbs if verb not in ROLES]
    if unknown:
        return refuse("invalid", f"create_key: there is no verb {unknown[0]}", verb=unknown[0])
    if len(state.access) >= ACCESS_KEYS_MAX:
        message = f"there are {ACCESS_KEYS_MAX} keys: revoke those that nobody uses"
        return refuse("limit", message)
    expires_us = 0 if command.expires is None else from_now_us(command.expires, now_us)
    if expires_us and expires_us <= now_us:
        return refuse("invalid", "create_key: expires is not in the future")
    key = AccessKey(
        id=access_key_id(state.shard, state.head + 1),
        name=command.name,
        role=command.role,
        digest=command.digest,
        created_us=now_us,
        pos=state.head + 1,
        verbs=command.verbs,
        queues=command.queues,
        profile=command.profile,
        created_by=command.agent,
        expires_us=expires_us,
        is_first=command.is_first,
    )
    return [KeyCreated(at_us=now_us, key=key)], made(key)


def apply_key_created(state: "State", event: KeyCreated, pos: int) -> None:
    """Applies: the key opens."""
    key = event.key
    state.access[key.id] = key
    state.touch("access_key", key.id, key)
    if not key.is_first:
        state.ring.made += 1
        state.ring.pos = pos
        state.touch("key_ring", "", state.ring)


def made(key: AccessKey) -> KeyMade:
    """The answer that names a key and the digest of its latest secret."""
    return KeyMade(
        key_id=key.id,
        name=key.name,
        role=key.role,
        expires_us=key.expires_us,
        grace_until_us=key.grace_until_us,
        digest=key.digest,
    )


def refuse_namespace(state: "State", command: "Command") -> Decision | None:
    """A command that went astray: it names another namespace than that of this ledger."""
    named: str = getattr(command, "namespace", "")
    own = namespace_of(state.shard)
    if named in ("", own):
        return None
    message = f"{command.verb}: this is the namespace {own}, not {named}: send it there"
    return refuse("not_found", message, namespace=named)


def refuse_digest(verb: str, digest: str) -> Decision | None:
    """A key without a digest would be opened by nothing."""
    if len(digest) == DIGEST_CHARS and all(char in hexdigits for char in digest):
        return None
    message = f"{verb}: digest is that of a secret, {DIGEST_CHARS} hexadecimal digits: who makes the secret gives it"
    return refuse("invalid", message)
