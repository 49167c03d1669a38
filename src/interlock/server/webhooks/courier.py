"""The courier of one webhook: takes events from the log, posts them one after the other, and notes how far it is."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final, Protocol

import msgspec

from interlock.hub.hub import Hub
from interlock.kernel.command import Refusal
from interlock.kernel.limits import BATCH_MAX
from interlock.kernel.selection import Selection
from interlock.kernel.webhook.advance import AdvanceWebhook, Failure
from interlock.kernel.webhook.model import ACTIVE, OWN_EVENTS, Webhook
from interlock.kernel.webhook.steer import PauseWebhook
from interlock.server.event_json import event_json
from interlock.server.sealing import CannotOpen, Sealing
from interlock.server.tail import LoggedEvent, Tail, chosen
from interlock.server.webhooks.making import purpose_of
from interlock.server.webhooks.post import Outcome
from interlock.server.webhooks.signature import signed_headers
from interlock.store.contract import StoreError

log = logging.getLogger(__name__)

NOTED_EVENTS: Final = 50
"""Posts after which the place is noted: so many may come again after a crash."""

NOTED_US: Final = 1_000_000
"""Hub time after which it is noted all the same."""

PASSED_EVENTS: Final = 10_000
"""Events that nobody wanted, after which the place is noted: so many are looked through again after a restart."""

LOOK_S: Final = 5.0
"""While it waits for the next attempt, how often a courier looks whether its webhook was changed."""

Pause = Callable[[float], Awaitable[None]]


class Post(Protocol):
    """Makes one attempt."""

    async def __call__(self, url: str, *, headers: dict[str, str], body: bytes) -> Outcome: ...


class Stopped(Exception):
    """The webhook was paused or deleted, or the server closes: this courier has nothing more to do."""


class Courier:
    """Serves one webhook until it is paused or deleted. Everything that must survive stands in the ledger."""

    def __init__(
        self,
        tail: Tail,
        webhook_id: str,
        *,
        post: Post,
        sealing: Sealing,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._tail = tail
        self._hub: Hub = tail.hub
        self._id = webhook_id
        self._post = post
        self._sealing = sealing
        self._pause = pause
        self._place = 0
        """Everything up to here was posted, or was not wanted."""
        self._unnoted = 0
        self._noted_us = self._hub.now_us()

    async def run(self) -> None:
        """Posts until there is nothing more to do here. Raises `StoreError`."""
        try:
            with self._tail.watching():
                self._place = self._webhook().position
                while not self._tail.ended:
                    await self._post_redriven()
                    await self._step()
            await self._note()
        except Stopped:
            with contextlib.suppress(Stopped):
                await self._note()
        except CannotOpen as error:
            await self._hub.call(PauseWebhook(webhook_id=self._id, reason=_lost_secret(error)))

    async def _step(self) -> None:
        """The next batch of the log, or a pause when there is none."""
        batch = await self._tail.batch_behind(self._place)
        if batch is None:
            await self._note()
            await self._tail.news()
            return
        wanted = self._webhook().selection
        fresh = [event for event in batch.events if event.pos > self._place]
        for event in await posted(fresh, wanted, self._tail):
            await self._deliver(event)
            self._place = max(self._place, event.pos)
        self._place = batch.last
        if self._place - self._webhook().position >= PASSED_EVENTS:
            await self._note()

    async def _post_redriven(self) -> None:
        """Dead posts that were brought back go before what comes next."""
        while waiting := self._webhook().redriven:
            position = min(waiting)
            records = await self._hub.store.read(self._hub.grant.shard, after=position - 1, limit=1)
            await self._note()
            if await self._until_taken(LoggedEvent(records[0])):
                await self._advance(redriven=(position,))

    async def _deliver(self, event: LoggedEvent) -> None:
        """Posts one event until it is taken or given up."""
        if await self._until_taken(event):
            self._unnoted += 1
            self._place = event.pos
            is_due = self._hub.now_us() - self._noted_us >= NOTED_US
            if self._unnoted >= NOTED_EVENTS or is_due:
                await self._note()

    async def _until_taken(self, event: LoggedEvent) -> bool:
        """Whether the event was taken; if not, it is a dead letter. Raises `Stopped`."""
        while True:
            failing = self._webhook().failing
            if failing is not None and failing.position == event.pos:
                await self._wait_until(failing.due_us)
            outcome = await self._attempt(event)
            if not outcome.error:
                return True
            await self._fail(event, outcome)
            after = self._webhook().failing
            if after is None or after.position != event.pos:
                return False

    async def _wait_until(self, due_us: int) -> None:
        """Raises `Stopped` as soon as the webhook is paused or gone."""
        while (left_us := due_us - self._hub.now_us()) > 0:
            await self._pause(min(left_us / 1_000_000, LOOK_S))
            self._webhook()

    async def _attempt(self, event: LoggedEvent) -> Outcome:
        webhook = self._webhook()
        now_us = self._hub.now_us()
        body = body_of(event)
        headers = signed_headers(
            self._secrets(webhook, now_us),
            message_id=message_id(webhook.id, event.pos),
            timestamp_s=now_us // 1_000_000,
            body=body,
        )
        return await self._post(webhook.url, headers=headers, body=body)

    def _secrets(self, webhook: Webhook, now_us: int) -> list[str]:
        sealed = [webhook.secret_sealed]
        if webhook.secret_before_sealed and now_us < webhook.grace_until_us:
            sealed.append(webhook.secret_before_sealed)
        purpose = purpose_of(self._hub)
        return [self._sealing.open(each, purpose=purpose) for each in sealed]

    async def _fail(self, event: LoggedEvent, outcome: Outcome) -> None:
        failure = Failure(
            position=event.pos,
            error=outcome.error,
            status=outcome.status,
            is_gone=outcome.is_gone,
            retry_after_s=outcome.retry_after_s,
        )
        await self._advance(failure=failure)

    async def _note(self) -> None:
        """Keeps the place, if anything was posted since, or much was passed over."""
        webhook = self._hub.state.webhooks.get(self._id)
        passed = self._place - webhook.position if webhook is not None else 0
        if webhook is not None and (self._unnoted or passed >= PASSED_EVENTS):
            await self._advance()

    async def _advance(
        self, *, redriven: tuple[int, ...] = (), failure: Failure | None = None
    ) -> None:
        """Raises `StoreError` where it could not be kept: what was posted since comes again."""
        assert len(redriven) <= BATCH_MAX
        webhook = self._hub.state.webhooks.get(self._id)
        place = max(self._place, webhook.position if webhook is not None else 0)
        command = AdvanceWebhook(
            webhook_id=self._id,
            position=place,
            delivered=self._unnoted,
            redriven=redriven,
            failure=failure,
        )
        reply = await self._hub.call(command)
        if isinstance(reply, Refusal) and reply.code == "not_found":
            raise Stopped
        if isinstance(reply, Refusal):
            raise StoreError(f"{self._id}: {reply.message}")
        self._unnoted = 0
        self._noted_us = self._hub.now_us()

    def _webhook(self) -> Webhook:
        webhook = self._hub.state.webhooks.get(self._id)
        if self._tail.ended or webhook is None or webhook.status != ACTIVE:
            raise Stopped
        return webhook


async def posted(events: list[LoggedEvent], wanted: Selection, tail: Tail) -> list[LoggedEvent]:
    """Those of the events that a webhook posts: never what the progress of webhooks wrote."""
    others = [event for event in events if event.type not in OWN_EVENTS]
    return await chosen(others, (wanted,), tail.subjects)


def message_id(webhook_id: str, pos: int) -> str:
    """The id of one event on its way to one webhook: the same however often it is posted."""
    return f"{webhook_id}_{pos}"


def body_of(event: LoggedEvent) -> bytes:
    """What is posted: the same bytes each time."""
    entry = event.entry
    at = datetime.fromtimestamp(entry.at_us / 1_000_000, tz=UTC)
    return msgspec.json.encode(
        {
            "type": entry.type,
            "timestamp": at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "data": msgspec.Raw(event_json(entry)),
        }
    )


def _lost_secret(error: CannotOpen) -> str:
    return f"{error}: bring that secret back, or rotate_webhook_secret and resume_webhook"
