"""What a client of the server's WebSocket may rely on, and what the server takes from one that is broken or hostile."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_socket
from websockets.exceptions import ConnectionClosed, InvalidStatus

import interlock
from interlock import BadKey, CannotConnect, NotFound, Plane, Refused
from interlock.client.websocket import socket_url
from interlock.hub import conversation
from interlock.kernel.access.create import KeyMade
from interlock.kernel.border import make_command
from interlock.kernel.decide import VERBS
from interlock.kernel.wire import (
    UNAUTHENTICATED_CODE,
    Abandon,
    Calls,
    Hello,
    Welcome,
    decode_response,
    encode_body,
    encode_raw,
)
from interlock.server import listening
from interlock.server import websocket as websocket_module
from interlock.server.caller import OPEN
from interlock.server.serve import Serving, serve
from interlock.server.settings import Settings
from tests.server.proxy import Proxy

KEY = "il_default_1_" + "0" * 64


class Socket:
    """The other end of the WebSocket, which may send whatever it likes."""

    def __init__(self, raw: ClientConnection) -> None:
        self.raw = raw
        self.frames = 0

    async def hello(self, **fields: Any) -> Any:
        await self.raw.send(encode_body(Hello(**fields)))
        return await self.receive()

    async def call(self, *calls: tuple[int, str, dict[str, Any]]) -> None:
        raws = [(n, encode_raw(make_command(VERBS[verb], fields))) for n, verb, fields in calls]
        await self.raw.send(encode_body(Calls(calls=raws)))

    async def receive(self) -> Any:
        body = await self.raw.recv()
        assert isinstance(body, bytes)
        self.frames += 1
        return decode_response(body)

    async def answers(self, count: int) -> dict[int, Any]:
        found: dict[int, Any] = {}
        while len(found) < count:
            found.update((await self.receive()).answers)
        return found

    async def close_code(self) -> int | None:
        with contextlib.suppress(ConnectionClosed):
            async for _ in self.raw:
                pass
        return self.raw.close_code


FRAMES_MAX = 2_000
BLOCKED_S = 0.5
"""Who has not got rid of a frame by then has a full buffer, behind another full one."""

Opener = Callable[..., Any]


@pytest.fixture
async def socket(server: Serving) -> AsyncIterator[Opener]:
    """Opens sockets to the server, with their hello said unless told otherwise."""
    async with contextlib.AsyncExitStack() as stack:

        async def opened(*, hello: bool = True, **options: Any) -> Socket:
            raw = await stack.enter_async_context(open_socket(socket_url(server.url), **options))
            found = Socket(raw)
            if hello:
                assert isinstance(await found.hello(), Welcome)
            return found

        yield opened


@pytest.fixture
async def made(admin: Plane) -> KeyMade:
    """A key of the agent `reader`; without one the server takes nobody."""
    return await admin.create_key("reader")


async def test_the_plane_of_a_server_is_the_one_of_a_ledger(server: Serving) -> None:
    async with interlock.connect(server.url) as plane:
        assert plane.address == server.url
        ref = await plane.create_task("a", payload={"n": 1})
        waiting = asyncio.create_task(plane.claim_task(queue="later", agent="x", wait_s=30))
        claim = await plane.claim_task(agent="x")
        assert (claim.task_id, claim.payload) == (ref.task_id, {"n": 1})
        await plane.complete_task(ref.task_id, fence=claim.fence, result="done", agent="x")
        with pytest.raises(NotFound) as refused:
            await plane.get_task("task-0-99")
        assert refused.value.details == {"task_id": "task-0-99"}
        later = await plane.create_task("b", queue="later")
        assert (await waiting).task_id == later.task_id


async def test_calls_of_one_frame_are_answered_in_one_frame(socket: Opener) -> None:
    client = await socket()
    await client.call(*[(number, "get_queue", {"queue": "q"}) for number in range(20)])
    assert set(await client.answers(20)) == set(range(20))
    assert client.frames == 2


async def test_an_abandoned_call_takes_no_work(socket: Opener) -> None:
    client = await socket()
    await client.call((1, "claim_task", {"wait_s": 50}), (2, "get_queue", {"queue": "q"}))
    await client.answers(1)
    await client.raw.send(encode_body(Abandon(calls=[1])))
    await client.call((3, "create_task", {"title": "a"}), (4, "get_queue", {"queue": "default"}))
    assert (await client.answers(2))[4].counts == {"ready": 1}


async def test_the_calls_of_a_client_that_left_take_no_work(
    server: Serving, socket: Opener
) -> None:
    client = await socket()
    await client.call((1, "claim_task", {"wait_s": 50}), (2, "get_queue", {"queue": "q"}))
    await client.answers(1)
    client.raw.transport.abort()
    hub = server.door.hub(OPEN)
    while len(hub._lot):
        await asyncio.sleep(0)
    async with interlock.connect(server.url) as plane:
        await plane.create_task("a")
        assert (await plane.get_queue("default")).counts == {"ready": 1}


@pytest.mark.parametrize(
    "sent",
    [b"", b"\xc1", b"\x81\xa4type\xa5Hullo", "text"],
    ids=["empty", "no msgpack", "unknown", "text"],
)
async def test_a_message_that_is_no_frame_ends_its_connection_and_no_other(
    socket: Opener, sent: bytes | str
) -> None:
    broken, healthy = await socket(), await socket()
    await broken.raw.send(sent)
    assert await broken.close_code() == websocket_module.PROTOCOL_ERROR_CODE
    await healthy.call((1, "get_queue", {"queue": "q"}))
    assert await healthy.answers(1)


async def test_a_call_before_hello_is_not_carried_out(server: Serving, socket: Opener) -> None:
    client = await socket(hello=False)
    await client.call((1, "create_task", {"title": "a"}))
    assert await client.close_code() == websocket_module.PROTOCOL_ERROR_CODE
    assert server.door.hub(OPEN).head == 0


async def test_a_client_that_says_nothing_is_sent_away(
    socket: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket_module, "HELLO_S", 0.01)
    client = await socket(hello=False)
    assert await client.close_code() == websocket_module.PROTOCOL_ERROR_CODE


async def test_a_client_of_another_protocol_is_told_ours(socket: Opener) -> None:
    client = await socket(hello=False)
    assert await client.hello(protocol=99) == Welcome(shard="0", protocol=1)
    assert await client.close_code() == websocket_module.PROTOCOL_ERROR_CODE


async def test_a_message_that_is_too_long_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "MESSAGE_BYTES_MAX", 1_000)
    async with (
        serve(Settings(store=str(tmp_path / "a.db"), port=0)) as serving,
        open_socket(socket_url(serving.url)) as raw,
    ):
        await raw.send(b"x" * 1_001)
        assert await Socket(raw).close_code() == 1_009


async def test_one_connection_too_many_is_told_to_come_again(
    socket: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket_module, "CONNECTIONS_MAX", 1)
    await socket()
    with pytest.raises(InvalidStatus) as refused:
        await socket()
    assert refused.value.response.status_code == 503


async def test_one_call_too_many_of_a_connection_is_refused(
    socket: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "CALLS_MAX", 2)
    client = await socket()
    await client.call(*[(number, "claim_task", {"wait_s": 30}) for number in range(3)])
    assert (await client.answers(1))[2].code == "limit"


async def test_a_page_of_another_origin_may_not_open_the_socket(
    server: Serving, socket: Opener
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await socket(origin="http://evil.example")
    assert refused.value.response.status_code == 403
    await socket(origin=server.url)


async def test_a_key_that_opens_nothing_is_an_error_at_once(server: Serving, made: KeyMade) -> None:
    for key in (made.key[:-1] + "x", "il_agent_wrong", ""):
        with pytest.raises(BadKey, match="key"):
            async with interlock.connect(server.url, key=key):
                raise AssertionError("connected")
    async with interlock.connect(server.url, key=made.key) as plane:
        ref = await plane.create_task("a")
        assert (await plane.get_task(ref.task_id)).task.created_by == "reader"


async def test_a_browser_says_its_key_with_its_hello(socket: Opener, made: KeyMade) -> None:
    client = await socket(hello=False)
    assert isinstance(await client.hello(key=made.key), Welcome)
    await client.call((1, "create_task", {"title": "a"}))
    assert (await client.answers(1))[1].task_id
    refused = await socket(hello=False)
    await refused.raw.send(encode_body(Hello(key="il_agent_wrong")))
    assert await refused.close_code() == UNAUTHENTICATED_CODE


async def test_what_a_key_does_not_allow_is_refused_call_by_call(
    server: Serving, made: KeyMade
) -> None:
    async with interlock.connect(server.url, key=made.key) as plane:
        for call in (plane.create_task("a", agent="writer"), plane.configure_queue("q")):
            with pytest.raises(Refused) as refused:
                await call
            assert refused.value.code == "forbidden"
        assert await plane.create_task("b")


async def test_a_key_that_is_revoked_while_the_connection_stands_opens_nothing_more(
    server: Serving, admin: Plane, made: KeyMade
) -> None:
    async with interlock.connect(server.url, key=made.key) as plane:
        await plane.create_task("a", queue="other")
        waiting = asyncio.ensure_future(plane.claim_task(wait_s=50))
        await plane.get_queue("default")
        await admin.revoke_key(made.key_id)
        for call in (waiting, plane.create_task("b")):
            with pytest.raises(Refused) as refused:
                await call
            assert refused.value.code == "unauthenticated"
    await admin.create_task("c")
    assert (await admin.get_queue("default")).counts == {"ready": 1}


async def test_a_key_that_is_revoked_while_there_is_no_connection_is_refused_without_end_of_trying(
    server: Serving, admin: Plane, made: KeyMade
) -> None:
    proxy = Proxy(int(server.url.rpartition(":")[2]))
    async with proxy, interlock.connect(proxy.url, key=made.key) as plane:
        await admin.revoke_key(made.key_id)
        proxy.cut()
        for _ in range(2):
            with pytest.raises(Refused) as refused:
                await plane.create_task("a")
            assert refused.value.code == "unauthenticated"


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("http://127.0.0.1:7470", "ws://127.0.0.1:7470/v1/socket"),
        ("https://plane.example/", "wss://plane.example/v1/socket"),
        ("https://plane.example/fleet", "wss://plane.example/fleet/v1/socket"),
        ("ws://plane.example/v1/socket", "ws://plane.example/v1/socket"),
        ("wss://[::1]:1/", "wss://[::1]:1/v1/socket"),
    ],
)
def test_a_url_of_a_server_leads_to_its_socket(address: str, url: str) -> None:
    assert socket_url(address) == url


@pytest.mark.parametrize(
    "address",
    ["ftp://plane.example", "http://", "http://plane.example:port", "http://[::1"],
)
async def test_what_is_no_url_of_a_server_is_refused_with_an_example(address: str) -> None:
    with pytest.raises(CannotConnect, match="is no URL"):
        async with interlock.connect(address):
            raise AssertionError("connected")


@pytest.mark.parametrize(
    "address", ["http://a:SECRET@plane.example", "http://plane.example?key=SECRET"]
)
async def test_a_key_in_the_url_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(CannotConnect) as refused:
        async with interlock.connect(address):
            raise AssertionError("connected")
    assert "SECRET" not in str(refused.value)


async def test_a_key_that_could_not_stand_in_a_header_is_refused(server: Serving) -> None:
    for key in ("two words", "new\nline", "schlüssel"):
        with pytest.raises(BadKey):
            async with interlock.connect(server.url, key=key):
                raise AssertionError("connected")


async def test_a_key_for_a_ledger_of_this_machine_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(CannotConnect, match="takes no key"):
        async with interlock.connect(tmp_path / "a.db", key=KEY):
            raise AssertionError("connected")


async def test_where_no_server_listens_the_error_names_the_address(tmp_path: Path) -> None:
    async with serve(Settings(store=str(tmp_path / "a.db"), port=0)) as serving:
        url = serving.url
    with pytest.raises(CannotConnect, match=f"no hub answers at {url}: .* is it running"):
        async with interlock.connect(url):
            raise AssertionError("connected")


async def test_a_server_that_is_none_of_ours_says_so(server: Serving) -> None:
    with pytest.raises(CannotConnect, match="is it an Interlock server"):
        async with interlock.connect(server.url + "/elsewhere"):
            raise AssertionError("connected")


async def test_without_the_package_the_error_says_what_to_install(
    server: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "interlock.client.websocket")
    monkeypatch.setitem(sys.modules, "websockets.client", None)
    with pytest.raises(CannotConnect, match=r"websockets: pip install 'interlock\[remote\]'"):
        async with interlock.connect(server.url):
            raise AssertionError("connected")


async def test_a_server_that_closes_sends_its_clients_to_the_successor(tmp_path: Path) -> None:
    async with contextlib.AsyncExitStack() as stack:
        async with serve(Settings(store=str(tmp_path / "a.db"), port=0)) as serving:
            raw = await stack.enter_async_context(open_socket(socket_url(serving.url)))
            client = Socket(raw)
            await client.hello()
            await client.call((1, "claim_task", {"wait_s": 50}), (2, "create_task", {"title": "a"}))
        assert await client.close_code() == websocket_module.RESTART_CODE


async def test_a_client_that_does_not_read_is_not_read_either(
    server: Serving, socket: Opener
) -> None:
    """Else its calls would make answers without end, and memory would hold them."""
    long = "x" * 60_000
    client = await socket()
    await client.call((0, "create_task", {"title": "a", "instructions": long}))
    await client.answers(1)
    client.raw.transport.pause_reading()
    sent = 0
    with contextlib.suppress(TimeoutError):
        while sent < FRAMES_MAX:
            sent += 1
            calls = [(sent, "get_task", {"task_id": "task-0-1"})]
            calls += [(0, "get_queue", {"queue": long[:200]})] * 40
            await asyncio.wait_for(client.call(*calls), BLOCKED_S)
    assert sent < FRAMES_MAX
    client.raw.transport.resume_reading()
    missing = set(range(1, sent + 1))
    while missing:
        missing -= {answered for answered, _ in (await client.receive()).answers}


async def test_a_client_that_vanished_is_let_go_with_its_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "PING_S", 0.1)
    settings = Settings(store=str(tmp_path / "a.db"), port=0, allowed_hosts=("127.0.0.1",))
    async with (
        serve(settings) as serving,
        Proxy(int(serving.url.rpartition(":")[2])) as proxy,
        open_socket(socket_url(proxy.url), close_timeout=0) as raw,
    ):
        client, hub = Socket(raw), serving.door.hub(OPEN)
        await client.hello()
        await client.call((1, "claim_task", {"wait_s": 50}))
        while not len(hub._lot):
            await asyncio.sleep(0)
        proxy.deafen()
        while len(hub._lot):
            await asyncio.sleep(0)
