"""What a client on the socket may rely on, and what the hub takes from a client that is broken or hostile."""

import asyncio
import stat
from pathlib import Path

import pytest

from interlock.hub import conversation
from interlock.hub import listener as listener_module
from interlock.hub.listener import Listener
from interlock.kernel.command import Refusal
from interlock.kernel.wire import (
    ANSWER_BYTES_MAX,
    FRAME_BYTES_MAX,
    Abandon,
    Calls,
    Hello,
    Welcome,
    encode_body,
    encode_frame,
    encode_raw,
)
from interlock.store.contract import StoreError
from tests.unit.hub.raw_client import RawClient
from tests.unit.hub.stage import Stage, command


async def test_only_the_owner_may_open_the_socket(listener: Listener) -> None:
    mode = listener.path.stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600


async def test_a_socket_that_a_dead_owner_left_is_replaced(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "hub.sock"
    path.write_text("left behind")
    listener = await Listener.start(stage.hub, path)
    client = await RawClient.connect(path)
    await client.close()
    await listener.close()
    assert not path.exists()


async def test_a_path_that_cannot_be_listened_at_is_an_error_and_leaves_nothing_open(
    stage: Stage, tmp_path: Path
) -> None:
    with pytest.raises(OSError, match="AF_UNIX path too long"):
        await Listener.start(stage.hub, tmp_path / ("x" * 200))


async def test_a_hub_that_cannot_listen_leaves_no_socket_open(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener_module, "BACKLOG", "not a number")
    with pytest.raises(TypeError):
        await Listener.start(stage.hub, tmp_path / "hub.sock")


async def test_each_call_gets_the_answer_to_its_number(stage: Stage, listener: Listener) -> None:
    client = await RawClient.connect(listener.path)
    client.call(*[(number, command("create_task", title=str(number))) for number in (7, 3, 5)])
    answers = await client.answers({3, 5, 7})
    assert [answers[number].task_id for number in (7, 3, 5)] == ["task-0-1", "task-0-2", "task-0-3"]
    assert stage.disk.commits == [0]
    await client.close()


async def test_answers_of_one_turn_leave_in_one_frame(listener: Listener) -> None:
    client = await RawClient.connect(listener.path)
    before = client.frame_count
    client.call(*[(number, command("get_queue", queue=str(number))) for number in range(20)])
    await client.answers(range(20))
    assert client.frame_count == before + 1
    await client.close()


async def test_answers_that_are_too_much_for_one_frame_leave_in_several(
    stage: Stage, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "FRAME_BYTES_SOFT", 100)
    client = await RawClient.connect(listener.path)
    before = client.frame_count
    client.call(*[(number, command("get_queue", queue=str(number))) for number in range(20)])
    await client.answers(range(20))
    assert client.frame_count > before + 3
    await client.close()


async def test_an_answer_that_fits_into_no_frame_is_refused_instead_of_breaking_the_connection(
    stage: Stage, listener: Listener
) -> None:
    text = "x" * 65_000
    for number in range(ANSWER_BYTES_MAX // 65_000 + 1):
        stage.ask("create_task", title=str(number), instructions=text)
    await stage.do("get_queue", queue="default")
    client = await RawClient.connect(listener.path)
    client.call((1, command("read_log", limit=1_000)), (2, command("read_log", limit=10)))
    answers = await client.answers({1, 2})
    assert answers[1].code == "limit"
    assert "ask for fewer" in answers[1].message
    assert len(answers[2].entries) == 10
    await client.close()


async def test_a_call_before_hello_ends_the_connection(stage: Stage, listener: Listener) -> None:
    client = await RawClient.connect(listener.path, hello=False)
    client.call((1, command("create_task", title="a")))
    assert await client.is_closed()
    assert stage.hub.head == 0
    await client.close()


async def test_another_protocol_is_told_ours_and_ends_the_connection(listener: Listener) -> None:
    client = await RawClient.connect(listener.path, hello=False)
    client.send(encode_frame(Hello(protocol=99)))
    assert await client.receive() == Welcome(shard="0", protocol=1)
    assert await client.is_closed()
    await client.close()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xc1",
        b"\x80",
        b"\x81\xa4type\xa2\xff\xfe",
        b"\x81\xa4type\xa5Hullo",
        b"\x82\xa4type\xa5Calls\xa5calls\x01",
        b"\x82\xa4type\xa5Calls\xa5calls\x91\x92\xa1x\xc0",
        b"\x82\xa4type\xa5Calls\xa5calls\x91\x92\x01" + b"\x91" * 100_000 + b"\xc0",
    ],
    ids=["empty", "no msgpack", "no tag", "bad text", "unknown", "no list", "no number", "bomb"],
)
async def test_a_frame_that_is_none_ends_its_connection_and_no_other(
    stage: Stage, listener: Listener, body: bytes
) -> None:
    broken = await RawClient.connect(listener.path)
    healthy = await RawClient.connect(listener.path)
    broken.frame(body)
    assert await broken.is_closed()
    healthy.call((1, command("get_queue", queue="q")))
    assert await healthy.answers({1})
    assert stage.hub.head == 0
    await broken.close()
    await healthy.close()


