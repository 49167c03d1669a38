"""A browser that was lured into calling this server gets nowhere; bodies and headers have limits."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx2
import pytest

from interlock.server.serve import Serving, serve
from interlock.server.settings import Settings

KILO = 1024


@pytest.fixture
async def server() -> AsyncIterator[Serving]:
    """A server that was told nothing of other names."""
    async with serve(Settings(store=":memory:", port=0)) as serving:
        yield serving


def port_of(server: Serving) -> int:
    """The port that it listens on."""
    return urlsplit(server.url).port or 0


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
async def test_this_machine_is_called_by_its_names(
    http: httpx2.AsyncClient, server: Serving, name: str
) -> None:
    headers = {"host": f"{name}:{port_of(server)}"}

    assert (await http.get("/healthz", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example.com",
        "evil.example.com:{port}",
        "localhost.example.com:{port}",
        "localhost",
        "localhost:1",
        "localhost:",
        "127.0.0.1.example.com:{port}",
        "127.0.0.2:{port}",
        "localhost:{port}:80",
        "[::1:{port}",
        "::1",
        "",
    ],
)
async def test_a_foreign_name_for_this_address_is_refused(
    http: httpx2.AsyncClient, server: Serving, host: str
) -> None:
    headers = {"host": host.format(port=port_of(server))}
    answer = await http.post("/v1/create_task", json={"title": "t"}, headers=headers)

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "wrong_host")
    assert (await http.get("/v1/log")).json()["entries"] == []


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example.com",
        "null",
        "",
        "http://localhost",
        "http://localhost:1",
        "http://127.0.0.1:{port}.example.com",
        "127.0.0.1:{port}",
    ],
)
async def test_a_page_of_another_origin_is_refused(
    http: httpx2.AsyncClient, server: Serving, origin: str
) -> None:
    headers = {"origin": origin.format(port=port_of(server)), "content-type": "text/plain"}
    answer = await http.post("/v1/create_task", content=b'{"title": "t"}', headers=headers)
    preflight = {**headers, "access-control-request-method": "POST"}

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "wrong_origin")
    assert "access-control-allow-origin" not in answer.headers
    assert (await http.options("/v1/create_task", headers=preflight)).status_code == 403
    assert (await http.get("/v1/log")).json()["entries"] == []


async def test_the_pages_of_this_server_may_use_it(
    http: httpx2.AsyncClient, server: Serving
) -> None:
    answer = await http.post("/v1/create_task", json={"title": "t"}, headers={"origin": server.url})

    assert answer.status_code == 200


async def test_allowed_hosts_and_origins_pass_and_no_others() -> None:
    settings = Settings(
        store=":memory:",
        port=0,
        allowed_hosts=("plane.example.com", "exact.example.com:8443"),
        allowed_origins=("https://board.example.com",),
    )
    async with serve(settings) as serving, httpx2.AsyncClient(base_url=serving.url) as http:
        for host, status in (
            ("plane.example.com", 200),
            ("Plane.Example.com:443", 200),
            ("exact.example.com:8443", 200),
            ("exact.example.com", 403),
            ("other.example.com", 403),
        ):
            assert (await http.get("/healthz", headers={"host": host})).status_code == status
        page = {"origin": "https://board.example.com"}
        answer = await http.get("/v1/log", headers=page)
        assert answer.headers["access-control-allow-origin"] == page["origin"]
        assert "traceparent" in answer.headers["access-control-expose-headers"]
        preflight = {**page, "access-control-request-method": "POST"}
        allowed = await http.options("/v1/create_task", headers=preflight)
        assert allowed.status_code == 204
        assert "POST" in allowed.headers["access-control-allow-methods"]
        assert "authorization" in allowed.headers["access-control-allow-headers"]


async def test_every_answer_tells_browsers_to_be_strict(http: httpx2.AsyncClient) -> None:
    for path in ("/v1/log", "/v1/nothing", "/nowhere", "/docs", "/healthz", "/openapi.json"):
        headers = (await http.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["cache-control"] in ("no-store", "no-cache")
        assert "server" not in headers


async def test_a_body_beyond_the_limit_is_refused_however_it_comes() -> None:
    async def chunks() -> object:
        for _ in range(40):
            yield b"x" * KILO

    settings = Settings(store=":memory:", port=0, body_bytes_max=32 * KILO)
    async with serve(settings) as serving, httpx2.AsyncClient(base_url=serving.url) as http:
        announced = await http.post("/v1/create_task", content=b"x" * 40 * KILO)
        streamed = await http.post("/v1/create_task", content=chunks())  # type: ignore[arg-type]
        for answer in (announced, streamed):
            assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
            assert answer.json()["error"]["details"] == {"bytes_max": 32 * KILO}
        fits = {"title": "t", "instructions": "x" * 30 * KILO}
        assert (await http.post("/v1/create_task", json=fits)).status_code == 200


async def test_a_body_of_many_megabytes_hears_its_refusal(http: httpx2.AsyncClient) -> None:
    answer = await http.post("/v1/create_task", content=b"x" * 6 * KILO * KILO)

    assert answer.status_code == 413


async def test_a_blob_may_be_larger_than_other_bodies(http: httpx2.AsyncClient) -> None:
    fields = {"content": "QUJD" * 700 * KILO}
    answer = await http.post("/v1/put_blob", json=fields)

    assert answer.json()["length_bytes"] == 3 * 700 * KILO


async def raw(server: Serving, request: bytes) -> bytes:
    """All that the server says to these bytes until it ends the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(server))
    writer.write(request)
    try:
        return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 40 * KILO,
        b"GET /" + b"x" * 40 * KILO,
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
    ids=lambda request_bytes: request_bytes[:40].decode("latin-1"),
)
async def test_what_is_no_http_gets_an_error_and_the_end_of_the_connection(
    server: Serving, request_bytes: bytes
) -> None:
    said = await raw(server, request_bytes)
    head, _, body = said.partition(b"\r\n\r\n")

    assert head.startswith((b"HTTP/1.1 400", b"HTTP/1.1 501"))
    assert b'"code":"invalid"' in body
