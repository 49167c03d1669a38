"""The orchestrator gathers: when the answers to a document are there, it orders the document to be filed.

Its memory is the topics themselves. A process that was killed is followed by one that reads them again from
their beginning; the last answer to a document is settled only after its order stands, so none is forgotten.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec

from interlock import Plane, Refused
from interlock.demo.roles import (
    ASPECTS,
    CLASSIFICATION,
    ESCALATION,
    EXTRACTION,
    FILE,
    LEASE_S,
    LISTEN_S,
    ORCHESTRATOR,
    RETRIES,
    SUMMARY,
    titled,
)
from interlock.worker import App, Desk

# Events in one read of a topic.
PAGE: Final = 100


class FileOrder(msgspec.Struct, frozen=True):
    """The tasks whose results make one document's result. `summary` is empty for one that was given up."""

    document_id: str
    source: str
    extraction: str
    classification: str
    summary: str = ""

    @property
    def needs(self) -> tuple[str, ...]:
        """The tasks that must be done before the document can be filed."""
        needs = (self.extraction, self.classification, self.summary)
        return tuple(task_id for task_id in needs if task_id)


class Gathering:
    """Which task answers which aspect of which document, as the topics tell it."""

    def __init__(self) -> None:
        self._positions: dict[str, int] = {}
        self._tasks: dict[str, dict[str, str]] = {}
        self._sources: dict[str, str] = {}
        self._without_summary: set[str] = set()
        # Handlers run side by side: one that finds the topics read must also find them noted.
        self._reading = asyncio.Lock()

    async def catch_up(self, plane: Plane) -> None:
        """Reads what the topics say by now."""
        async with self._reading:
            for aspect in ASPECTS:
                async for event in self._following(plane, aspect.topic):
                    self._tasks.setdefault(event.key, {})[aspect.name] = event.task_id
                    self._sources[event.key] = event.payload["source"]
            async for event in self._following(plane, ESCALATION):
                await self._note_given_up(plane, event.payload)

    def order_for(self, document_id: str) -> FileOrder | None:
        """The order for a document whose answers are all there, else None."""
        tasks = self._tasks.get(document_id, {})
        summary = tasks.get(SUMMARY.name, "")
        if EXTRACTION.name not in tasks or CLASSIFICATION.name not in tasks:
            return None
        if not summary and document_id not in self._without_summary:
            return None
        return FileOrder(
            document_id,
            source=self._sources[document_id],
            extraction=tasks[EXTRACTION.name],
            classification=tasks[CLASSIFICATION.name],
            summary=summary,
        )

    async def _note_given_up(self, plane: Plane, escalation: dict[str, Any]) -> None:
        if escalation["noun"] != "task":
            return
        given_up = await plane.get_task(escalation["id"])
        if given_up.task.queue == SUMMARY.queue:
            self._without_summary.add(given_up.task.run_id)

    async def _following(self, plane: Plane, topic: str) -> AsyncIterator[Any]:
        while page := await plane.read_topic(
            topic, after=self._positions.get(topic, 0), limit=PAGE
        ):
            for event in page.items:
                self._positions[topic] = event.position
                yield event


def add_gathering(app: App, *, attempts_max: int) -> None:
    """Lets the app order each document to be filed once its answers are there."""
    gathering = Gathering()

    async def gather(event: Any, ctx: Desk) -> None:
        await gathering.catch_up(ctx.plane)
        is_escalation = event.topic == ESCALATION
        document_id = event.payload.get("run_id", "") if is_escalation else event.key
        order = gathering.order_for(document_id)
        if order is None:
            return
        try:
            await ctx.create_task(
                titled(FILE, order.source),
                queue=FILE,
                payload=order,
                needs=order.needs,
                run_id=document_id,
                correlation_id=document_id,
                idempotency_key=f"{FILE}/{document_id}",
                lease_s=LEASE_S,
                attempts_max=attempts_max,
                backoff=RETRIES,
            )
        except Refused as refused:
            # An answer that was told and then given up: its dead letter is the document's end.
            if refused.code != "wrong_status":
                raise

    for topic in (*(aspect.topic for aspect in ASPECTS), ESCALATION):
        app.on(topic, group=ORCHESTRATOR, limit_s=LISTEN_S)(gather)
