"""The contract every store fulfils, with its guarantees G1 to G7.

G1  A commit is all or nothing over events and rows.
G2  It succeeds only for the current (epoch, head): one linear history.
G3  It is idempotent by (shard, epoch, head).
G4  After `acquire` returns, no commit of an older epoch can succeed.
G5  `read` skips nothing and reorders nothing.
G6  `load` holds every put up to the head.
G7  The chain (epoch, previous position, hash) lets a reader find and refuse a record that broke G2.
"""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import Final, Literal, Protocol

import msgspec

from interlock.kernel.errors import InterlockError

BLOB_BYTES_MAX: Final = 64 * 1024 * 1024
"""The largest blob a store takes unless it is opened with another limit."""

GENESIS_HASH: Final = bytes(32)
"""What stands before the first commit of a shard in the hash chain."""

CLOSED: Final = 0
OPEN: Final = 1
DEAD: Final = 2
"""Phases of a row: finished and only kept, open work that a hub loads when it starts, or a dead
letter.
"""

Room = Literal["ample", "low"]
"""Whether a store has room for new work, or only for ending what is there."""


class Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One state row: what the fold of the log says of one thing, readable by SQL users.

    `body` is JSON, kept byte for byte; an empty body deletes the row. `pos` is the position that last changed the row.
    """

    kind: str
    id: str
    queue: str
    status: str
    pos: int
    phase: int
    body: msgspec.Raw


class Record(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One event as it is stored: its dense position and its JSON text, byte for byte."""

    pos: int
    body: str


class Link(msgspec.Struct, frozen=True, gc=False):
    """One commit in the hash chain: it carried the positions `first` to `last` at hub time `at_us`."""

    first: int
    last: int
    epoch: int
    at_us: int
    hash: bytes


class Grant(msgspec.Struct, frozen=True):
    """Ownership of a shard. `epoch` only grows; `head` is the last position, `now_us` the last hub
    time.
    """

    shard: str
    owner: str
    epoch: int
    head: int
    now_us: int


class StoreError(InterlockError):
    """The store could not do what was asked; nothing of it was done unless a subclass says so."""


class Fenced(StoreError):
    """Another owner has taken the shard, or the head has moved: this owner must stop at once."""


class LedgerInUse(StoreError):
    """Another process owns the ledger. `address` says where to reach it."""

    def __init__(self, path: str, *, address: str) -> None:
        super().__init__(
            f"the ledger {path} is in use by {address}: connect to that owner, or stop it first"
        )
        self.path = path
        self.address = address


class StoreFull(StoreError):
    """There is no room for this commit; nothing of it was written."""


class CommitUnknown(StoreError):
    """The commit's answer was lost: ask `resolve` whether it landed."""


class BlobTooLarge(StoreError):
    """The blob is larger than the store takes."""


class BlobMissing(StoreError):
    """No blob has this reference."""


def bodies_digest(bodies: Sequence[str]) -> bytes:
    """The SHA-256 of the event texts exactly as stored, one per line.

    JSON text holds no raw line feed and no raw zero byte, so no two different lists give the same
    bytes; a text that does hold one, or that is no valid Unicode, is refused with `StoreError`.
    """
    text = "\n".join(bodies)
    if text.count("\n") != len(bodies) - 1 or "\0" in text:
        raise StoreError(
            "refused to store events that are not each one line of JSON text: encode them first"
        )
    try:
        return hashlib.sha256(text.encode()).digest()
    except UnicodeEncodeError as error:
        raise StoreError(f"refused to store an event that is no valid Unicode: {error}") from error


def link_hash(
    previous: bytes, *, epoch: int, first: int, last: int, at_us: int, digest: bytes
) -> bytes:
    """The SHA-256 that binds the commit with these bodies (`digest`) to all before it."""
    head = f"{epoch} {first} {last} {at_us}\n"
    return hashlib.sha256(previous + head.encode() + digest).digest()


