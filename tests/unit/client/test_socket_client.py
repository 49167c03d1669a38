"""What a client does when its hub answers, is silent, goes away, or is no hub at all."""

import asyncio

import pytest

from interlock.client import remote
from interlock.client.failure import CannotConnect
from interlock.client.remote import RemoteHub
from interlock.client.socket import connect_socket
from interlock.kernel.errors import ConnectionLost
from interlock.kernel.task.claim import ClaimTask
from interlock.kernel.task.create import CreateTask, TaskRef
from interlock.kernel.task.queue import GetQueue
from interlock.kernel.wire import Welcome, encode_frame
from tests.unit.client.scripted_hub import ScriptedHub

DONE = TaskRef(task_id="task-0-1", status="ready")


async def connect(hub: ScriptedHub, **options: float) -> RemoteHub:
    return await connect_socket(str(hub.path), **options)


def calling(client: RemoteHub, title: str) -> "asyncio.Task[object]":
    return asyncio.create_task(client.call(CreateTask(title=title)))


async def test_calls_of_one_turn_leave_in_one_frame_and_find_their_answers(
    hub: ScriptedHub,
) -> None:
    client = await connect(hub)
    calls = [calling(client, str(n)) for n in range(3)]
    commands = await hub.called(3)
    assert len(hub.frames) == 1
    for (number, command), task_id in zip(reversed(commands), "cba", strict=True):
        assert isinstance(command, CreateTask)
        hub.answer(number, TaskRef(task_id=task_id, status="ready"))
    assert [(await call).task_id for call in calls] == ["a", "b", "c"]  # type: ignore[attr-defined]
    await client.close()


async def test_calls_that_are_too_much_for_one_frame_leave_in_several(
    hub: ScriptedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "FRAME_BYTES_SOFT", 1_000)
    client = await connect(hub)
    calls = [calling(client, "x" * 400) for _ in range(5)]
    await hub.called(5)
    assert [len(frame) for frame in hub.frames] == [2, 2, 1]
    for number, _ in hub.commands:
        hub.answer(number, DONE)
    await asyncio.gather(*calls)
    await client.close()


async def test_a_command_that_may_not_be_done_twice_carries_a_request_id(hub: ScriptedHub) -> None:
    client = await connect(hub)
    calls = [
        asyncio.create_task(client.call(command))
        for command in (
            CreateTask(title="a"),
            CreateTask(title="b"),
            CreateTask(title="c", request_id="mine"),
            GetQueue(queue="q"),
        )
    ]
    ids = [command.request_id for _, command in await hub.called(4)]
    assert ids[0] != ids[1]
    assert all(ids[:2])
    assert ids[2:] == ["mine", ""]
    for number, _ in hub.commands:
        hub.answer(number, DONE)
    await asyncio.gather(*calls)
    await client.close()


async def test_unanswered_calls_are_sent_again_to_the_hub_that_comes_after(
    hub: ScriptedHub,
) -> None:
    client = await connect(hub)
    answered, open_call = calling(client, "answered"), calling(client, "open")
    (first, _), (second, sent) = await hub.called(2)
    hub.answer(first, DONE)
    await answered
    await hub.end()
    hub.commands.clear()
    await hub.listen()
    late = calling(client, "called while nobody was there")
    ((number, again), (late_number, _)) = await hub.called(2)
    assert (number, again) == (second, sent)
    assert again.request_id
    hub.answer(number, DONE)
    hub.answer(late_number, DONE)
    assert await open_call == DONE
    assert await late == DONE
    await client.close()


async def test_an_answer_that_comes_twice_counts_once(hub: ScriptedHub) -> None:
    client = await connect(hub)
    call = calling(client, "a")
    ((number, _),) = await hub.called(1)
    hub.answer(number, DONE)
    hub.answer(number, TaskRef(task_id="other", status="ready"))
    hub.answer(987_654, DONE)
    assert await call == DONE
    await client.close()


async def test_a_hub_that_stays_away_is_given_up_in_time(hub: ScriptedHub) -> None:
    client = await connect(hub, reconnect_s=5)
    call = calling(client, "a")
    await hub.called(1)
    await hub.end()
    started_s = asyncio.get_running_loop().time()
    with pytest.raises(ConnectionLost, match="no hub answers"):
        await call
    assert 3 < asyncio.get_running_loop().time() - started_s < 6
    await hub.listen()
    hub.commands.clear()
    late = calling(client, "the next call looks for the hub again")
    ((number, _),) = await hub.called(1)
    hub.answer(number, DONE)
    assert await late == DONE
    await client.close()
    with pytest.raises(ConnectionLost, match="is closed"):
        await client.call(CreateTask(title="b"))


