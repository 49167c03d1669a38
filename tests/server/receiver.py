"""A receiver of webhooks on this machine: it keeps what it gets, and answers as it is told."""

import asyncio
import base64
import hmac
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec

TOLERANCE_S = 300

ANSWERS = {
    200: b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
    204: b"HTTP/1.1 204 No Content\r\n\r\n",
    302: b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
    410: b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n",
    429: b"HTTP/1.1 429 Too Many\r\nretry-after: 7200\r\ncontent-length: 0\r\n\r\n",
    500: b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n",
}


class Received(msgspec.Struct, frozen=True):
    """One post."""

    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> Any:
        """The body as it was meant."""
        return json.loads(self.body)


class Receiver:
    """Answers each post with the next of the statuses that it was told, and with 200 when there are none left."""

    def __init__(self) -> None:
        self.url = ""
        self.posts: list[Received] = []
        self.statuses: list[int] = []
        self.raw: Callable[[Received], bytes] | None = None
        """Answers in place of the statuses, byte for byte."""
        self._news = asyncio.Event()

    async def received(self, count: int) -> list[Received]:
        """The first posts, once there are so many."""
        while len(self.posts) < count:
            self._news.clear()
            await self._news.wait()
        return self.posts[:count]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                request, *lines = head.strip().split("\r\n")
                headers = {
                    name.lower(): value.strip()
                    for name, _, value in (line.partition(":") for line in lines)
                }
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                post = Received(request.split(" ")[1], headers, body)
                self.posts.append(post)
                self._news.set()
                status = self.statuses.pop(0) if self.statuses else 200
                writer.write(self.raw(post) if self.raw else ANSWERS[status])
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiving(*, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver()
    serving: set[asyncio.Task[None]] = set()

    def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.ensure_future(receiver.serve(reader, writer)))

    server = await asyncio.start_server(take, "127.0.0.1", 0, ssl=tls)
    host, port = server.sockets[0].getsockname()
    receiver.url = f"{'https' if tls else 'http'}://{host}:{port}/in"
    try:
        yield receiver
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


def is_genuine(post: Received, secret: str, *, now_s: int) -> bool:
    """Whether a post bears a signature made with the secret, and is not an old one sent again."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    stamp = post.headers["webhook-timestamp"]
    signed = b".".join((post.id.encode(), stamp.encode(), post.body))
    expected = base64.b64encode(hmac.new(key, signed, "sha256").digest()).decode()
    found = [part.split(",", 1) for part in post.headers["webhook-signature"].split(" ")]
    is_signed = any(
        version == "v1" and hmac.compare_digest(text, expected) for version, text in found
    )
    return is_signed and abs(now_s - int(stamp)) <= TOLERANCE_S
