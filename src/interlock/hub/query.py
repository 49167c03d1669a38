"""Questions that the store answers: nothing is decided, and only what is durable is seen."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from interlock.kernel.command import Command, Refusal, Reply
from interlock.kernel.ledger import Blob, BlobRef, GetBlob, LogEntry, LogPage, PutBlob, ReadLog
from interlock.store.contract import BlobMissing, BlobTooLarge, Store

Query = Callable[[Store, str, Any], Awaitable[Reply]]


async def read_log(store: Store, shard: str, command: ReadLog) -> Reply:
    """The next events of the log or of a topic."""
    records = await store.read(
        shard,
        after=command.after,
        limit=command.limit,
        topic=command.topic or None,
        wait_s=command.wait_s,
    )
    entries = tuple(LogEntry(record.pos, record.body) for record in records)
    return LogPage(entries=entries, next_after=entries[-1].pos if entries else command.after)


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


QUERIES: Final[dict[type[Command], Query]] = {
    ReadLog: read_log,
    PutBlob: put_blob,
    GetBlob: get_blob,
}
"""The commands that the store answers."""
