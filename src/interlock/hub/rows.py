"""A hub and the rows of its shard: it loads the open work when it starts and finished things on demand, and writes
what changed."""

from collections.abc import Callable, Collection
from itertools import islice
from typing import TypeAlias

import msgspec

from interlock.kernel.rows import Loader, decode_row, pack_rows
from interlock.kernel.state import State
from interlock.kernel.tally import Pace
from interlock.kernel.wants import RowKey, kept_together
from interlock.store.contract import OPEN, Row, Store

Missing: TypeAlias = Callable[[State], list[RowKey]]
"""Which rows somebody needs at hand who finds the state like this."""


async def load_state(
    store: Store, shard: str, *, head: int, lease_floor_us: int, pace: Pace
) -> State:
    """The state at `head`, from the open rows. No lease is looked at before `lease_floor_us`. `pace` goes on."""
    state = State(shard)
    state.tally.pace = pace
    loader = Loader(state)
    async for rows in store.load(shard, phase=OPEN):
        for row in rows:
            loader.add(row.kind, row.id, row.body)
    loader.finish(head=head, lease_floor_us=lease_floor_us)
    state.tally.ended = await store.count_ended(shard, kind="task")
    state.tally.dead_messages = (await store.count_ended(shard, kind="delivery")).get("dead", 0)
    return state


async def fetch_closed(store: Store, shard: str, wanted: list[RowKey]) -> list[Row]:
    """The wanted rows of finished things; what is open or not there is left out."""
    by_kind: dict[str, list[str]] = {}
    for kind, id in wanted:
        by_kind.setdefault(kind, []).append(id)
    found: list[Row] = []
    for kind, ids in by_kind.items():
        async for rows in store.load(shard, kind=kind, ids=ids):
            found += [row for row in rows if row.phase != OPEN]
    return found


def keep_closed(
    state: State, still_missing: list[RowKey], found: list[Row], *, changed: Collection[RowKey]
) -> None:
    """Puts fetched rows at hand. What came back to memory, or changed, while the store was read is newer than its
    row."""
    for row in found:
        key = (row.kind, row.id)
        if key in still_missing and key not in changed and key not in state.touched:
            state.closed[key] = decode_row(row.kind, row.body)


def forget_closed(state: State, *, durable: int, kept_max: int) -> None:
    """Lets go of the finished things that were at hand the longest, but of none that is not durable."""
    closed = state.closed
    # Looked up in one go: each look walks over the places of all that went before it.
    for key in list(islice(closed, max(0, len(closed) - kept_max))):
        things = [each for each in kept_together(key) if each in closed]
        if any(closed[each].columns()[2] > durable for each in things):
            break
        for each in things:
            del closed[each]


def changed_rows(state: State) -> list[Row]:
    """The rows that changed since the last call, as they are now."""
    return [
        Row(kind, id, queue, status, pos, phase, msgspec.Raw(body))
        for kind, id, queue, status, pos, phase, body in pack_rows(state)
    ]


class Reads:
    """The reads of finished things that are going on, as a context of each, and what changed meanwhile."""

    def __init__(self, store: Store, shard: str) -> None:
        self._store = store
        self._shard = shard
        self.count = 0
        self.changed: set[RowKey] = set()
        """What was written since the oldest of the reads began."""
        self._in_flight: set[RowKey] = set()

    def __enter__(self) -> None:
        if not self.count:
            self.changed = set(self._in_flight)
        self.count += 1

    def __exit__(self, *error: object) -> None:
        self.count -= 1

    def writing(self, rows: list[Row]) -> list[Row]:
        """These rows go into the next commit."""
        self._in_flight = {(row.kind, row.id) for row in rows}
        if self.count:
            self.changed |= self._in_flight
        return rows

    def landed(self) -> None:
        """That commit is durable."""
        self._in_flight = set()

    def start_over(self) -> None:
        """The state is made from the rows again."""
        self._in_flight = set()
        self.changed = set()

    async def fetch_missing(self, current: Callable[[], State], missing: Missing) -> None:
        """Puts at hand what is missing; what is fetched may speak of more. `current` gives the state, which may be
        made anew meanwhile."""
        with self:
            state = current()
            asked: set[RowKey] = set()
            while wanted := [key for key in missing(current()) if key not in asked]:
                asked.update(wanted)
                found = await fetch_closed(self._store, self._shard, wanted)
                keep_closed(current(), missing(current()), found, changed=self.changed)
                if state is not current():
                    state = current()
                    asked.clear()
