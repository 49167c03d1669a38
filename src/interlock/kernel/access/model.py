"""The access key as the kernel holds it, and what callers see of it."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from interlock.kernel.limits import Name

ACTIVE: Final = "active"
REVOKED: Final = "revoked"

ACCESS_MOVES: Final[dict[tuple[str, str], frozenset[str]]] = {
    ("", "KeyCreated"): frozenset({ACTIVE}),
    (ACTIVE, "KeyRotated"): frozenset({ACTIVE}),
    (ACTIVE, "KeyRevoked"): frozenset({REVOKED}),
}
"""The state machine of an access key, in the form of `task.model.MOVES`. An expired key is still active here: time
alone closes it, and no event says so."""

ACCESS_KEYS_MAX: Final = 10_000
"""Keys of one namespace that are not revoked: all are in memory, because every call looks at one."""

VERBS_PER_KEY_MAX: Final = 128
QUEUES_PER_KEY_MAX: Final = 32

GRACE_S_MAX: Final = 7 * 86_400.0
"""How long the secret before a rotation may go on working: a week of holidays, not a second key for ever."""

HOME_SHARD: Final = "0"
HOME_NAMESPACE: Final = "default"
"""The namespace of the ledger that a server is started on; in every other one, shard and namespace are one name."""


Role = Literal["agent", "viewer", "operator", "approver", "admin"]
"""`agent` works; the others are people: `viewer` reads, `operator` steers, `approver` decides, `admin` does all."""

DIGEST_CHARS: Final = 64
"""HMAC-SHA256 in hexadecimal digits."""

Profile = Literal["", "worker", "orchestrator", "operator"]

Verbs = Annotated[tuple[Name, ...], Meta(max_length=VERBS_PER_KEY_MAX)]
Queues = Annotated[tuple[Name, ...], Meta(max_length=QUEUES_PER_KEY_MAX)]
GraceSeconds = Annotated[float, Meta(ge=0, le=GRACE_S_MAX)]


class AccessKey(msgspec.Struct, kw_only=True, gc=False, omit_defaults=True):
    """An access key; also the body of its state row. Only `apply` changes it.

    `name` is the agent or the person that every command under the key bears. Without `verbs` or `queues` there
    is no limit but the role's. `rotations` numbers the secrets: the one before the latest works until
    `grace_until_us`.
    """

    id: str
    name: str
    role: Role
    digest: str
    created_us: int
    pos: int = 0
    verbs: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    profile: str = ""
    created_by: str = ""
    expires_us: int = 0
    is_first: bool = False
    rotations: int = 0
    rotated_us: int = 0
    digest_before: str = ""
    grace_until_us: int = 0
    revoked_us: int = 0
    reason: str = ""

    def columns(self) -> tuple[str, str, int, int]:
        """Queue, status, position and phase of the state row."""
        return "", self.status, self.pos, 0 if self.revoked_us else 1

    @property
    def status(self) -> str:
        """`active` or `revoked`."""
        return REVOKED if self.revoked_us else ACTIVE

    def is_good(self, rotations: int, now_us: int) -> bool:
        """Whether the secret of that many rotations opens at this time."""
        if self.expires_us and now_us >= self.expires_us:
            return False
        if rotations == self.rotations:
            return True
        return rotations == self.rotations - 1 and now_us < self.grace_until_us


class KeyRing(msgspec.Struct, kw_only=True, gc=False, omit_defaults=True):
    """What outlives the keys of a namespace; also the body of its state row. `made` counts those that were ever
    made, but for the first one that a server makes for itself."""

    made: int = 0
    pos: int = 0

    def columns(self) -> tuple[str, str, int, int]:
        """Queue, status, position and phase of the state row."""
        return "", "", self.pos, 1


class KeyFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A key without anything of its secret. `is_first` marks the one that a server made when it first started."""

    key_id: str
    name: str
    role: str
    status: str
    created_us: int
    verbs: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    profile: str = ""
    created_by: str = ""
    expires_us: int = 0
    is_first: bool = False
    rotations: int = 0
    rotated_us: int = 0
    grace_until_us: int = 0


def access_key_id(shard: str, pos: int) -> str:
    """The id of the key that was made at a position."""
    return f"key-{shard}-{pos}"


def channel_of(key_id: str) -> str:
    """Where word goes that a key, or one of its secrets, opens nothing any more."""
    return f"key:{key_id}"


def namespace_of(shard: str) -> str:
    """The namespace that a shard holds."""
    return HOME_NAMESPACE if shard == HOME_SHARD else shard


def facts_of(key: AccessKey) -> KeyFacts:
    """What callers may know of a key."""
    return KeyFacts(
        key_id=key.id,
        name=key.name,
        role=key.role,
        status=key.status,
        created_us=key.created_us,
        verbs=key.verbs,
        queues=key.queues,
        profile=key.profile,
        created_by=key.created_by,
        expires_us=key.expires_us,
        is_first=key.is_first,
        rotations=key.rotations,
        rotated_us=key.rotated_us,
        grace_until_us=key.grace_until_us,
    )
