"""Events for a consumer group: the store is read first, then the kernel decides who gets what."""

import asyncio

from interlock.hub.batch import settled
from interlock.hub.owner import Owner
from interlock.hub.query import read_events
from interlock.kernel.command import Reply
from interlock.kernel.topic.receive import (
    GetEvents,
    decide_get_events,
    wanted_events,
    was_moved_back,
)


async def read_group(owner: Owner, command: GetEvents) -> Reply:
    """Reads what the group could be handed, then decides; waits for the topic while there is nothing."""
    clock = asyncio.get_running_loop().time
    until = clock() + command.wait_s
    while True:
        news = owner.listen("topic:" + command.topic)
        wanted = wanted_events(owner.state, command)
        shard = owner.grant.shard
        available = await read_events(owner.store, shard, topic=command.topic, wanted=wanted)
        if not owner.is_deciding:
            return await settled(owner.submit(command))
        if was_moved_back(owner.state, command, wanted):
            continue
        decided_us = owner.now_us()
        events, reply = decide_get_events(owner.state, command, decided_us, available=available)
        left_s = until - clock()
        if events or reply or left_s <= 0:
            return await settled(owner.carry_out(events, reply, command))
        await asyncio.wait([news], timeout=left_s)
