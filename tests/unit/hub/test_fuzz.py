"""Thousands of random frames against a live hub: it never falls over, never mixes answers up, and keeps nothing."""

import asyncio
from random import Random
from typing import Any

import msgspec
import pytest

from interlock.hub.listener import Listener
from interlock.kernel.wire import (
    MALFORMED,
    Abandon,
    Calls,
    Hello,
    decode_request,
    encode_frame,
    encode_raw,
)
from interlock.observe.verify import verify_ledger
from tests.unit.hub.any_command import AnyCommand
from tests.unit.hub.raw_client import RawClient
from tests.unit.hub.stage import Stage, command

pytestmark = pytest.mark.no_cover

FRAMES = 2_500
COMMANDS = 4_000


@pytest.fixture
def loop_errors() -> list[dict[str, Any]]:
    """What the loop would only have logged: the exceptions of callbacks."""
    errors: list[dict[str, Any]] = []
    return errors


async def settle_all(stage: Stage) -> None:
    """Until nobody waits for anything."""
    for _ in range(3):
        await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=60)
        await stage.settle()


async def test_random_commands_never_break_the_hub(
    stage: Stage, listener: Listener, loop_errors: list[dict[str, Any]]
) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda _, error: loop_errors.append(error))
    for seed in range(4):
        commands = AnyCommand(seed)
        client = await RawClient.connect(listener.path)
        for start in range(0, COMMANDS // 4, 100):
            numbers = range(start, start + 100)
            client.call(*[(number, commands.draw()) for number in numbers])
            assert (await client.answers(numbers)).keys() == set(numbers), f"seed {seed}"
            assert loop_errors == [], f"seed {seed}"
        await client.close()
    await settle_all(stage)
    assert loop_errors == []
    assert stage.hub.head > 500
    proof = await verify_ledger(stage.store)
    assert proof.holds, proof


class Fuzzer:
    """Frames that are nearly right."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._commands = AnyCommand(seed)
        self._number = 0

    def frame(self) -> bytes:
        """The next one."""
        random = self._random
        body = bytearray(self._honest()[4:])
        for _ in range(random.choice((0, 1, 1, 2, 8))):
            at = random.randrange(len(body) + 1)
            match random.randrange(6):
                case 0 if body:
                    body[at % len(body)] ^= 1 << random.randrange(8)
                case 1:
                    body[at:at] = random.randbytes(random.randrange(9))
                case 2:
                    del body[at : at + random.randrange(9)]
                case 3:
                    body[at:at] = body[: random.randrange(64)]
                case 4:
                    body[at:at] = b"\x91" * random.choice((3, 2_000))
                case _:
                    body = bytearray(random.randbytes(random.randrange(64)))
        length = len(body)
        if random.random() < 0.03:
            length = random.choice((0, 1, length + 1, max(0, length - 1), 2**31, 2**32 - 1))
        return length.to_bytes(4, "big") + body

    def _honest(self) -> bytes:
        random = self._random
        if random.random() < 0.1:
            return encode_frame(Hello(protocol=random.choice((0, 1, 1, 2))))
        if random.random() < 0.1:
            return encode_frame(Abandon(calls=[random.randrange(self._number + 5)]))
        calls = []
        for _ in range(random.randrange(4)):
            self._number += 1
            calls.append((self._number, encode_raw(self._commands.draw())))
        return encode_frame(Calls(calls=calls))


def numbers_in(frame: bytes) -> list[int]:
    """The calls that a hub finds in the frame."""
    try:
        message = decode_request(frame[4:])
    except MALFORMED:
        return []
    return [number for number, _ in message.calls] if isinstance(message, Calls) else []


async def test_random_frames_never_break_the_hub(
    stage: Stage, listener: Listener, loop_errors: list[dict[str, Any]]
) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda _, error: loop_errors.append(error))
    healthy = await RawClient.connect(listener.path)
    fuzzer = Fuzzer(20)
    frames = connections = 0
    while frames < FRAMES:
        client = await RawClient.connect(listener.path)
        connections += 1
        asked: list[int] = []
        for _ in range(200):
            frame = fuzzer.frame()
            frames += 1
            asked += numbers_in(frame)
            client.send(frame)
            await asyncio.sleep(0)
        answered = await read_until_closed(client)
        assert answered <= set(asked), f"frame {frames}"
        assert loop_errors == [], f"frame {frames}"
        healthy.call((frames, command("get_queue", queue="q")))
        assert await healthy.answers({frames})
    await healthy.close()
    await settle_all(stage)
    # Nothing of all those clients is left.
    assert listener._connections == set()
    assert len(stage.hub._lot) == 0
    assert stage.hub._jobs._tasks == set()
    assert stage.hub._committer.waiting_count == 0
    assert connections >= FRAMES // 200
    assert (await verify_ledger(stage.store)).holds


async def read_until_closed(client: RawClient) -> set[int]:
    """The numbers of all answers on a connection that says no more."""
    client.writer.write_eof()
    numbers: list[int] = []
    try:
        while (frame := await client.receive()) is not None:
            numbers += [number for number, _ in getattr(frame, "answers", ())]
    except ConnectionError:
        pass
    finally:
        client.writer.transport.abort()
    return set(numbers)


async def test_a_client_that_trickles_cannot_make_the_hub_hold_more_than_a_frame(
    listener: Listener,
) -> None:
    client = await RawClient.connect(listener.path)
    client.send((1_000_000).to_bytes(4, "big"))
    for _ in range(10):
        client.send(b"x" * 100_000)
        await asyncio.sleep(0)
    assert await client.is_closed()
    client.writer.transport.abort()


def test_the_fuzzer_draws_every_verb() -> None:
    commands = AnyCommand(1)
    drawn = {type(commands.draw()) for _ in range(2_000)}
    from interlock.kernel.decide import DECIDE

    assert drawn >= set(DECIDE)
    assert msgspec.msgpack.encode(AnyCommand(5).draw()) == msgspec.msgpack.encode(
        AnyCommand(5).draw()
    )