async def test_a_frame_that_says_it_is_too_long_is_not_waited_for(listener: Listener) -> None:
    client = await RawClient.connect(listener.path)
    client.send((FRAME_BYTES_MAX + 1).to_bytes(4, "big"))
    assert await client.is_closed()
    await client.close()


async def test_a_frame_may_come_byte_by_byte(listener: Listener) -> None:
    client = await RawClient.connect(listener.path, hello=False)
    for byte in encode_frame(Hello()):
        client.send(bytes([byte]))
        await asyncio.sleep(0)
    assert isinstance(await client.receive(), Welcome)
    await client.close()


async def test_one_command_that_is_none_is_refused_and_those_beside_it_are_carried_out(
    stage: Stage, listener: Listener
) -> None:
    client = await RawClient.connect(listener.path)
    client.call(
        (1, b"\xc0"),
        (2, b"\x81\xa4type\xa2\xff\xfe"),
        (3, b"\x82\xa4type\xaaCreateTask\xa5title" + b"\x91" * 50 + b"\xc0"),
        (4, command("create_task", title="a")),
    )
    answers = await client.answers({1, 2, 3, 4})
    assert [getattr(answers[number], "code", "") for number in (1, 2, 3, 4)] == [
        "invalid",
        "invalid",
        "invalid",
        "",
    ]
    assert stage.hub.head == 1
    await client.close()


async def test_a_call_that_is_abandoned_takes_no_work(stage: Stage, listener: Listener) -> None:
    client = await RawClient.connect(listener.path)
    client.call((1, command("claim_task", wait_s=50)), (2, command("get_queue", queue="q")))
    await client.answers({2})
    client.send(encode_frame(Abandon(calls=[1, 99])))
    client.call((3, command("create_task", title="a")), (4, command("get_queue", queue="default")))
    answers = await client.answers({3, 4})
    assert answers[4].counts == {"ready": 1}
    await client.close()


async def test_the_calls_of_a_client_that_died_take_no_work(
    stage: Stage, listener: Listener
) -> None:
    client = await RawClient.connect(listener.path)
    client.call((1, command("claim_task", wait_s=50)), (2, command("get_queue", queue="q")))
    await client.answers({2})
    await client.close()
    await stage.settle()
    await stage.do("create_task", title="a")
    assert (await stage.do("get_queue", queue="default")).counts == {"ready": 1}
    assert len(stage.hub._lot) == 0


async def test_one_call_too_many_of_a_connection_is_refused(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "CALLS_MAX", 2)
    client = await RawClient.connect(listener.path)
    client.call(*[(number, command("claim_task", wait_s=5)) for number in range(3)])
    answers = await client.answers({0, 1, 2})
    assert answers[2].code == "limit"
    assert not answers[0]
    await client.close()


async def test_one_connection_too_many_is_closed_at_once(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener_module, "CONNECTIONS_MAX", 1)
    first = await RawClient.connect(listener.path)
    second = await RawClient.connect(listener.path, hello=False)
    assert await second.is_closed()
    await first.close()
    await second.close()
    third = await RawClient.connect(listener.path)
    await third.close()


