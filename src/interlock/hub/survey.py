"""Questions that memory and store answer together: nothing is decided, and only what is durable is seen."""

from typing import Final

from interlock.hub.listing import list_tasks
from interlock.hub.sight import Sight, Survey
from interlock.kernel.command import Command, Reply
from interlock.kernel.fleet import GetFleet, fleet_of
from interlock.kernel.task.listing import GetTasks


async def show_fleet(command: GetFleet, sight: Sight) -> Reply:
    """The fleet, from kept counters; only dead topic events are counted, by an index over them alone."""
    del command
    dead = await sight.store.count_ended(sight.state.shard, kind="dead_event")
    fleet = fleet_of(sight.state, now_us=sight.now_us, dead_events=dead.get("dead", 0))
    return await sight.until_durable(fleet)


SURVEYS: Final[dict[type[Command], Survey]] = {
    GetTasks: list_tasks,
    GetFleet: show_fleet,
}
"""The commands of `kernel.queries.LISTS`."""
