"""Recomputes the hash chain of a shard from its events, and names the first position that breaks it."""

from collections.abc import AsyncIterator
from typing import Final

import msgspec

from interlock.store.contract import GENESIS_HASH, Link, Record, Store, StoreError, chain_hash

LINKS_PER_READ: Final = 1_000
EVENTS_PER_READ: Final = 5_000
"""Events fetched at once, unless a single commit holds more."""


class ChainBroken(StoreError):
    """The log is not what was committed. `pos` is the first position that cannot be trusted."""

    def __init__(self, reason: str, *, pos: int) -> None:
        super().__init__(f"the log is broken at position {pos}: {reason}")
        self.pos = pos


class ChainReport(msgspec.Struct, frozen=True):
    """A chain that holds: how many commits up to which position, and the hash that stands for all of them."""

    commits: int
    head: int
    hash: bytes


async def check_chain(store: Store, shard: str) -> ChainReport:
    """Walks the whole chain. Raises `ChainBroken` at the first position that is wrong."""
    report = ChainReport(commits=0, head=0, hash=GENESIS_HASH)
    async for link, _ in walk_chain(store, shard):
        report = ChainReport(commits=report.commits + 1, head=link.last, hash=link.hash)
    return report


async def walk_chain(store: Store, shard: str) -> AsyncIterator[tuple[Link, list[Record]]]:
    """Every commit with its events, each checked before it is handed out. Raises `ChainBroken`.

    Commits that land while it walks are walked too.
    """
    before = Link(first=0, last=0, epoch=0, at_us=0, hash=GENESIS_HASH)
    events = _EventBuffer(store, shard)
    while links := await _links_behind(store, shard, before.last):
        for link in links:
            records = await events.take(link)
            _refuse_broken(before, link, records)
            yield link, records
            before = link


async def _links_behind(store: Store, shard: str, last: int) -> list[Link]:
    links = await store.links(shard, after=last, limit=LINKS_PER_READ)
    if links:
        return links
    stray = await store.read(shard, after=last, limit=1)
    # Looked for again: the commit that brought the event may have landed between the two reads.
    links = await store.links(shard, after=last, limit=LINKS_PER_READ) if stray else []
    if stray and not links:
        raise ChainBroken("this event belongs to no commit", pos=stray[0].pos)
    return links


class _EventBuffer:
    """Reads events ahead, so that small commits do not cost a read each."""

    def __init__(self, store: Store, shard: str) -> None:
        self._store = store
        self._shard = shard
        self._records: list[Record] = []

    async def take(self, link: Link) -> list[Record]:
        """The events that the store has between the first and the last position of the commit."""
        if not self._records or self._records[-1].pos < link.last:
            limit = max(EVENTS_PER_READ, link.last - link.first + 1)
            self._records = await self._store.read(self._shard, after=link.first - 1, limit=limit)
        count = 0
        while count < len(self._records) and self._records[count].pos <= link.last:
            count += 1
        taken, self._records = self._records[:count], self._records[count:]
        return taken


def _refuse_broken(before: Link, link: Link, records: list[Record]) -> None:
    if link.first != before.last + 1 or link.last < link.first:
        raise ChainBroken("a commit is missing or overlaps another", pos=before.last + 1)
    for pos, record in enumerate(records, start=link.first):
        if record.pos != pos:
            raise ChainBroken("this event is missing", pos=pos)
    if link.first + len(records) <= link.last:
        raise ChainBroken("this event is missing", pos=link.first + len(records))
    if link.epoch < before.epoch:
        raise ChainBroken("an earlier owner wrote behind a later one", pos=link.first)
    if _hash_of(before, link, records) != link.hash:
        raise ChainBroken(f"the commit up to {link.last} does not give its hash", pos=link.first)


def _hash_of(before: Link, link: Link, records: list[Record]) -> bytes:
    bodies = [record.body for record in records]
    try:
        return chain_hash(
            before.hash, epoch=link.epoch, first=link.first, at_us=link.at_us, bodies=bodies
        )
    except StoreError:  # texts that no store would have taken
        return b""
