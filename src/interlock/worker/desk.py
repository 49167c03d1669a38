"""What every handler can do as its agent: leave messages, ask, answer, publish, create tasks."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Mapping
from typing import Any, Final, Literal, TypeVar

from interlock.kernel.limits import WAIT_S_MAX
from interlock.kernel.mail.receive import ReceivedMessage
from interlock.kernel.mail.send import MessageRef
from interlock.kernel.task.create import TaskRef
from interlock.kernel.topic.publish import EventRef
from interlock.plane import Plane
from interlock.worker.cancellation import Cancellation
from interlock.worker.failure import Cancelled, NoAnswer
from interlock.worker.log import FieldLog
from interlock.worker.program import Program

T = TypeVar("T")
MessageType = Literal["DIRECTIVE", "QUERY", "RESULT", "ACK", "STATUS", "EVENT"]
Priority = int | Literal["low", "normal", "high", "urgent"]

UNASKED_TYPES: Final[tuple[MessageType, ...]] = ("DIRECTIVE", "QUERY", "STATUS", "EVENT", "ACK")
"""What a message handler takes unless told otherwise: a RESULT belongs to whoever asked."""

NO_PROOF: Final[Mapping[str, Any]] = {}

ASK_TIMEOUT_S: Final = 60.0


class Desk:
    """An agent's place at the plane while one of its handlers runs. Its calls are made from the handler."""

    def __init__(
        self,
        plane: Plane,
        *,
        agent: str,
        session: str,
        cancelled: Cancellation,
        log: FieldLog,
        key: str,
        correlation_id: str,
        proof: Mapping[str, Any] = NO_PROOF,
        lineage: Mapping[str, Any] = NO_PROOF,
    ) -> None:
        self.plane = plane
        """All verbs of the ledger, to be called from the handler; `agent` is filled in."""
        self.agent = agent
        self.session = session
        self.cancelled = cancelled
        self.log = log
        self.key = key
        """The same each time this task, message or event is worked on: for idempotency keys."""
        self.state = Program(plane, agent=agent, proof=proof)
        self._correlation_id = correlation_id
        self._proof = {"agent": agent, **proof}
        self._lineage = {"agent": agent, "correlation_id": correlation_id, **lineage}

    def raise_if_cancelled(self) -> None:
        """Raises `Cancelled` when the result is no longer wanted."""
        if self.cancelled.is_set():
            raise Cancelled(self.cancelled.reason)

    def wait(self, awaitable: Awaitable[T]) -> T:
        """The result of a call of this context, for a plain handler. Raises what the call raises, and
        `Cancelled` once the handler's grace is over."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return self.cancelled.block_on(awaitable)
        if inspect.iscoroutine(awaitable):
            awaitable.close()
        raise RuntimeError("ctx.wait is for plain handlers: in an async one, await the call")

    async def send(
        self,
        target: str,
        *,
        message_type: MessageType = "DIRECTIVE",
        message: str = "",
        payload: Any = None,
        reply_to: str = "",
        thread_id: str = "",
        priority: Priority = 4,
        ttl_s: float = 86_400.0,
        idempotency_key: str = "",
        correlation_id: str = "",
    ) -> MessageRef:
        """Leaves a message for `target`: an agent, `group:<name>` or `all`. Refusals: see `send_message`."""
        return await self.plane.send_message(
            target,
            message_type=message_type,
            message=message,
            payload=payload,
            reply_to=reply_to,
            thread_id=thread_id,
            priority=priority,
            ttl_s=ttl_s,
            idempotency_key=idempotency_key,
            correlation_id=correlation_id or self._correlation_id,
            **self._proof,
        )

    async def ask(
        self,
        target: str,
        *,
        message: str = "",
        payload: Any = None,
        timeout_s: float = ASK_TIMEOUT_S,
        priority: Priority = 4,
    ) -> ReceivedMessage:
        """Sends a QUERY and returns the RESULT that answers it. Raises `NoAnswer` when none came in time; the
        QUERY lives no longer than `timeout_s`."""
        deadline_s = time.monotonic() + timeout_s
        query = await self.send(
            target,
            message_type="QUERY",
            message=message,
            payload=payload,
            priority=priority,
            ttl_s=timeout_s,
        )
        while (left_s := deadline_s - time.monotonic()) > 0:
            found = await self.plane.get_messages(
                message_type="RESULT",
                reply_to=query.message_id,
                limit=1,
                wait_s=min(left_s, WAIT_S_MAX),
                agent=self.agent,
            )
            if found:
                answer = found.items[0]
                await self.plane.ack_message(answer.receipt, agent=self.agent)
                return answer
        raise NoAnswer(f"{target} did not answer within {timeout_s:g} s")

    async def reply(
        self,
        received: ReceivedMessage,
        *,
        message: str = "",
        payload: Any = None,
    ) -> MessageRef:
        """Answers a message with a RESULT, which settles it."""
        return await self.send(
            received.source,
            message_type="RESULT",
            message=message,
            payload=payload,
            reply_to=received.id,
            correlation_id=received.correlation_id,
        )

    async def publish(
        self, topic: str, *, payload: Any = None, key: str = "", idempotency_key: str = ""
    ) -> EventRef:
        """Publishes an event to everybody who reads the topic, now or later."""
        return await self.plane.publish_event(
            topic,
            payload=payload,
            key=key,
            idempotency_key=idempotency_key,
            correlation_id=self._correlation_id,
            **self._proof,
        )

    async def create_task(self, title: str, **fields: Any) -> TaskRef:
        """Creates a task with this one's `run_id` and `correlation_id`; `fields` are those of
        `Plane.create_task`."""
        return await self.plane.create_task(title, **{**self._lineage, **self._proof, **fields})
