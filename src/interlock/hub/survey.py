"""Questions that memory and store answer together, and only of what is durable."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

from interlock.hub.asking import ask, get_reply
from interlock.hub.group import read_group
from interlock.hub.listing import list_page
from interlock.hub.owner import Owner, until_durable
from interlock.hub.story import tell_story
from interlock.kernel.command import Command, Reply
from interlock.kernel.fleet import GetFleet, fleet_of
from interlock.kernel.mail import listing as messages
from interlock.kernel.mail.ask import Ask, GetReply
from interlock.kernel.mail.listing import SearchMessages
from interlock.kernel.task import listing as tasks
from interlock.kernel.task.listing import GetTasks
from interlock.kernel.timeline import GetTimeline
from interlock.kernel.topic.listing import GetTopics, topics_of
from interlock.kernel.topic.receive import GetEvents

Survey = Callable[[Owner, Any], Coroutine[Any, Any, Reply]]


async def show_fleet(owner: Owner, command: GetFleet) -> Reply:
    """The fleet, from kept counters; only dead topic events are counted, by an index over them alone."""
    dead = await owner.store.count_ended(owner.grant.shard, kind="dead_event")
    state = owner.state
    fleet = fleet_of(state, now_us=owner.now_us(), dead_events=dead.get("dead", 0))
    return await until_durable(owner, fleet, command, state=state)


async def list_topics(owner: Owner, command: GetTopics) -> Reply:
    """Topics by an index of the log, and who subscribed to them."""
    wanted = command.limit + 1
    found = await owner.store.topics(owner.grant.shard, behind=command.cursor, limit=wanted)
    state = owner.state
    page = topics_of(state, found, limit=command.limit)
    return await until_durable(owner, page, command, state=state)


SURVEYS: Final[dict[type[Command], Survey]] = {
    GetEvents: read_group,
    GetTasks: partial(list_page, tasks.PLAN),
    SearchMessages: partial(list_page, messages.PLAN),
    GetFleet: show_fleet,
    GetTopics: list_topics,
    GetTimeline: tell_story,
    Ask: ask,
    GetReply: get_reply,
}
"""`get_events`, and those of `kernel.queries.QUERIES` that need more than the store."""
