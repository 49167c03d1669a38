"""Proves that a ledger is whole: the chain holds, and the stored rows are the fold of the events."""

import time
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

import msgspec

from interlock.observe.chain import Chain, Commit
from interlock.observe.difference import tell_differences
from interlock.observe.fault import Fault, LedgerWrong, wrong
from interlock.observe.fold import Fold, RowKey, fingerprint, fingerprint_of, position_in
from interlock.store.contract import Store, StoreError

EXAMPLES_MAX: Final = 20
"""Wrong rows that are named one by one; all are counted."""

Pair: TypeAlias = tuple[bytes | None, bytes | None]
"""The fingerprints of a row: as the events make it, and as it is stored. None where there is no such row."""

Progress: TypeAlias = Callable[[str, int], None]
"""Told `events` or `rows` and how many have been checked."""


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What was proved about a ledger, or the first position that is wrong.

    `hash` binds everything up to `head`: noted elsewhere, it is an anchor for a later proof.
    """

    shard: str
    head: int
    hash: str
    commits: int
    events: int
    rows: int
    fault: Fault | None = None
    rows_wrong: int = 0
    examples: tuple[Fault, ...] = ()
    elapsed_s: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return self.fault is None


class Anchor(msgspec.Struct, frozen=True):
    """A position and the hash, in hex, that the chain had there."""

    pos: int
    hash: str


async def verify_ledger(
    store: Store,
    shard: str = "0",
    *,
    anchors: Iterable[Anchor] = (),
    progress: Progress | None = None,
) -> Verification:
    """Recomputes the chain, folds every event, and compares each row with what the fold made of it.

    Works while another process owns the ledger: rows are compared with the position they were read at.
    With `anchors`, the chain must also pass through each of them. Raises `StoreError` only when the store
    cannot be read at all.
    """
    proof = _Proof(store, shard, anchors=anchors, progress=progress)
    started_s = time.perf_counter()
    try:
        await proof.fold_log()
        await proof.compare_rows()
    except LedgerWrong as error:
        proof.faults = [error.fault]
    return proof.outcome(elapsed_s=time.perf_counter() - started_s)


class _Proof:
    """One run of the proof."""

    def __init__(
        self, store: Store, shard: str, *, anchors: Iterable[Anchor], progress: Progress | None
    ) -> None:
        self._store = store
        self._shard = shard
        self._chain = Chain(store, shard=shard)
        self._fold = Fold(shard=shard)
        self._anchors = {anchor.pos: anchor.hash.lower() for anchor in anchors}
        self._progress = progress or _silent
        self._tip = self._chain.tip
        self._commits = 0
        self._rows = 0
        self._differing: dict[RowKey, Pair] = {}
        self.faults: list[Fault] = []

    def outcome(self, *, elapsed_s: float) -> Verification:
        """What came out."""
        return Verification(
            shard=self._shard,
            head=self._tip.last,
            hash=self._tip.hash.hex(),
            commits=self._commits,
            events=self._fold.state.head,
            rows=self._rows,
            fault=self.faults[0] if self.faults else None,
            rows_wrong=len(self._differing),
            examples=tuple(self.faults),
            elapsed_s=elapsed_s,
        )

    async def fold_log(self) -> None:
        """Folds all events up to the present end."""
        async for commits in self._chain.commits():
            for commit in commits:
                self._pass(commit)
            self._fold.add([body for commit in commits for body in commit.bodies])
            self._progress("events", self._fold.state.head)
        for pos in sorted(self._anchors):
            raise wrong(pos, "anchor", "no commit ends at this position any more")

    async def compare_rows(self) -> None:
        """Compares the stored rows with the fold, in both directions."""
        try:
            await self._find_differing()
        except StoreError as error:
            raise wrong(self._tip.last, "row", f"the rows cannot be read: {error}") from error
        await self._follow_the_owner()
        first = sorted(self._differing, key=self._place_of)[:EXAMPLES_MAX]
        told = await tell_differences(self._store, first, until=self._tip.last, shard=self._shard)
        self.faults = [
            Fault(pos=self._place_of(key)[0], kind="row", message=told[key]) for key in first
        ]

    def _pass(self, commit: Commit) -> None:
        """Notes a commit whose hash holds. Raises `LedgerWrong` if another one was noted at its end."""
        self._tip = commit.link
        self._commits += 1
        found, noted = self._tip.hash.hex(), self._anchors.pop(self._tip.last, "")
        if noted not in ("", found):
            raise wrong(self._tip.last, "anchor", f"the chain has {found} here, {noted} was noted")

    async def _find_differing(self) -> None:
        """The rows that are not as the fold made them. Empties the fold's own fingerprints: what is alike in both
        places needs no more memory."""
        made = self._fold.prints
        async for rows in self._store.load(self._shard):
            for row in rows:
                key = (row.kind, row.id)
                expected = made.pop(key, None)
                stored = fingerprint_of(row, expected=expected)
                if stored != expected:
                    self._differing[key] = (expected, stored)
            self._rows += len(rows)
            self._progress("rows", self._rows)
        self._differing.update({key: (expected, None) for key, expected in made.items()})
        made.clear()

    async def _follow_the_owner(self) -> None:
        """Folds on, commit by commit, to the position at which the rows were read.

        The owner may have written between the last event and the rows. Then what differs is just what those
        commits changed. A commit that changes a row which was alike lies behind that position.
        """
        if not self._differing:
            return
        async for commits in self._chain.commits():
            for commit in commits:
                changed = {
                    (kind, id): fingerprint(queue, status, pos, phase, body) if body else None
                    for kind, id, queue, status, pos, phase, body in self._fold.add(commit.bodies)
                }
                self._fold.prints.clear()
                if not changed.keys() <= self._differing.keys():
                    return
                self._pass(commit)
                for key, made in changed.items():
                    stored = self._differing.pop(key)[1]
                    if made != stored:
                        self._differing[key] = (made, stored)
                if not self._differing:
                    return

    def _place_of(self, key: RowKey) -> tuple[int, RowKey]:
        """Where a wrong row shows: the position that changed it last, by the events or else by its own word."""
        made, stored = self._differing[key]
        position = position_in(made or stored or b"")
        return max(1, min(position, self._tip.last)), key


def _silent(what: str, count: int) -> None:
    """Nobody asked how far it is."""
