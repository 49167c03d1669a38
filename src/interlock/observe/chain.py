"""The hash chain, recomputed from the event texts."""

from collections.abc import AsyncIterator, Iterator

import msgspec

from interlock.observe.fault import wrong
from interlock.observe.history import BATCH_EVENTS, ahead, read_dense
from interlock.store.contract import GENESIS_HASH, Link, Store, StoreError, chain_hash


class Commit(msgspec.Struct, frozen=True, gc=False):
    """One commit whose place in the chain has been checked."""

    link: Link
    bodies: list[str]


class Chain:
    """Walks the chain of a shard from its first commit."""

    def __init__(self, store: Store, *, shard: str = "0") -> None:
        self._store = store
        self._shard = shard
        self._read_to = 0
        self._links: list[Link] = []
        self.tip = Link(first=0, last=0, epoch=0, at_us=0, hash=GENESIS_HASH)
        """The last commit that was checked; position 0 before the first."""

    async def commits(self) -> AsyncIterator[list[Commit]]:
        """The commits up to the present end, in batches of whole commits. Goes on where it stopped when it is
        called again. Raises `LedgerWrong` at the first position that does not hold."""
        self._links = []
        self._read_to = self.tip.last
        async for batch in ahead(self._following):
            for commit in batch:
                self._check(commit)
            yield batch

    async def _following(self) -> list[Commit]:
        links = await self._next_links()
        if not links:
            await self._refuse_unchained()
            return []
        expected = self._read_to + 1
        for link in links:
            _check_place(link, expected)
            expected = link.last + 1
        bodies: list[str] = []
        while (position := self._read_to + len(bodies)) < links[-1].last:
            limit = min(BATCH_EVENTS, links[-1].last - position)
            records = await read_dense(self._store, after=position, limit=limit, shard=self._shard)
            if not records:
                raise wrong(
                    position + 1, "gap", f"the log ends, but a commit reaches to {links[-1].last}"
                )
            bodies += [record.body for record in records]
        self._read_to = links[-1].last
        return list(_commits(links, bodies))

    async def _next_links(self) -> list[Link]:
        """Whole commits of about one batch of events."""
        if not self._links:
            self._links = await self._store.links(
                self._shard, after=self._read_to, limit=BATCH_EVENTS
            )
        taken = events = 0
        for link in self._links:
            taken += 1
            events += link.last - link.first + 1
            if events >= BATCH_EVENTS:
                break
        links, self._links = self._links[:taken], self._links[taken:]
        return links

    async def _refuse_unchained(self) -> None:
        beyond = await self._store.read(self._shard, after=self._read_to, limit=1)
        # A commit may have landed between the two reads: only an event that still has no link is wrong.
        if beyond and not await self._store.links(self._shard, after=self._read_to, limit=1):
            raise wrong(self._read_to + 1, "chain", "the event belongs to no commit")

    def _check(self, commit: Commit) -> None:
        link, before = commit.link, self.tip
        if link.epoch < before.epoch:
            message = f"the commit is of epoch {link.epoch}, after one of epoch {before.epoch}"
            raise wrong(link.first, "chain", message)
        if link.at_us < before.at_us:
            raise wrong(link.first, "chain", "the commit is older than the one before it")
        try:
            expected = chain_hash(
                before.hash,
                epoch=link.epoch,
                first=link.first,
                at_us=link.at_us,
                bodies=commit.bodies,
            )
        except StoreError as error:
            raise wrong(link.first, "chain", str(error)) from error
        if expected != link.hash:
            span = f"{link.first} to {link.last}" if link.last > link.first else f"{link.first}"
            message = f"the hash of the commit over position {span} does not match its events"
            raise wrong(link.first, "chain", message)
        self.tip = link


def _check_place(link: Link, expected: int) -> None:
    if link.first > expected:
        raise wrong(expected, "gap", f"the next commit starts at position {link.first}")
    if link.first < expected or link.last < link.first:
        message = f"a commit spans {link.first} to {link.last}, but position {expected} comes next"
        raise wrong(min(link.first, expected), "chain", message)


def _commits(links: list[Link], bodies: list[str]) -> Iterator[Commit]:
    start = links[0].first
    for link in links:
        yield Commit(link=link, bodies=bodies[link.first - start : link.last - start + 1])
