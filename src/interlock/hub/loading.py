"""What a hub takes from the rows of its shard: the open work when it starts, and finished things on demand."""

from collections.abc import Collection

from interlock.kernel.command import Command
from interlock.kernel.rows import Loader, decode_row
from interlock.kernel.state import State
from interlock.kernel.wants import RowKey, missing_rows
from interlock.store.contract import OPEN, Row, Store


async def load_state(store: Store, shard: str, *, head: int, lease_floor_us: int) -> State:
    """The state at `head`, from the open rows. No lease is looked at before `lease_floor_us`."""
    state = State(shard)
    loader = Loader(state)
    async for rows in store.load(shard, phase=OPEN):
        for row in rows:
            loader.add(row.kind, row.id, row.body)
    loader.finish(head=head, lease_floor_us=lease_floor_us)
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
    state: State, command: Command, found: list[Row], *, changed: Collection[RowKey]
) -> None:
    """Puts fetched rows at hand for the command. What came back to memory, or changed, while the store was read
    is newer than its row."""
    still_missing = missing_rows(state, command)
    for row in found:
        key = (row.kind, row.id)
        if key in still_missing and key not in changed and key not in state.touched:
            state.closed[key] = decode_row(row.kind, row.body)
