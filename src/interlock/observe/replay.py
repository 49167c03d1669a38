"""The state as it was at any position."""

import time

import msgspec

from interlock.kernel.apply import apply, decode_event
from interlock.kernel.errors import InterlockError
from interlock.kernel.state import State
from interlock.observe.chain import Chain
from interlock.observe.fault import wrong
from interlock.observe.fold import Fold
from interlock.observe.history import read_batches
from interlock.store.contract import Store


class PositionAhead(InterlockError):
    """The log has not come so far. `head` is its last position."""

    def __init__(self, position: int, *, head: int) -> None:
        super().__init__(f"position {position} lies ahead: the log ends at {head}")
        self.position = position
        self.head = head


async def replay_to(store: Store, position: int, *, shard: str = "0") -> State:
    """The state right after the event at `position`, finished work included in `closed`.

    All its rows are in `touched`, so that `pack_rows` gives every row as it was. Raises `PositionAhead`, and
    `LedgerWrong` for a log that cannot be folded so far.
    """
    state = State(shard)
    async for records in read_batches(store, until=position, shard=shard):
        for record in records:
            try:
                apply(state, decode_event(record.body))
            except (msgspec.MsgspecError, UnicodeError) as error:
                raise wrong(record.pos, "undecodable", str(error)) from error
            except Exception as error:  # only events that `decide` never made can raise, in any way
                reason = f"{type(error).__name__}: {error}"
                raise wrong(record.pos, "inapplicable", reason) from error
        state.woken.clear()
    if state.head < position:
        raise PositionAhead(position, head=state.head)
    return state


async def fold_rate(store: Store, *, shard: str = "0") -> float:
    """Events per second of a whole proof of the log: read, hash, decode, apply, and fingerprint the rows."""
    chain, fold = Chain(store, shard=shard), Fold(shard=shard)
    started_s = time.perf_counter()
    async for commits in chain.commits():
        fold.add([body for commit in commits for body in commit.bodies])
    return fold.state.head / max(time.perf_counter() - started_s, 1e-9)
