"""What a client is sent comes in order, and does not gather without end."""

import asyncio

import pytest
from starlette.websockets import WebSocketDisconnect

from interlock.server import outbox as outbox_module
from interlock.server.outbox import Outbox, Overflow


class Client:
    """Takes what it is sent while it reads, until it leaves."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.is_gone = False
        self.reads = asyncio.Event()
        self.reads.set()

    async def send(self, body: bytes) -> None:
        await self.reads.wait()
        if self.is_gone:
            raise WebSocketDisconnect
        self.taken.append(body)


async def test_messages_are_sent_in_the_order_in_which_they_were_given() -> None:
    client = Client()
    outbox = Outbox(client.send)
    for number in range(5):
        outbox.add(bytes([number]))
        if number == 2:
            await outbox.empty()
    await outbox.empty()
    assert client.taken == [bytes([number]) for number in range(5)]
    await outbox.empty()
    await outbox.close()


async def test_a_client_that_does_not_read_fills_it_and_then_overflows_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbox_module, "FULL_BYTES", 100)
    monkeypatch.setattr(outbox_module, "OUTBOX_BYTES_MAX", 200)
    client = Client()
    client.reads.clear()
    outbox = Outbox(client.send)
    outbox.add(b"x" * 100)
    assert not outbox.is_full
    outbox.add(b"x" * 100)
    assert outbox.is_full
    with pytest.raises(Overflow):
        outbox.add(b"x")
    client.reads.set()
    await outbox.empty()
    assert not outbox.is_full
    assert len(client.taken) == 3


@pytest.mark.parametrize("end", ["leaves", "is cut off"])
async def test_what_a_client_does_not_take_any_more_is_forgotten(end: str) -> None:
    client = Client()
    client.reads.clear()
    outbox = Outbox(client.send)
    outbox.add(b"a")
    outbox.add(b"b")
    await asyncio.sleep(0)
    if end == "leaves":
        client.is_gone = True
        client.reads.set()
        await outbox.empty()
    else:
        await outbox.close()
    assert client.taken == []
    assert outbox._writing is None