async def test_a_client_that_does_not_read_is_not_read_either(
    stage: Stage, listener: Listener
) -> None:
    """Else its calls would make answers without end, and memory would hold them."""
    await stage.do("create_task", title="a", instructions="x" * 60_000)
    client = await RawClient.connect(listener.path)
    client.writer.transport.pause_reading()
    calls = 0
    while len(listener._connections) and calls < 2_000:
        client.call((calls, command("get_task", task_id="task-0-1")))
        calls += 1
        await asyncio.sleep(0)
    (connection,) = listener._connections
    assert connection._transport is not None
    held_bytes = connection._transport.get_write_buffer_size()
    assert 0 < held_bytes < 64 * 60_000
    client.writer.transport.resume_reading()
    answers = await client.answers(range(calls))
    assert len(answers) == calls
    await client.close()


async def test_what_was_called_before_a_broken_frame_is_answered(listener: Listener) -> None:
    client = await RawClient.connect(listener.path)
    client.send(
        encode_frame(Calls(calls=[(1, encode_raw(command("get_queue", queue="q")))]))
        + b"\0\0\0\x01\xc1"
    )
    assert await client.answers({1})
    assert await client.is_closed()
    await client.close()


async def test_a_hub_that_closes_waits_for_what_is_on_its_way_to_the_disk_and_for_no_long_poll(
    stage: Stage, tmp_path: Path
) -> None:
    listener = await Listener.start(stage.hub, tmp_path / "hub.sock")
    client = await RawClient.connect(listener.path)
    stage.disk.stall()
    polling = command("claim_task", queue="idle", wait_s=50)
    client.call((1, command("create_task", title="a")), (2, polling))
    while not stage.disk.commits:
        await asyncio.sleep(0)
    closing = asyncio.create_task(listener.close())
    await stage.settle()
    stage.disk.flow()
    assert (await client.answers({1}))[1].task_id == "task-0-1"
    assert await client.is_closed()
    await closing
    assert asyncio.get_running_loop().time() < 1
    await client.close()


async def test_a_hub_that_closes_does_not_wait_for_a_client_that_does_not_read(
    stage: Stage, tmp_path: Path
) -> None:
    await stage.do("create_task", title="a", instructions="x" * 60_000)
    listener = await Listener.start(stage.hub, tmp_path / "hub.sock")
    client = await RawClient.connect(listener.path)
    client.writer.transport.pause_reading()
    client.call(*[(number, command("get_task", task_id="task-0-1")) for number in range(100)])
    await stage.settle()
    await listener.close()
    assert listener._connections == set()
    client.writer.transport.abort()


async def test_a_call_that_ends_after_its_client_left_is_nobodys(
    stage: Stage, listener: Listener
) -> None:
    stage.disk.stall()
    client = await RawClient.connect(listener.path)
    client.call((1, command("create_task", title="a")))
    await stage.settle()
    (connection,) = listener._connections
    client.writer.transport.abort()
    await stage.settle()
    stage.disk.flow()
    await stage.settle()
    assert stage.hub.head == 1
    # What comes after the end of a connection goes nowhere.
    connection.pause_writing()
    connection.resume_writing()
    connection._send(encode_body(Welcome(shard="0")))
    connection.end()
    connection.abort()
    assert connection._transport is None


async def test_a_question_that_is_refused_by_the_store_is_answered(
    stage: Stage, listener: Listener
) -> None:
    stage.store.fail_read = StoreError("a cable came loose")
    client = await RawClient.connect(listener.path)
    client.call((1, command("read_log")))
    answer = (await client.answers({1}))[1]
    assert isinstance(answer, Refusal)
    assert answer.code == "ledger_unavailable"
    await client.close()


async def test_an_empty_list_of_calls_is_no_call(listener: Listener) -> None:
    client = await RawClient.connect(listener.path)
    client.send(encode_frame(Calls(calls=[])))
    client.call((1, command("get_queue", queue="q")))
    assert await client.answers({1})
    await client.close()
