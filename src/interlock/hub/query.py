"""Questions that the store answers: nothing is decided, and only what is durable is seen."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

import msgspec

from interlock.hub.refusals import store_failed
from interlock.kernel.command import Command, Refusal, Reply
from interlock.kernel.ledger import Blob, BlobRef, GetBlob, LogEntry, LogPage, PutBlob, ReadLog
from interlock.kernel.letters import KIND_OF, GetDeadLetters, page_of
from interlock.kernel.queries import ReadTopic, topic_page
from interlock.kernel.topic.receive import WantedEvents
from interlock.store.contract import DEAD, BlobMissing, BlobTooLarge, Record, Store, StoreError

QUESTIONS_MAX: Final = 20_000
"""Questions that may be asked at once; most of them wait for something new."""

Question = Callable[[], Coroutine[Any, Any, Reply]]
Query = Callable[[Store, str, Any], Coroutine[Any, Any, Reply]]


class Questions:
    """The questions that are being asked. A hub that closes gives them up: a long poll may have a minute to go."""

    def __init__(self) -> None:
        self._asking: dict[asyncio.Task[Reply], None] = {}
        self._closed = ""

    async def ask(self, command: Command, asking: Question) -> Reply:
        """The answer, or a refusal when the store fails or the hub closes first."""
        if len(self._asking) >= QUESTIONS_MAX:
            message = f"{QUESTIONS_MAX} questions wait for an answer already: ask again later"
            return Refusal(code="limit", message=message)
        task = asyncio.get_running_loop().create_task(asking())
        self._asking[task] = None
        try:
            return await task
        except StoreError as error:
            return store_failed(command, error)
        except asyncio.CancelledError:
            if self._closed and task.cancelled():
                return Refusal(code="closing", message=self._closed)
            raise
        finally:
            self._asking.pop(task, None)

    def close(self, reason: str) -> None:
        """Gives up every question."""
        self._closed = reason
        for task in self._asking:
            task.cancel()


async def read_log(store: Store, shard: str, command: ReadLog) -> Reply:
    """The next events of the log."""
    records = await store.read(
        shard, after=command.after, limit=command.limit, wait_s=command.wait_s
    )
    entries = tuple(LogEntry(record.pos, record.body) for record in records)
    return LogPage(entries=entries, next_after=entries[-1].pos if entries else command.after)


async def read_topic(store: Store, shard: str, command: ReadTopic) -> Reply:
    """The next events of a topic."""
    return topic_page(await read_events(store, shard, topic=command.topic, wanted=_behind(command)))


async def read_events(
    store: Store, shard: str, *, topic: str, wanted: WantedEvents
) -> list[tuple[int, str]]:
    """Position and text of the named events, then of those of the topic behind `wanted.after`."""
    records: list[Record] = []
    for position in wanted.positions:
        records += await store.read(shard, after=position - 1, limit=1, topic=topic)
    if wanted.limit:
        records += await store.read(shard, after=wanted.after, limit=wanted.limit, topic=topic)
    return [(record.pos, record.body) for record in records]


async def get_dead_letters(store: Store, shard: str, command: GetDeadLetters) -> Reply:
    """One page of what was given up."""
    rows: list[tuple[str, str, msgspec.Raw]] = []
    kind = KIND_OF.get(command.noun, "")
    async for batch in store.load(shard, kind=kind, phase=DEAD):
        rows += [(row.kind, row.id, row.body) for row in batch]
    return page_of(command, rows)


async def put_blob(store: Store, shard: str, command: PutBlob) -> Reply:
    """Kept when the answer is given."""
    del shard
    try:
        ref = await store.blob_put(command.content)
    except BlobTooLarge as error:
        return Refusal(code="invalid", message=f"put_blob: {error}")
    return BlobRef(ref=ref, length_bytes=len(command.content))


async def get_blob(store: Store, shard: str, command: GetBlob) -> Reply:
    """The bytes, or a refusal."""
    del shard
    try:
        return Blob(ref=command.ref, content=await store.blob_get(command.ref))
    except BlobMissing:
        return Refusal(code="not_found", message=f"there is no blob {command.ref}")


def _behind(command: ReadTopic) -> WantedEvents:
    return WantedEvents(after=command.after, limit=command.limit)


ANSWERS: Final[dict[type[Command], Query]] = {
    ReadLog: read_log,
    ReadTopic: read_topic,
    GetDeadLetters: get_dead_letters,
    PutBlob: put_blob,
    GetBlob: get_blob,
}
"""The commands that the store answers."""
