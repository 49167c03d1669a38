"""Asking: the query is sent, its answer is waited for and settled, all with verbs that anybody could send."""

import asyncio
from typing import Final

from interlock.hub.batch import settled
from interlock.hub.owner import Owner
from interlock.kernel.command import Reply
from interlock.kernel.mail.ask import (
    Answered,
    Ask,
    GetReply,
    NoAnswer,
    given_before,
    query_of,
    wait_of,
)
from interlock.kernel.mail.model import Delivery, delivery_id
from interlock.kernel.mail.receive import Messages, ReceivedMessage
from interlock.kernel.mail.send import MessageRef, find_message
from interlock.kernel.mail.settle import AckMessage

EVENTS_PER_SLICE: Final = 20_000
"""Events that one look for an earlier answer goes through: a few milliseconds of the reader's time."""

EVENTS_MAX: Final = 1_000_000
"""How far behind its query an earlier answer is looked for."""


_MENTIONS_MAX: Final = 100
"""Events in one look: others may mention the query, too."""


async def ask(owner: Owner, command: Ask) -> Reply:
    """Sends the query, once under a request id, and waits."""
    sent = await settled(owner.submit(query_of(command)))
    if not isinstance(sent, MessageRef):
        return sent
    return await _answer(
        owner, command.agent, sent.message_id, command.wait_s, is_known=sent.is_duplicate
    )


async def get_reply(owner: Owner, command: GetReply) -> Reply:
    """Waits for the answer to a query that was sent before."""
    return await _answer(owner, command.agent, command.message_id, command.wait_s, is_known=True)


async def _answer(
    owner: Owner, agent: str, message_id: str, wait_s: float, *, is_known: bool
) -> Reply:
    clock = asyncio.get_running_loop().time
    until = clock() + wait_s
    found = await settled(owner.submit(wait_of(agent, message_id, 0.0 if is_known else wait_s)))
    if is_known and isinstance(found, Messages) and not found:
        before = await _given_before(owner, agent, message_id)
        if before is not None:
            return before
        left_s = max(0.0, until - clock())
        found = await settled(owner.submit(wait_of(agent, message_id, left_s)))
    if not isinstance(found, Messages):
        return found
    if not found:
        return NoAnswer(message_id=message_id, status=_status(owner, message_id))
    [answer] = found.items
    settling = await settled(owner.submit(AckMessage(agent=agent, receipt=answer.receipt)))
    del (
        settling
    )  # it was handed out for long enough: should it come again after all, it is given again
    return _answered(message_id, answer)


async def _given_before(owner: Owner, agent: str, message_id: str) -> Answered | None:
    """An answer that was settled already: its reply was lost on the way."""
    digits = message_id.rpartition("-")[2]
    if not digits.isascii() or not digits.isdigit() or len(digits) > len(str(owner.head)):
        return None
    position = int(digits)
    stop = min(owner.head, position + EVENTS_MAX)
    while position < stop:
        until = min(stop, position + EVENTS_PER_SLICE)
        records = await owner.store.mentions(
            owner.grant.shard,
            text=f'"{message_id}"',
            after=position,
            until=until,
            limit=_MENTIONS_MAX,
        )
        for record in records:
            answer = given_before(record.body, agent=agent, message_id=message_id)
            if answer is not None:
                return answer
        position = records[-1].pos if len(records) == _MENTIONS_MAX else until
    return None


def _answered(message_id: str, answer: ReceivedMessage) -> Answered:
    return Answered(
        message_id=message_id,
        reply_id=answer.id,
        source=answer.source,
        thread_id=answer.thread_id,
        message=answer.message,
        payload_json=answer.payload_json,
    )


def _status(owner: Owner, message_id: str) -> str:
    """What became of the query's one delivery, as far as it is at hand."""
    state = owner.state
    message = find_message(state, message_id)
    id = delivery_id(message_id, message.target if message else "")
    delivery = state.deliveries.get(id) or state.closed.get(("delivery", id))
    return delivery.status if isinstance(delivery, Delivery) else ""