async def test_a_cancelled_call_is_abandoned(hub: ScriptedHub) -> None:
    client = await connect(hub)
    call = asyncio.create_task(client.call(ClaimTask(wait_s=50)))
    ((number, _),) = await hub.called(1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await hub.left.wait()
    assert hub.abandoned == [number]
    assert client._unanswered == {}
    await client.close()


async def test_a_call_that_is_cancelled_before_it_left_never_leaves(hub: ScriptedHub) -> None:
    client = await connect(hub)
    gone = client.call(CreateTask(title="gone"))
    gone.send(None)
    with pytest.raises(asyncio.CancelledError):
        gone.throw(asyncio.CancelledError())
    stays = calling(client, "stays")
    ((number, command),) = await hub.called(1)
    assert isinstance(command, CreateTask)
    assert command.title == "stays"
    hub.answer(number, DONE)
    assert await stays == DONE
    await client.close()


async def test_a_call_that_is_cancelled_while_nobody_is_there_is_forgotten(
    hub: ScriptedHub,
) -> None:
    client = await connect(hub)
    await hub.end()
    call = calling(client, "gone")
    await asyncio.sleep(0)
    call.cancel()
    await asyncio.wait([call])
    hub.commands.clear()
    await hub.listen()
    other = calling(client, "stays")
    ((number, command),) = await hub.called(1)
    assert isinstance(command, CreateTask)
    assert command.title == "stays"
    hub.answer(number, DONE)
    await other
    await client.close()


async def test_a_call_that_is_cancelled_in_the_turn_of_its_answer_stays_cancelled(
    hub: ScriptedHub,
) -> None:
    client = await connect(hub)
    call = calling(client, "a")
    ((number, _),) = await hub.called(1)
    client._take([(number, DONE)])
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert hub.abandoned == []
    await client.close()


async def test_where_nobody_listens_there_is_nothing_to_connect_to(hub: ScriptedHub) -> None:
    await hub.end()
    with pytest.raises(CannotConnect, match="no hub answers"):
        await connect(hub)
    await hub.listen()


async def test_a_hub_of_another_protocol_is_no_hub_of_ours(hub: ScriptedHub) -> None:
    hub.protocol = 99
    with pytest.raises(CannotConnect, match="speaks protocol 99"):
        await connect(hub)


async def test_a_hub_that_is_stopped_is_not_waited_for_without_end(hub: ScriptedHub) -> None:
    hub.greets = False
    with pytest.raises(CannotConnect):
        await connect(hub)
    assert asyncio.get_running_loop().time() == pytest.approx(10, abs=1)


@pytest.mark.parametrize("sent", [b"\xff\xff\xff\xff", b"\0\0\0\x01\xc1", b"\0\0\0\x00"])
async def test_who_speaks_nonsense_before_his_welcome_is_no_hub(
    hub: ScriptedHub, sent: bytes
) -> None:
    hub.greets = False
    connecting = asyncio.create_task(connect(hub))
    await hub.connected.wait()
    hub.send(sent)
    with pytest.raises(CannotConnect):
        await connecting


async def test_a_hub_that_hangs_up_before_its_welcome_is_no_hub(hub: ScriptedHub) -> None:
    hub.greets = False
    connecting = asyncio.create_task(connect(hub))
    await hub.connected.wait()
    hub.hang_up()
    with pytest.raises(CannotConnect, match="closed the connection"):
        await connecting


async def test_a_hub_that_speaks_nonsense_is_left_and_asked_again(hub: ScriptedHub) -> None:
    client = await connect(hub)
    call = calling(client, "a")
    await hub.called(1)
    hub.commands.clear()
    hub.send(b"\0\0\0\x01\xc1")
    ((number, _),) = await hub.called(1)
    assert hub.connections == 2
    hub.answer(number, DONE)
    assert await call == DONE
    await client.close()


async def test_a_second_welcome_changes_nothing(hub: ScriptedHub) -> None:
    client = await connect(hub)
    hub.send(encode_frame(Welcome(shard="0")))
    call = calling(client, "a")
    ((number, _),) = await hub.called(1)
    hub.answer(number, DONE)
    assert await call == DONE
    await client.close()


async def test_calls_that_are_open_when_the_client_closes_are_told(hub: ScriptedHub) -> None:
    client = await connect(hub)
    call = calling(client, "a")
    await hub.called(1)
    await client.close()
    with pytest.raises(ConnectionLost, match="was closed"):
        await call
    await client.close()


async def test_a_client_that_closes_while_nobody_is_there_tries_no_longer(
    hub: ScriptedHub,
) -> None:
    client = await connect(hub)
    await hub.end()
    call = calling(client, "a")
    await asyncio.sleep(0)
    await client.close()
    with pytest.raises(ConnectionLost):
        await call
    await hub.listen()
    assert hub.connections == 1


async def test_a_client_closes_although_its_hub_stands_still(hub: ScriptedHub) -> None:
    client = await connect(hub)
    hub.stop_reading()
    calls = [calling(client, "x" * 500) for _ in range(4_000)]
    await asyncio.sleep(0)
    await asyncio.wait_for(client.close(), 30)
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {ConnectionLost}
