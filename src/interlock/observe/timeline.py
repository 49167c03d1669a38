"""What happened to one task, in order."""

from interlock.kernel.timeline import Entry, TaskConcern
from interlock.observe.history import read_batches
from interlock.store.contract import Store


async def timeline(store: Store, task_id: str, *, shard: str = "0") -> list[Entry]:
    """All events that concern the task, oldest first; empty if there is no such task.

    Reads from the position that created it, which its id names, to the end. Raises `LedgerWrong`.
    """
    concern = TaskConcern(task_id)
    entries: list[Entry] = []
    async for records in read_batches(store, after=concern.first - 1, shard=shard):
        entries += concern.entries(records)
    return entries
