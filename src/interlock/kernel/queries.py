"""Verbs for which the store is read: the kernel defines them and decides nothing.

They read what left memory, or never was in it, and change nothing.
"""

from typing import Final

from interlock.kernel.command import Command
from interlock.kernel.fleet import GetFleet
from interlock.kernel.ledger import GetBlob, PutBlob, ReadLog
from interlock.kernel.letters import GetDeadLetters
from interlock.kernel.limits import Count, Name, Position
from interlock.kernel.mail.ask import Ask, GetReply
from interlock.kernel.mail.listing import SearchMessages
from interlock.kernel.task.listing import GetTasks
from interlock.kernel.timeline import GetTimeline
from interlock.kernel.topic.listing import GetTopics
from interlock.kernel.topic.publish import TopicEvents, read_event


class ReadTopic(Command, frozen=True, kw_only=True):
    """Reads up to `limit` durable events of a topic behind position `after`, oldest first, without a group:
    nothing is handed out and nothing has to be settled."""

    verb = "read_topic"
    repeatable = True
    reply = "TopicEvents"

    topic: Name
    after: Position = 0
    limit: Count = 100


QUERIES: Final[tuple[type[Command], ...]] = (
    GetTasks,
    GetFleet,
    SearchMessages,
    GetTopics,
    GetTimeline,
    Ask,
    GetReply,
    GetDeadLetters,
    ReadTopic,
    ReadLog,
    PutBlob,
    GetBlob,
)
"""The commands that the hub answers from its store, some from its memory as well; `ask` and `get_reply` it carries out
with other verbs."""


def topic_page(records: list[tuple[int, str]]) -> TopicEvents:
    """The answer to `read_topic`, from (position, stored text) of events of the topic."""
    return TopicEvents(items=tuple(read_event(position, body) for position, body in records))
