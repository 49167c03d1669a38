"""However slow a watcher is, it gets each event that it wants once and in order."""

import asyncio
import json
import random
from collections.abc import Callable

import pytest

from interlock.hub.hub import Hub
from interlock.kernel.border import make_command
from interlock.kernel.decide import VERBS
from interlock.kernel.selection import Selection
from interlock.plane import MEMORY, open_hub
from interlock.server import tail as tails
from interlock.server.events import Watch
from interlock.server.tail import Tail

EVENTS = 300


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ring that everybody falls out of."""
    monkeypatch.setattr(tails, "READ_EVENTS", 5)
    monkeypatch.setattr(tails, "RING_EVENTS_MAX", 12)
    monkeypatch.setattr(tails, "GATHER_S", 0)


async def publish(hub: Hub, topic: str, number: int) -> None:
    fields = {"topic": topic, "payload": number, "agent": "ada"}
    assert await hub.call(make_command(VERBS["publish_event"], fields))


async def write(hub: Hub, *, dice: random.Random) -> None:
    """Publishes in commits of random sizes, with pauses of random lengths."""
    number = 0
    while number < EVENTS:
        size = min(dice.choice([1, 1, 2, 17]), EVENTS - number)
        topics = [dice.choice(["even", "odd"]) for _ in range(size)]
        await asyncio.gather(*(publish(hub, topic, number + n) for n, topic in enumerate(topics)))
        number += size
        await turns(dice.choice([0, 1, 40]))


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def read(watch: Watch, *, until: int, dice: random.Random) -> list[tuple[int, str]]:
    """What one watcher sees; it takes its time."""
    found: list[tuple[int, str]] = []
    pace = dice.choice([0, 1, 30])
    with watch.tail.watching():
        async for chunk in watch.chunks():
            for block in chunk.decode().split("\n\n"):
                fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
                if "data" in fields:
                    told = json.loads(fields["data"])
                    assert fields["id"] == str(told["pos"])
                    found.append((told["pos"], told["topic"]))
            if watch.position >= until:
                return found
            await turns(dice.randrange(pace + 1))
    raise AssertionError("the tail ended")


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.usefixtures("tiny")
async def test_nothing_is_skipped_doubled_or_moved(seed: int) -> None:
    dice = random.Random(seed)
    async with open_hub(MEMORY) as (hub, _):
        tail = Tail(hub)
        await publish(hub, "even", 0)
        writing = asyncio.create_task(write(hub, dice=random.Random(seed)))
        reading = []
        for number in range(20):
            await turns(dice.choice([0, 0, 60]))
            topic = dice.choice(["", "even", "odd"])
            wanted = (Selection(topics=(topic,)),) if topic else ()
            after = dice.randrange(hub.head + 1)
            watch = Watch(tail, wanted, after=after)
            own = random.Random(seed * 1_000 + number)
            task = asyncio.create_task(read(watch, until=EVENTS + 1, dice=own))
            reading.append((after, topic, task))
        await writing
        log = [
            (r.pos, json.loads(r.body)["topic"])
            for r in await hub.store.read("0", after=0, limit=999)
        ]

        for after, topic, task in reading:
            expected = [each for each in log if each[0] > after and topic in ("", each[1])]
            assert await task == expected


@pytest.mark.usefixtures("tiny")
async def test_a_watcher_that_takes_nothing_costs_no_memory() -> None:
    async with open_hub(MEMORY) as (hub, _):
        tail = Tail(hub)
        with tail.watching():
            await write(hub, dice=random.Random(1))
            while tail.position < EVENTS:
                await asyncio.sleep(0)

            assert sum(len(batch.events) for batch in tail._ring) <= tails.RING_EVENTS_MAX


async def test_watchers_of_the_same_tail_read_the_store_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_hub(MEMORY) as (hub, _):
        tail = Tail(hub)
        reads = counting(hub, monkeypatch)
        watches = [Watch(tail, (), after=0) for _ in range(100)]
        until = 10
        dice = [random.Random(n) for n in range(100)]
        reading = [
            asyncio.create_task(read(watch, until=until, dice=one))
            for watch, one in zip(watches, dice, strict=True)
        ]
        await turns(3)
        for number in range(until):
            await publish(hub, "even", number)
        found = await asyncio.gather(*reading)

        assert all(len(each) == until for each in found)
        assert reads() <= 2 * until


def counting(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Counts the reads of the hub's store."""
    count = 0
    original = hub.store.read

    async def counted(*args: object, **fields: object) -> object:
        nonlocal count
        count += 1
        return await original(*args, **fields)  # type: ignore[arg-type]

    monkeypatch.setattr(hub.store, "read", counted)
    return lambda: count
