"""What a store finds for lists: things that have ended, their counts, events by what they mention, and topics."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from interlock.store.contract import CLOSED, DEAD, OPEN, Grant, Row, Store
from tests.conformance.places import PLACES

SHARD = "main"


@pytest.fixture(params=sorted(PLACES))
def place_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture
async def store(place_kind: str, tmp_path: Path) -> AsyncIterator[Store]:
    place = PLACES[place_kind](tmp_path)
    yield await place.open(address="the owner")
    await place.close()


@pytest_asyncio.fixture
async def grant(store: Store) -> Grant:
    return await store.acquire(SHARD, owner="hub", ttl_ms=10_000)


def row(kind: str, id: str, status: str, pos: int, phase: int) -> Row:
    return Row(kind, id, "q", status, pos, phase, msgspec.Raw(b"{}"))


ROWS = [
    row("task", "t1", "done", 3, CLOSED),
    row("task", "t2", "done", 7, CLOSED),
    row("task", "t3", "dead", 5, DEAD),
    row("task", "t4", "ready", 6, OPEN),
    row("message", "m1", "closed", 4, CLOSED),
    row("delivery", "d1", "dead", 8, DEAD),
    row("delivery", "d2", "acked", 9, CLOSED),
]


async def fill(store: Store, grant: Grant) -> None:
    texts = [
        '{"type":"A","id":"one"}',
        '{"type":"B","topic":"news","id":"one two"}',
        '{"type":"C","topic":"alarms"}',
        '{"type":"D","topic":"news"}',
        '{"type":"E","topic":7,"id":"one"}',
    ]
    await store.commit(grant, head=0, events=texts, puts=ROWS, now_us=1)


async def ids(store: Store, kind: str, status: str, *, behind: int, newest: bool) -> list[str]:
    rows = await store.ended(
        SHARD, kind=kind, status=status, behind=behind, is_newest_first=newest, limit=2
    )
    return [each.id for each in rows]


async def test_what_has_ended_is_found_by_the_position_of_its_end(
    store: Store, grant: Grant
) -> None:
    await fill(store, grant)
    assert await ids(store, "task", "done", behind=0, newest=False) == ["t1", "t2"]
    assert await ids(store, "task", "done", behind=3, newest=False) == ["t2"]
    assert await ids(store, "task", "done", behind=100, newest=True) == ["t2", "t1"]
    assert await ids(store, "task", "done", behind=7, newest=True) == ["t1"]
    assert await ids(store, "task", "dead", behind=0, newest=False) == ["t3"]
    assert await ids(store, "task", "ready", behind=0, newest=False) == []
    assert await ids(store, "message", "closed", behind=0, newest=False) == ["m1"]


async def test_a_page_of_what_has_ended_holds_no_more_than_its_limit(
    store: Store, grant: Grant
) -> None:
    rows = [row("task", f"t{number}", "done", number, CLOSED) for number in range(1, 6)]
    await store.commit(grant, head=0, events=['{"type":"A"}'], puts=rows, now_us=1)
    assert await ids(store, "task", "done", behind=0, newest=False) == ["t1", "t2"]
    assert await ids(store, "task", "done", behind=2, newest=False) == ["t3", "t4"]


async def test_what_comes_back_to_life_has_not_ended(store: Store, grant: Grant) -> None:
    await fill(store, grant)
    again = [row("task", "t3", "ready", 9, OPEN)]
    await store.commit(grant, head=5, events=['{"type":"F"}'], puts=again, now_us=2)
    assert await ids(store, "task", "dead", behind=0, newest=False) == []
    assert await store.count_ended(SHARD, kind="task") == {"done": 2}


async def test_ended_tasks_are_counted_by_status_and_other_things_as_dead_letters(
    store: Store, grant: Grant
) -> None:
    assert await store.count_ended(SHARD, kind="task") == {}
    assert await store.count_ended(SHARD, kind="delivery") == {}
    await fill(store, grant)
    assert await store.count_ended(SHARD, kind="task") == {"done": 2, "dead": 1}
    assert await store.count_ended(SHARD, kind="delivery") == {"dead": 1}
    assert await store.count_ended(SHARD, kind="dead_event") == {}


async def test_events_are_found_by_what_their_text_mentions(store: Store, grant: Grant) -> None:
    await fill(store, grant)

    async def found(text: str, *, after: int = 0, until: int = 99, limit: int = 9) -> list[int]:
        records = await store.mentions(SHARD, text=text, after=after, until=until, limit=limit)
        assert all(text in record.body for record in records)
        return [record.pos for record in records]

    assert await found('"one"') == [1, 5]
    assert await found('"one"', after=1) == [5]
    assert await found('"one"', until=4) == [1]
    assert await found("one", limit=2) == [1, 2]
    assert await found("ONE") == []


async def test_topics_are_found_by_name_with_their_last_event(store: Store, grant: Grant) -> None:
    assert await store.topics(SHARD, behind="", limit=9) == []
    await fill(store, grant)
    assert await store.topics(SHARD, behind="", limit=9) == [("alarms", 3), ("news", 4)]
    assert await store.topics(SHARD, behind="", limit=1) == [("alarms", 3)]
    assert await store.topics(SHARD, behind="alarms", limit=9) == [("news", 4)]
    assert await store.topics(SHARD, behind="news", limit=9) == []
