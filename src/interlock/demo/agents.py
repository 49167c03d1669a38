"""The agents as programs: `make_app` gives the one that a process of the fleet runs.

Every handler may be killed anywhere and run again: what it leaves behind is kept under a key of its document,
so the second time changes nothing.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from interlock.demo.checks import check_result
from interlock.demo.classifier import Classification
from interlock.demo.extractor import Extraction
from interlock.demo.filing import file_result
from interlock.demo.intake import Intake
from interlock.demo.orchestrator import FileOrder, add_gathering
from interlock.demo.reader import DocumentHead, read_document
from interlock.demo.roles import (
    ANY,
    ARCHIVIST,
    CLASSIFICATION,
    EXTRACTION,
    FILE,
    GENERALIST,
    GRACE_S,
    KINDS,
    LEASE_S,
    LISTEN_S,
    ORCHESTRATOR,
    READ,
    READER,
    RETRIES,
    SUMMARY,
    TASK_LIMIT_S,
    UPLOADED,
    Aspect,
    titled,
)
from interlock.demo.specialists import answer_classification, answer_extraction, answer_summary
from interlock.demo.summariser import Summary
from interlock.demo.tier import NO_TIER, TierAnswer, TiersExhausted
from interlock.demo.unreadable import Unreadable
from interlock.worker import App, Context, Desk, Permanent, Task

Answer = Callable[[str, DocumentHead], TierAnswer[Any]]


class Uploaded(msgspec.Struct, frozen=True):
    """A document that was read: what is known of it, and the blob that holds its text."""

    document: Intake
    head: DocumentHead
    text_ref: str


def make_app(role: str, attempts_max: str) -> App:
    """The app of a role. What it creates is tried `attempts_max` times; a text, as programs are handed texts."""
    app = _MAKERS[role](int(attempts_max))
    assert app.agent == role
    return app


def _app(agent: str, *, description: str) -> App:
    return App(agent, description=description, task_limit_s=TASK_LIMIT_S, grace_s=GRACE_S)


def _reader(role: str, capabilities: tuple[str, ...]) -> App:
    app = _app(role, description="reads documents")

    @app.handler(queue=READ, capabilities=capabilities)
    def read(task: Task, ctx: Context) -> Any:
        document = msgspec.convert(task.payload, Intake)

        def read_once() -> Any:
            found = _read(document)
            kept = ctx.wait(ctx.plane.put_blob(found.text.encode()))
            return msgspec.to_builtins(Uploaded(document, found.head, kept.ref))

        # What was read is kept before it is told: a second attempt tells the same, whatever became of the file.
        uploaded = ctx.wait(ctx.step("read", read_once))
        told = ctx.publish(
            UPLOADED, payload=uploaded, key=document.id, idempotency_key=f"uploaded/{document.id}"
        )
        ctx.wait(told)
        return uploaded

    return app


def _read(document: Intake) -> Any:
    try:
        return read_document(document.file, source=document.source)
    except Unreadable as error:
        raise Permanent(f"{error.reason}: {error.detail}") from error


def _specialist(aspect: Aspect, answer: Answer, attempts_max: int) -> App:
    app = _app(aspect.agent, description=f"answers the {aspect.name} of documents")

    @app.on(UPLOADED, group=aspect.name, limit_s=LISTEN_S)
    async def react(event: Any, ctx: Desk) -> None:
        uploaded = msgspec.convert(event.payload, Uploaded)
        await ctx.create_task(
            titled(aspect.queue, uploaded.document.source),
            queue=aspect.queue,
            payload=event.payload,
            run_id=uploaded.document.id,
            correlation_id=uploaded.document.id,
            idempotency_key=f"{aspect.name}/{uploaded.document.id}",
            lease_s=LEASE_S,
            attempts_max=attempts_max,
            backoff=RETRIES,
        )

    @app.handler(queue=aspect.queue)
    def work(task: Task, ctx: Context) -> Any:
        uploaded = msgspec.convert(task.payload, Uploaded)
        text = ctx.wait(ctx.plane.get_blob(uploaded.text_ref))
        try:
            answered = answer(text.content.decode(), uploaded.head)
        except TiersExhausted as error:
            raise Permanent(f"tiers_exhausted: {error}") from error
        document_id = uploaded.document.id
        # The event names this task; whoever needs the answer waits for the task, not for the event.
        told = ctx.publish(
            aspect.topic,
            payload={"source": uploaded.document.source},
            key=document_id,
            idempotency_key=f"{aspect.name}/{document_id}",
        )
        ctx.wait(told)
        return msgspec.to_builtins(answered)

    return app


def _archivist() -> App:
    app = _app(ARCHIVIST, description="checks the answers and files the results")

    @app.handler(queue=FILE)
    async def file(task: Task, ctx: Context) -> Any:
        order = msgspec.convert(task.payload, FileOrder)
        extracted = await ctx.plane.get_task(order.extraction)
        classified = await ctx.plane.get_task(order.classification)
        extraction = msgspec.convert(extracted.result, TierAnswer[Extraction])
        classification = msgspec.convert(classified.result, TierAnswer[Classification])
        summary = TierAnswer[Summary](value=None, tier=NO_TIER)
        if order.summary:
            summarised = await ctx.plane.get_task(order.summary)
            summary = msgspec.convert(summarised.result, TierAnswer[Summary])
        checks = check_result(extraction=extraction, classification=classification)
        filed = file_result(
            msgspec.convert(extracted.payload, Uploaded).head,
            extraction=extraction,
            classification=classification,
            summary=summary,
            checks=checks,
        )
        return msgspec.to_builtins(filed)

    return app


def _orchestrator(attempts_max: int) -> App:
    app = _app(ORCHESTRATOR, description="gathers the answers to each document")
    add_gathering(app, attempts_max=attempts_max)
    return app


_MAKERS: Final[dict[str, Callable[[int], App]]] = {
    READER: lambda attempts_max: _reader(READER, KINDS),
    GENERALIST: lambda attempts_max: _reader(GENERALIST, (ANY,)),
    EXTRACTION.agent: lambda attempts_max: _specialist(
        EXTRACTION, lambda text, head: answer_extraction(text), attempts_max
    ),
    CLASSIFICATION.agent: lambda attempts_max: _specialist(
        CLASSIFICATION,
        lambda text, head: answer_classification(text, kind=head.kind),
        attempts_max,
    ),
    SUMMARY.agent: lambda attempts_max: _specialist(
        SUMMARY, lambda text, head: answer_summary(text), attempts_max
    ),
    ARCHIVIST: lambda attempts_max: _archivist(),
    ORCHESTRATOR: _orchestrator,
}
