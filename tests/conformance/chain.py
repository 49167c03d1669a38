"""Walks the whole chain of a store, as the proof of a ledger does."""

from typing import NamedTuple

from interlock.observe.chain import Chain
from interlock.store.contract import Store


class Walked(NamedTuple):
    """How many commits hold up to which position, and the hash that stands for all of them."""

    commits: int
    head: int
    hash: bytes


async def check_chain(store: Store, shard: str) -> Walked:
    """Raises `LedgerWrong` at the first position that does not hold."""
    chain = Chain(store, shard=shard)
    commits = 0
    async for batch in chain.commits():
        commits += len(batch)
    return Walked(commits=commits, head=chain.tip.last, hash=chain.tip.hash)
