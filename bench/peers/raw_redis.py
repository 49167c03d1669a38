"""The raw limit of a Redis relay: one stream for each receiver, redis-py alone.

One message is XADD, XREADGROUP, XACK. There is no delivery limit, no time to live, no dead letter
and no idempotency key.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias, cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import ResponseError

from bench.harness.relay import Relay
from bench.peers.redis_server import redis_server
from bench.row import Measured, Row, installed_versions
from bench.scenario import Workload

GROUP = "receivers"
FETCH_MAX = 100

Entries: TypeAlias = list[tuple[bytes, dict[bytes, bytes]]]
"""What the client answers for one stream; its own annotations also allow other server modes."""


class Streams:
    """Mailboxes in Redis: every recipient reads its own stream as the one member of a group."""

    def __init__(self, url: str, *, recipients: int) -> None:
        pool = BlockingConnectionPool.from_url(url, max_connections=3 * recipients)
        self.redis = Redis(connection_pool=pool)
        self.recipients = recipients

    async def prepare(self) -> None:
        for recipient in range(self.recipients):
            await self.redis.xgroup_create(_stream(recipient), GROUP, id="0", mkstream=True)

    async def send(self, sender: int, *, recipient: int, number: int) -> None:
        await self.redis.xadd(_stream(recipient), {b"number": number, b"sender": sender})

    async def receive(self, recipient: int, *, wait_s: float) -> list[tuple[bytes, int]]:
        answer = await self.redis.xreadgroup(
            GROUP, "receiver", {_stream(recipient): ">"}, count=FETCH_MAX, block=int(wait_s * 1000)
        )
        streams = cast("list[tuple[bytes, Entries]]", answer)
        return [
            (receipt, int(fields[b"number"]))
            for _, entries in streams
            for receipt, fields in entries
        ]

    async def ack(self, recipient: int, *, receipt: bytes) -> None:
        if await self.redis.xack(_stream(recipient), GROUP, receipt) != 1:
            raise ResponseError(f"message {receipt!r} was not there to be acknowledged")


async def measure_relay(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """`concurrency` pairs, each sender with at most `batch` messages under way."""
    with redis_server(Path(scratch), variant=workload.variant) as server:
        streams = Streams(server.url, recipients=workload.concurrency)
        await streams.prepare()
        relay = Relay(streams, pairs=workload.concurrency, window=workload.batch)
        result = await relay.run(duration_s=workload.duration_s)
        await streams.redis.aclose()
    measured = Measured(
        name=name,
        peer=f"raw Redis streams ({workload.variant})",
        concurrency=workload.concurrency,
        durable=server.durable,
        note=f"XADD, XREADGROUP, XACK; at most {workload.batch} under way for each sender",
        versions={**installed_versions("redis"), "redis-server": server.version},
    )
    return [
        measured.rate("messages", count=result.finished, elapsed_s=result.elapsed_s),
        *measured.latencies("round trip", samples_s=result.round_trips_s),
    ]


def _stream(recipient: int) -> str:
    return f"mailbox:{recipient}"
