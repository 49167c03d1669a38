"""A client that sends or reads too slowly loses its connection; one that only waits keeps it."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx2
import pytest

from interlock.server import listening
from interlock.server.serve import Serving, serve
from interlock.server.settings import Settings

HEAD = b"POST /v1/create_task HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: 15\r\n"
BODY = b'{"title": "ab"}'


@pytest.fixture
async def hasty(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Serving]:
    """A server with little patience."""
    monkeypatch.setattr(listening, "REQUEST_S_MAX", 0.2)
    monkeypatch.setattr(listening, "STUCK_S_MAX", 0.2)
    monkeypatch.setattr(listening, "SWEEP_S", 0.02)
    async with serve(Settings(store=":memory:", port=0)) as serving:
        yield serving


async def connect(server: Serving) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, int]:
    """A bare connection, and the port."""
    port = urlsplit(server.url).port or 0
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    return reader, writer, port


async def is_ended(reader: asyncio.StreamReader) -> bool:
    """Waits until the server ends the connection without a word."""
    try:
        return await reader.read() == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("sent", [b"", b"POST", b"head", b"body"])
async def test_a_request_that_does_not_end_loses_its_connection(
    hasty: Serving, sent: bytes
) -> None:
    reader, writer, port = await connect(hasty)
    head = HEAD % port
    writer.write({b"head": head, b"body": head + b"\r\n" + BODY[:3]}.get(sent, sent))

    assert await is_ended(reader)
    writer.close()


async def test_dripping_bytes_gain_no_time(hasty: Serving) -> None:
    reader, writer, port = await connect(hasty)
    writer.write(HEAD % port)
    ended = asyncio.create_task(is_ended(reader))
    while not ended.done():
        writer.write(b"X-Drip: 1\r\n")
        await asyncio.wait([ended], timeout=0.02)

    assert ended.result()
    writer.close()


async def test_a_second_request_has_its_own_time(hasty: Serving) -> None:
    reader, writer, port = await connect(hasty)
    for _ in range(2):
        writer.write(HEAD % port + b"\r\n" + BODY)
        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 200")
        await reader.readuntil(b'"is_duplicate":false}')
    writer.write(b"P")

    assert await is_ended(reader)
    writer.close()


async def test_a_long_poll_and_an_idle_connection_outlive_the_deadline_of_requests(
    hasty: Serving,
) -> None:
    async with httpx2.AsyncClient(base_url=hasty.url) as http:
        waiting = {"queue": "none", "wait_s": 0.6}
        assert (await http.post("/v1/claim_task", json=waiting)).json() == {"reason": "empty"}
        stream = (await http.post("/v1/claim_task", json=waiting)).extensions["network_stream"]
        assert stream is not None


async def test_who_does_not_read_the_answers_loses_the_connection(hasty: Serving) -> None:
    async with httpx2.AsyncClient(base_url=hasty.url) as http:
        body = {"content": "QUJD" * 1_000_000}
        ref = (await http.post("/v1/put_blob", json=body)).json()["ref"]
    reader, writer, port = await connect(hasty)
    reader._transport.pause_reading()  # type: ignore[attr-defined]
    ask = b"GET /v1/blobs/%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (ref.encode(), port)
    lost = asyncio.create_task(_write_until_lost(writer, ask))
    with pytest.raises((ConnectionError, OSError)):
        await lost


async def _write_until_lost(writer: asyncio.StreamWriter, ask: bytes) -> None:
    while True:
        writer.write(ask)
        await writer.drain()
        await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0.02)
