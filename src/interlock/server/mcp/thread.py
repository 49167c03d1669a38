"""A thread as one text: the messages of a conversation, the oldest first."""

from typing import Any, Final

from interlock.kernel.command import Refusal
from interlock.kernel.mail.listing import FoundMessages, MessageSummary
from interlock.server.mcp.answers import structured_of
from interlock.server.mcp.desk import Desk
from interlock.server.mcp.identity import Visitor

VERB: Final = "search_messages"

MESSAGES_MAX: Final = 100
"""Messages of one answer, each with the beginning of its text: some 15,000 tokens at the most."""

PAGES_MAX: Final = 5
"""Looks of one search: a page may be short when much had to be passed over."""

LEFT_OUT: Final = f"There are more messages than these: {VERB} with thread_id lists all."


async def read_thread(desk: Desk, visitor: Visitor, thread_id: str) -> dict[str, Any] | Refusal:
    """What the visitor may see of a thread: an agent with a key what it sent and was sent."""
    found: dict[str, MessageSummary] = {}
    is_whole = True
    for filters in _searches(visitor):
        fields = {"thread_id": thread_id, "order": "oldest", "limit": MESSAGES_MAX, **filters}
        page = await _search(desk, visitor, fields)
        if isinstance(page, Refusal):
            return page
        found |= {each.id: each for each in page.items}
        is_whole = is_whole and not page.cursor
    if not found:
        return Refusal(code="not_found", message=f"there is no message of a thread {thread_id}")
    oldest = sorted(found.values(), key=_position)
    shown = FoundMessages(items=tuple(oldest[:MESSAGES_MAX]))
    plain = {"id": thread_id, **structured_of(VERB, shown, is_camel=False)}
    return plain if is_whole and len(oldest) <= MESSAGES_MAX else {**plain, "next": LEFT_OUT}


async def _search(desk: Desk, visitor: Visitor, fields: dict[str, Any]) -> FoundMessages | Refusal:
    """The first messages that a search finds, whatever had to be passed over before them."""
    items: tuple[MessageSummary, ...] = ()
    cursor = ""
    for _ in range(PAGES_MAX):
        page = await desk.reply(visitor, VERB, {**fields, "cursor": cursor})
        if not isinstance(page, FoundMessages):
            assert isinstance(page, Refusal), page
            return page
        items, cursor = items + page.items, page.cursor
        if not cursor or len(items) >= MESSAGES_MAX:
            break
    return FoundMessages(items=items, cursor=cursor)


def _searches(visitor: Visitor) -> list[dict[str, str]]:
    """The filters to search with. The oldest messages stand at the head of one of two lists: what is open and what
    is settled, searched in the order in which messages move. The key of an agent has to name itself as well."""
    caller = visitor.caller
    is_agent = bool(caller.key_id) and caller.role == "agent"
    sides = [{"source": caller.agent}, {"recipient": caller.agent}] if is_agent else [{}]
    return [{**side, "status": status} for status in ("open", "closed") for side in sides]


def _position(message: MessageSummary) -> int:
    """Where in the log a message was sent; its id says so. Messages may share a moment."""
    return int(message.id.rpartition("-")[2])
