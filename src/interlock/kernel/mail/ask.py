"""Asking: a QUERY and the wait for its answer in one call. The hub carries it out with the verbs for messages."""

from typing import Any

import msgspec

from interlock.kernel.command import Command, Reply
from interlock.kernel.limits import (
    Json,
    Name,
    OptionalName,
    Text,
    TraceParent,
    TtlSeconds,
    WaitSeconds,
)
from interlock.kernel.mail.model import Message
from interlock.kernel.mail.receive import GetMessages
from interlock.kernel.mail.send import SendMessage
from interlock.kernel.payload import NULL, decode_json


class Ask(Command, frozen=True, kw_only=True):
    """Sends a QUERY from `agent` to `target` and waits up to `wait_s` seconds for the RESULT that replies to it.

    The answer is settled when it is given. Without one in time the reply is `NoAnswer`, which is false and names the
    message: wait on with `get_reply`, or ask again under the same request id, which sends nothing twice and gives the
    answer again if its reply was lost. Of a group the first answer counts. Refusals: those of `send_message`.
    """

    verb = "ask"
    reply = "Answered | NoAnswer"
    grows = True

    target: Name
    message: Text = ""
    payload: Json = NULL
    thread_id: OptionalName = ""
    ttl_s: TtlSeconds = 86_400.0
    correlation_id: OptionalName = ""
    traceparent: TraceParent = ""
    wait_s: WaitSeconds = 30.0


class GetReply(Command, frozen=True, kw_only=True):
    """Waits up to `wait_s` seconds for the RESULT that replies to the message `message_id` of `agent`, and settles it.

    Returns `NoAnswer`, which is false, when there is none in time; an answer that was given before is given again.
    Refusals: those of `get_messages`.
    """

    verb = "get_reply"
    reply = "Answered | NoAnswer"

    message_id: Name
    wait_s: WaitSeconds = 30.0


class Answered(Reply, frozen=True, kw_only=True):
    """The answer to the query `message_id`: the message `reply_id` from `source`."""

    message_id: str
    reply_id: str
    source: str
    thread_id: str
    message: str = ""
    payload_json: str = ""

    @property
    def payload(self) -> Any:
        """The payload that the answer was sent with."""
        return decode_json(self.payload_json)


class NoAnswer(Reply, frozen=True, kw_only=True):
    """Nobody answered the query `message_id` yet. `status` is that of its one delivery, as far as it is at hand: a
    `dead` one will not be answered."""

    message_id: str
    status: str = ""

    def __bool__(self) -> bool:
        return False


def query_of(command: Ask) -> SendMessage:
    """The QUERY that asks. Under a request id it is sent once."""
    key = f"ask/{command.request_id}" if command.request_id else ""
    return SendMessage(
        agent=command.agent,
        target=command.target,
        message_type="QUERY",
        message=command.message,
        payload=command.payload,
        thread_id=command.thread_id,
        ttl_s=command.ttl_s,
        correlation_id=command.correlation_id,
        traceparent=command.traceparent,
        idempotency_key=key,
    )


def wait_of(agent: str, message_id: str, wait_s: float) -> GetMessages:
    """The long poll for the answer."""
    return GetMessages(
        agent=agent, reply_to=message_id, message_type="RESULT", limit=1, wait_s=wait_s
    )


def given_before(text: str, *, agent: str, message_id: str) -> Answered | None:
    """The answer that this stored event sent to the asker, if it is one."""
    try:
        sent = _decode(text)
    except msgspec.DecodeError:
        return None
    message = sent.message
    is_answer = message.reply_to == message_id and message.message_type == "RESULT"
    if not is_answer or agent not in sent.recipients:
        return None
    return Answered(
        message_id=message_id,
        reply_id=message.id,
        source=message.source,
        thread_id=message.thread_id,
        message=message.text,
        payload_json=message.payload_json,
    )


class _Sent(msgspec.Struct):
    """What of `MessageSent` is read here."""

    message: Message
    recipients: tuple[str, ...]


_decode = msgspec.json.Decoder(_Sent).decode
