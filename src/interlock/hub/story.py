"""The story of a task, told from the log in slices that let other readers in between."""

from typing import Final

from interlock.hub.owner import Owner
from interlock.kernel.command import Reply
from interlock.kernel.timeline import Entry, GetTimeline, TaskConcern, Timeline, no_task, told

EVENTS_PER_SLICE: Final = 20_000
"""Events that one look goes through: a few milliseconds of the reader's time."""

EVENTS_MAX: Final = 1_000_000
"""Events that one call goes through, in half a second; then it says where to go on."""


async def tell_story(owner: Owner, command: GetTimeline) -> Reply:
    """The entries behind `after`, up to the log's end if that is not too far."""
    concern = TaskConcern(command.task_id)
    store, shard, head = owner.store, owner.grant.shard, owner.head
    birth = await store.read(shard, after=concern.first - 1, limit=1)
    if not list(concern.entries(birth)):
        return no_task(command)
    entries: list[Entry] = []
    position = max(concern.first - 1, command.after)
    stop = min(head, position + EVENTS_MAX)
    while position < stop and len(entries) < command.limit:
        until = min(stop, position + EVENTS_PER_SLICE)
        wanted = command.limit - len(entries)
        records = await store.mentions(
            shard, text=concern.needle, after=position, until=until, limit=wanted
        )
        entries += concern.entries(records)
        position = records[-1].pos if len(records) == wanted else until
    return Timeline(
        task_id=command.task_id,
        entries=tuple(told(entries)),
        next_after=0 if position >= head else position,
    )