def chain_hash(
    previous: bytes, *, epoch: int, first: int, at_us: int, bodies: Sequence[str]
) -> bytes:
    """The hash of a commit from its event texts: `link_hash` over their `bodies_digest`.

    Two steps, so that the long one needs no knowledge of the commit before.
    """
    last = first + len(bodies) - 1
    digest = bodies_digest(bodies)
    return link_hash(previous, epoch=epoch, first=first, last=last, at_us=at_us, digest=digest)


class Store(Protocol):
    """Keeps the ledgers of one place. Every method may raise `StoreError`."""

    async def acquire(self, shard: str, *, owner: str, ttl_ms: int) -> Grant:
        """Takes or renews ownership of the shard. Raises `LedgerInUse` while another owner is
        alive.

        A new owner gets an epoch greater than any before; the same owner through the same store
        keeps its epoch. An owner of the same name in another store (a restarted process) is a new
        owner.
        """
        ...

    def commit(
        self, grant: Grant, *, head: int, events: Sequence[str], puts: Sequence[Row], now_us: int
    ) -> Awaitable[int]:
        """Appends the events behind `head` and writes the rows, atomically; returns the new head.

        Begins at once, where the store can, and is durable when its answer comes. At least one
        event; rows of one commit have distinct (kind, id). Raises `Fenced`, `StoreFull`, or
        `CommitUnknown` when it cannot say whether the commit landed. Sent again with the same
        (epoch, head) and the same events it returns the first answer.
        """
        ...

    def load(
        self,
        shard: str,
        *,
        kind: str = "",
        phase: int | None = None,
        ids: Sequence[str] | None = None,
    ) -> AsyncIterator[list[Row]]:
        """State rows in batches: all, or of one kind, or in one phase, or the named ones of one
        kind.

        All batches of one call come from one consistent snapshot. Order: by kind, then id.
        """
        ...

    async def ended(
        self, shard: str, *, kind: str, status: str, behind: int, is_newest_first: bool, limit: int
    ) -> list[Row]:
        """Up to `limit` tasks or messages (`kind`) that have ended in this status, by the position that
        ended them: those above `behind` upwards, or with `is_newest_first` those below it downwards.
        """
        ...

    async def count_ended(self, shard: str, *, kind: str) -> dict[str, int]:
        """How many tasks have ended, by status; of any other kind, how many are dead letters, as
        `{"dead": 2}`. Statuses that none is in are left out.
        """
        ...

    async def read(
        self, shard: str, *, after: int, limit: int, topic: str | None = None, wait_s: float = 0.0
    ) -> list[Record]:
        """Up to `limit` durable events behind position `after`, in order; with `topic`, only those
        whose JSON has that `topic` field. With `wait_s`, waits that long at the most for the first
        one.
        """
        ...

    async def mentions(
        self, shard: str, *, text: str, after: int, until: int, limit: int
    ) -> list[Record]:
        """Up to `limit` durable events behind `after` and up to `until` whose JSON text holds `text`.

        It looks at each of them: keep the range short, so that other readers get their turn.
        """
        ...

    async def topics(self, shard: str, *, behind: str, limit: int) -> list[tuple[str, int]]:
        """Up to `limit` topics whose name comes behind this one, by name, each with the position of its
        last event.
        """
        ...

    async def links(self, shard: str, *, after: int, limit: int) -> list[Link]:
        """Up to `limit` commits whose `last` is greater than `after`, in order."""
        ...

    async def resolve(self, grant: Grant, *, head: int) -> Literal["landed", "absent"]:
        """Whether the commit that this epoch sent behind `head` is in the log."""
        ...

    def room(self) -> Room:
        """Whether new work still fits. On `low` only what ends work should be committed: a reserve
        is kept for it. Cheap enough to ask for each command; after `StoreFull` it is `low` until
        there is room.
        """
        ...

    async def blob_put(self, content: bytes) -> str:
        """Keeps the bytes durably; returns their reference `sha256:<hex>`. Raises `BlobTooLarge`."""
        ...

    async def blob_get(self, ref: str) -> bytes:
        """The bytes behind a reference. Raises `BlobMissing`."""
        ...

    async def close(self) -> None:
        """Gives up ownership and ends all threads. Safe to call twice."""
        ...
