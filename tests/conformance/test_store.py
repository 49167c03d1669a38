"""The promises G1 to G7 of the store contract, for every store."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from interlock.store.contract import (
    CLOSED,
    DEAD,
    GENESIS_HASH,
    OPEN,
    BlobMissing,
    BlobTooLarge,
    Fenced,
    Grant,
    LedgerInUse,
    Record,
    Row,
    Store,
    StoreError,
    chain_hash,
)
from tests.conformance.chain import check_chain
from tests.conformance.places import PLACES, Place

SHARD = "main"


@pytest.fixture(params=sorted(PLACES))
def place_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture
async def place(place_kind: str, tmp_path: Path) -> AsyncIterator[Place]:
    place = PLACES[place_kind](tmp_path)
    yield place
    await place.close()
    assert [thread.name for thread in threading.enumerate() if "interlock" in thread.name] == []


@pytest_asyncio.fixture
async def store(place: Place) -> Store:
    return await place.open(address="the first owner")


@pytest_asyncio.fixture
async def grant(store: Store) -> Grant:
    return await store.acquire(SHARD, owner="hub", ttl_ms=10_000)


def event(number: int, *, topic: str = "") -> str:
    fields: dict[str, object] = {"type": "Happened", "number": number}
    if topic:
        fields["topic"] = topic
    return json.dumps(fields)


def events(count: int, *, start: int = 1) -> list[str]:
    return [event(number) for number in range(start, start + count)]


def row(id: str, *, kind: str = "task", pos: int = 1, phase: int = OPEN, body: str = "{}") -> Row:
    raw = msgspec.Raw(body.encode())
    return Row(kind=kind, id=id, queue="main", status="ready", pos=pos, phase=phase, body=raw)


def deletion(id: str, *, kind: str = "task") -> Row:
    return row(id, kind=kind, body="")


async def rows_of(
    store: Store, *, kind: str = "", phase: int | None = None, ids: list[str] | None = None
) -> list[Row]:
    batches = store.load(SHARD, kind=kind, phase=phase, ids=ids)
    return [row async for batch in batches for row in batch]


async def everything(store: Store) -> tuple[list[Record], list[Row], object]:
    records = await store.read(SHARD, after=0, limit=1_000_000)
    return records, await rows_of(store), await store.links(SHARD, after=0, limit=1_000_000)


async def commit_in_steps(store: Store, grant: Grant, *, commits: int, size: int) -> int:
    head = grant.head
    for _ in range(commits):
        batch = events(size, start=head + 1)
        head = await store.commit(grant, head=head, events=batch, puts=[], now_us=head)
    return head


class TestG1CommitsAreAllOrNothing:
    async def test_events_and_rows_of_a_commit_are_read_together(
        self, store: Store, grant: Grant
    ) -> None:
        head = await store.commit(grant, head=0, events=events(2), puts=[row("a")], now_us=5)
        assert head == 2
        assert await store.read(SHARD, after=0, limit=9) == [
            Record(pos=1, body=event(1)),
            Record(pos=2, body=event(2)),
        ]
        assert await rows_of(store) == [row("a")]

    async def test_a_refused_commit_leaves_neither_event_nor_row(
        self, store: Store, grant: Grant
    ) -> None:
        await store.commit(grant, head=0, events=events(1), puts=[row("a")], now_us=5)
        before = await everything(store)
        with pytest.raises(Fenced):
            await store.commit(grant, head=7, events=events(3), puts=[row("b")], now_us=6)
        assert await everything(store) == before

    async def test_rows_without_an_event_are_refused(self, store: Store, grant: Grant) -> None:
        with pytest.raises(StoreError, match="without events"):
            await store.commit(grant, head=0, events=[], puts=[row("a")], now_us=5)
        assert await rows_of(store) == []

    @pytest.mark.parametrize(
        "text", ["{", "", "no json", '{"a":1}\n', '{"a":"\0"}', '{"a":"\ud800"}']
    )
    async def test_an_event_that_is_no_line_of_json_is_refused_and_nothing_changes(
        self, store: Store, grant: Grant, text: str
    ) -> None:
        with pytest.raises(StoreError):
            await store.commit(grant, head=0, events=[event(1), text], puts=[row("a")], now_us=5)
        assert await everything(store) == ([], [], [])
        assert await store.commit(grant, head=0, events=events(1), puts=[], now_us=5) == 1

    async def test_a_commit_of_ten_thousand_events_lands_whole(
        self, store: Store, grant: Grant
    ) -> None:
        batch = events(10_000)
        puts = [row(f"{number:05}", pos=number) for number in range(1, 10_001)]
        assert await store.commit(grant, head=0, events=batch, puts=puts, now_us=5) == 10_000
        records = await store.read(SHARD, after=0, limit=20_000)
        assert [record.body for record in records] == batch
        assert [record.pos for record in records] == list(range(1, 10_001))
        assert await rows_of(store) == puts

    async def test_a_caller_cancelled_while_it_waits_finds_the_outcome_with_resolve(
        self, store: Store, grant: Grant
    ) -> None:
        waiting = asyncio.ensure_future(
            store.commit(grant, head=0, events=events(1), puts=[row("a")], now_us=5)
        )
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        outcome = await store.resolve(grant, head=0)
        assert (outcome == "landed") == (await store.read(SHARD, after=0, limit=1) != [])
        assert (outcome == "landed") == (await rows_of(store) != [])


class TestG2TheHistoryIsOneLine:
    async def test_a_commit_behind_another_head_is_refused(
        self, store: Store, grant: Grant
    ) -> None:
        await store.commit(grant, head=0, events=events(3), puts=[], now_us=5)
        for head in (0, 1, 2, 4, 1_000_000):
            with pytest.raises(Fenced):
                await store.commit(grant, head=head, events=[event(99)], puts=[], now_us=6)
        assert await store.commit(grant, head=3, events=[event(4)], puts=[], now_us=6) == 4

    async def test_a_commit_of_an_epoch_that_never_was_is_refused(
        self, store: Store, grant: Grant
    ) -> None:
        forged = msgspec.structs.replace(grant, epoch=grant.epoch + 1)
        with pytest.raises(Fenced):
            await store.commit(forged, head=0, events=events(1), puts=[], now_us=5)

    async def test_of_many_commits_behind_one_head_one_wins(
        self, store: Store, grant: Grant
    ) -> None:
        rivals = [
            store.commit(grant, head=0, events=[event(number)], puts=[], now_us=5)
            for number in range(20)
        ]
        outcomes = await asyncio.gather(*rivals, return_exceptions=True)
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Fenced"] * 19 + ["int"]
        assert len(await store.read(SHARD, after=0, limit=99)) == 1

    async def test_commits_sent_without_waiting_land_in_the_order_sent(
        self, store: Store, grant: Grant
    ) -> None:
        sent = [
            store.commit(grant, head=head, events=[event(head + 1)], puts=[], now_us=head)
            for head in range(50)
        ]
        assert await asyncio.gather(*sent) == list(range(1, 51))
        assert (await check_chain(store, SHARD)).commits == 50


class TestG3SentAgainIsAnsweredAgain:
    async def test_the_same_commit_lands_once(self, store: Store, grant: Grant) -> None:
        for now_us in (5, 9):
            head = await store.commit(
                grant, head=0, events=events(2), puts=[row("a")], now_us=now_us
            )
            assert head == 2
        assert len(await store.links(SHARD, after=0, limit=9)) == 1
        assert len(await store.read(SHARD, after=0, limit=9)) == 2

    async def test_it_gets_it_even_after_later_commits_and_a_takeover(
        self, place: Place, store: Store, grant: Grant
    ) -> None:
        await commit_in_steps(store, grant, commits=3, size=2)
        await place.crash(store)
        successor = await place.open()
        await successor.acquire(SHARD, owner="hub", ttl_ms=10_000)
        again = events(2, start=3)
        assert await successor.commit(grant, head=2, events=again, puts=[], now_us=99) == 4
        assert len(await successor.read(SHARD, after=0, limit=99)) == 6

    @pytest.mark.parametrize("other", [events(2, start=7), events(1), events(3)])
    async def test_other_events_behind_the_same_head_are_refused(
        self, store: Store, grant: Grant, other: list[str]
    ) -> None:
        await store.commit(grant, head=0, events=events(2), puts=[], now_us=5)
        with pytest.raises(Fenced):
            await store.commit(grant, head=0, events=other, puts=[], now_us=5)

    async def test_resolve_tells_what_landed_from_what_did_not(
        self, place: Place, store: Store, grant: Grant
    ) -> None:
        assert await store.resolve(grant, head=0) == "absent"
        await commit_in_steps(store, grant, commits=2, size=3)
        assert [await store.resolve(grant, head=head) for head in (0, 1, 3, 6)] == [
            "landed",
            "absent",
            "landed",
            "absent",
        ]
        await place.crash(store)
        successor = await place.open()
        later = await successor.acquire(SHARD, owner="hub", ttl_ms=10_000)
        assert await successor.resolve(grant, head=3) == "landed"
        assert await successor.resolve(later, head=3) == "absent"


class TestG4AnOlderEpochCannotCommit:
    async def test_the_epoch_grows_with_every_new_owner(self, place: Place) -> None:
        epochs = []
        for _ in range(3):
            store = await place.open()
            grant = await store.acquire(SHARD, owner="the same name", ttl_ms=10_000)
            epochs.append(grant.epoch)
            await place.crash(store)
        assert epochs == sorted(set(epochs))

    async def test_an_owner_that_renews_keeps_its_epoch_and_learns_the_head(
        self, store: Store, grant: Grant
    ) -> None:
        await store.commit(grant, head=0, events=events(4), puts=[], now_us=77)
        renewed = await store.acquire(SHARD, owner="hub", ttl_ms=10_000)
        assert renewed == msgspec.structs.replace(grant, head=4, now_us=77)

    async def test_a_second_store_is_refused_with_the_address_of_the_living_owner(
        self, place: Place, store: Store, grant: Grant
    ) -> None:
        with pytest.raises(LedgerInUse) as refusal:
            await (await place.open()).acquire(SHARD, owner="other", ttl_ms=10_000)
        assert refusal.value.address == "the first owner"
        assert await store.commit(grant, head=0, events=events(1), puts=[], now_us=5) == 1

    async def test_a_zombie_is_fenced_and_leaves_no_trace(
        self, place: Place, store: Store, grant: Grant
    ) -> None:
        await store.commit(grant, head=0, events=events(2), puts=[row("a")], now_us=5)
        place.lose_lock()
        successor = await place.open()
        later = await successor.acquire(SHARD, owner="hub", ttl_ms=10_000)
        assert (later.head, later.now_us) == (2, 5)
        before = await everything(successor)
        with pytest.raises(Fenced):
            await store.commit(grant, head=2, events=events(1), puts=[deletion("a")], now_us=6)
        assert await everything(successor) == before
        assert await store.resolve(grant, head=2) == "absent"
        head = await successor.commit(later, head=2, events=events(1), puts=[], now_us=7)
        with pytest.raises(Fenced):
            await store.commit(grant, head=head, events=events(1), puts=[], now_us=8)

    async def test_an_earlier_owner_in_the_same_store_is_fenced(
        self, store: Store, grant: Grant
    ) -> None:
        later = await store.acquire(SHARD, owner="another hub", ttl_ms=10_000)
        assert later.epoch > grant.epoch
        with pytest.raises(Fenced):
            await store.commit(grant, head=0, events=events(1), puts=[], now_us=5)
        assert await store.commit(later, head=0, events=events(1), puts=[], now_us=5) == 1


class TestG5ReadSkipsAndReordersNothing:
    async def test_reading_in_pages_gives_every_event_once_and_in_order(
        self, store: Store, grant: Grant
    ) -> None:
        await commit_in_steps(store, grant, commits=10, size=7)
        seen: list[Record] = []
        while page := await store.read(SHARD, after=seen[-1].pos if seen else 0, limit=9):
            seen.extend(page)
        assert seen == [Record(pos=pos, body=event(pos)) for pos in range(1, 71)]
        assert await store.read(SHARD, after=0, limit=0) == []

    async def test_a_reader_beside_the_writer_sees_dense_prefixes_only(
        self, store: Store, grant: Grant
    ) -> None:
        writing = asyncio.create_task(commit_in_steps(store, grant, commits=40, size=5))
        seen = 0
        while not writing.done() or seen < 200:
            page = await store.read(SHARD, after=seen, limit=64, wait_s=60.0 if seen < 200 else 0.0)
            assert [record.pos for record in page] == list(range(seen + 1, seen + 1 + len(page)))
            seen += len(page)
        assert await writing == 200

    async def test_topics_are_read_apart_and_in_order(self, store: Store, grant: Grant) -> None:
        bodies = [
            event(1, topic="orders"),
            event(2),
            event(3, topic="mail"),
            event(4, topic="orders"),
        ]
        await store.commit(grant, head=0, events=bodies, puts=[], now_us=5)
        orders = await store.read(SHARD, after=0, limit=9, topic="orders")
        assert [record.pos for record in orders] == [1, 4]
        assert await store.read(SHARD, after=1, limit=9, topic="orders") == orders[1:]
        assert await store.read(SHARD, after=0, limit=1, topic="orders") == orders[:1]
        assert await store.read(SHARD, after=0, limit=9, topic="nobody") == []

    @pytest.mark.parametrize(
        "body", ['{"topic":5}', '{"topic":null}', '{"a":{"topic":"5"}}', "5", "[]"]
    )
    async def test_only_a_text_in_the_topic_field_is_a_topic(
        self, store: Store, grant: Grant, body: str
    ) -> None:
        await store.commit(grant, head=0, events=[body], puts=[], now_us=5)
        assert await store.read(SHARD, after=0, limit=9) == [Record(pos=1, body=body)]
        assert await store.read(SHARD, after=0, limit=9, topic="5") == []

    async def test_a_waiting_reader_is_woken_by_the_commit(
        self, store: Store, grant: Grant
    ) -> None:
        waiting = asyncio.create_task(store.read(SHARD, after=0, limit=9, wait_s=60.0))
        picky = asyncio.create_task(
            store.read(SHARD, after=0, limit=9, topic="orders", wait_s=60.0)
        )
        await asyncio.sleep(0)
        await store.commit(grant, head=0, events=[event(1)], puts=[], now_us=5)
        assert [record.pos for record in await waiting] == [1]
        await store.commit(grant, head=1, events=[event(2, topic="orders")], puts=[], now_us=6)
        assert [record.pos for record in await picky] == [2]

    async def test_a_reader_waits_no_longer_than_it_said(self, store: Store, grant: Grant) -> None:
        assert await store.read(SHARD, after=0, limit=9, wait_s=0.01) == []

    async def test_a_waiting_reader_learns_that_the_store_was_closed(
        self, store: Store, grant: Grant
    ) -> None:
        waiting = asyncio.create_task(store.read(SHARD, after=0, limit=9, wait_s=60.0))
        await store.read(SHARD, after=0, limit=9)
        await store.close()
        with pytest.raises(StoreError):
            await waiting

    async def test_texts_come_back_byte_for_byte(self, store: Store, grant: Grant) -> None:
        bodies = [
            '{"text":"Grüße, 世界 🚂", "escaped":"\\u0000\\ud83d\\ude82"}',
            '{ "spaces" :  1.0e5 , "minus":-0.0, "big":9223372036854775807 }',
            '{"separators":"\u2028\u2029\x7f\x85\\n"}',
        ]
        await store.commit(grant, head=0, events=bodies, puts=[], now_us=5)
        records = await store.read(SHARD, after=0, limit=9)
        assert [record.body for record in records] == bodies


class TestG6LoadHoldsEveryPut:
    async def test_the_latest_put_of_a_row_is_loaded(self, store: Store, grant: Grant) -> None:
        await store.commit(grant, head=0, events=events(1), puts=[row("a"), row("b")], now_us=5)
        changed = row("a", pos=2, phase=CLOSED, body='{"done":true}')
        await store.commit(grant, head=1, events=events(1), puts=[changed], now_us=6)
        assert await rows_of(store) == [changed, row("b")]

    async def test_an_empty_body_deletes_the_row(self, store: Store, grant: Grant) -> None:
        await store.commit(grant, head=0, events=events(1), puts=[row("a"), row("b")], now_us=5)
        puts = [deletion("a"), deletion("never there"), row("c")]
        await store.commit(grant, head=1, events=events(1), puts=puts, now_us=6)
        assert [found.id for found in await rows_of(store)] == ["b", "c"]
        await store.commit(grant, head=2, events=events(1), puts=[deletion("b")], now_us=7)
        assert [found.id for found in await rows_of(store)] == ["c"]

    async def test_rows_are_chosen_by_kind_phase_and_id(self, store: Store, grant: Grant) -> None:
        puts = [
            row("3", phase=DEAD),
            row("1", phase=OPEN),
            row("2", phase=CLOSED),
            row("1", kind="agent", phase=OPEN),
        ]
        await store.commit(grant, head=0, events=events(1), puts=puts, now_us=5)

        async def ids(
            kind: str = "", phase: int | None = None, ids: list[str] | None = None
        ) -> str:
            found = await rows_of(store, kind=kind, phase=phase, ids=ids)
            return " ".join(f"{row.kind}{row.id}" for row in found)

        assert await ids() == "agent1 task1 task2 task3"
        assert await ids(kind="task") == "task1 task2 task3"
        assert await ids(kind="task", phase=OPEN) == "task1"
        assert await ids(phase=OPEN) == "agent1 task1"
        assert await ids(phase=DEAD) == "task3"
        assert await ids(phase=CLOSED) == "task2"
        assert await ids(kind="task", ids=["3", "1", "3", "9"]) == "task1 task3"
        assert await ids(kind="task", phase=DEAD, ids=["3", "1"]) == "task3"
        assert await ids(kind="task", ids=[]) == ""
        assert await ids(kind="nothing") == ""

    async def test_all_batches_of_a_load_show_one_moment(self, store: Store, grant: Grant) -> None:
        puts = [row(f"{number:05}") for number in range(5_000)]
        await store.commit(grant, head=0, events=events(1), puts=puts, now_us=5)
        loading = store.load(SHARD)
        seen = await anext(loading)
        assert len(seen) < 5_000
        late = [*(deletion(f"{number:05}") for number in range(4_000, 5_000)), row("99999")]
        await store.commit(grant, head=1, events=events(1), puts=late, now_us=6)
        async for batch in loading:
            seen = seen + batch
        assert seen == puts
        assert len(await rows_of(store)) == 4_001

    async def test_a_load_that_is_broken_off_leaves_nothing_open(
        self, store: Store, grant: Grant
    ) -> None:
        puts = [row(f"{number:05}") for number in range(5_000)]
        await store.commit(grant, head=0, events=events(1), puts=puts, now_us=5)
        loading = store.load(SHARD)
        await anext(loading)
        await loading.aclose()  # type: ignore[attr-defined]
        left_open = store.load(SHARD)
        await anext(left_open)
        await store.close()
        with pytest.raises(StoreError):
            await anext(left_open)

    async def test_rows_come_back_as_they_were_put(self, store: Store, grant: Grant) -> None:
        body = '{"text" :  "Grüße 世界 🚂\\u0001","n":[1.50,-0.0,9223372036854775807,null,true],"d":{}}'
        odd = Row(
            kind="k'ind",
            id='quo"te\\ \u2028 123',
            queue="",
            status="ünder",
            pos=9_007_199_254_740_993,
            phase=OPEN,
            body=msgspec.Raw(body.encode()),
        )
        numeric = row("0123", kind="1e5", body="null")
        await store.commit(grant, head=0, events=events(1), puts=[odd, numeric], now_us=5)
        assert await rows_of(store) == [numeric, odd]
        assert await rows_of(store, kind="k'ind", ids=['quo"te\\ \u2028 123']) == [odd]

    async def test_what_was_committed_outlives_the_owner(
        self, place: Place, store: Store, grant: Grant
    ) -> None:
        await store.commit(grant, head=0, events=events(3), puts=[row("a")], now_us=5)
        before = await everything(store)
        await place.crash(store)
        successor = await place.open()
        assert await everything(successor) == before


class TestG7TheChainBetraysABrokenLine:
    async def test_every_commit_is_linked_to_the_one_before(
        self, store: Store, grant: Grant
    ) -> None:
        await store.commit(grant, head=0, events=events(2), puts=[], now_us=5)
        await store.commit(grant, head=2, events=events(1, start=3), puts=[], now_us=6)
        first, second = await store.links(SHARD, after=0, limit=9)
        epoch = grant.epoch
        one = chain_hash(GENESIS_HASH, epoch=epoch, first=1, at_us=5, bodies=events(2))
        two = chain_hash(one, epoch=epoch, first=3, at_us=6, bodies=events(1, start=3))
        assert (first.first, first.last, first.epoch, first.at_us, first.hash) == (
            1,
            2,
            epoch,
            5,
            one,
        )
        assert (second.first, second.last, second.hash) == (3, 3, two)
        report = await check_chain(store, SHARD)
        assert (report.commits, report.head, report.hash) == (2, 3, two)

    async def test_links_are_read_in_pages(self, store: Store, grant: Grant) -> None:
        await commit_in_steps(store, grant, commits=5, size=3)
        assert [link.last for link in await store.links(SHARD, after=3, limit=2)] == [6, 9]
        assert [link.last for link in await store.links(SHARD, after=4, limit=9)] == [6, 9, 12, 15]
        assert await store.links(SHARD, after=15, limit=9) == []

    async def test_an_empty_shard_has_an_empty_chain(self, store: Store) -> None:
        report = await check_chain(store, SHARD)
        assert (report.commits, report.head, report.hash) == (0, 0, GENESIS_HASH)

    async def test_the_chain_holds_over_many_owners(self, place: Place) -> None:
        for number in range(4):
            store = await place.open()
            grant = await store.acquire(SHARD, owner=f"hub {number}", ttl_ms=10_000)
            await commit_in_steps(store, grant, commits=3, size=2)
            report = await check_chain(store, SHARD)
            await place.crash(store)
        assert (report.commits, report.head) == (12, 24)


class TestBlobs:
    async def test_a_blob_comes_back_whole_and_outlives_its_owner(
        self, place: Place, store: Store
    ) -> None:
        content = bytes(range(256)) * 999
        ref = await store.blob_put(content)
        assert ref == await store.blob_put(content)
        assert ref.startswith("sha256:")
        await place.crash(store)
        assert await (await place.open()).blob_get(ref) == content

    async def test_a_blob_over_the_limit_is_refused(self, place: Place) -> None:
        store = await place.open(blob_bytes_max=10)
        assert await store.blob_get(await store.blob_put(b"0123456789")) == b"0123456789"
        with pytest.raises(BlobTooLarge):
            await store.blob_put(b"0123456789+")

    @pytest.mark.parametrize(
        "ref", ["sha256:" + "0" * 64, "sha256:../../etc/passwd", "", "nonsense"]
    )
    async def test_a_reference_to_nothing_is_refused(self, store: Store, ref: str) -> None:
        with pytest.raises(BlobMissing):
            await store.blob_get(ref)


class TestTheEnd:
    async def test_a_closed_store_refuses_everything_and_closes_again(
        self, store: Store, grant: Grant
    ) -> None:
        await store.close()
        await store.close()
        refused = [
            store.acquire(SHARD, owner="hub", ttl_ms=10_000),
            store.commit(grant, head=0, events=events(1), puts=[], now_us=5),
            store.resolve(grant, head=0),
            store.read(SHARD, after=0, limit=1),
            store.links(SHARD, after=0, limit=1),
            rows_of(store),
            store.blob_put(b"x"),
            store.blob_get("sha256:" + "0" * 64),
        ]
        for attempt in refused:
            with pytest.raises(StoreError):
                await attempt

    async def test_a_store_says_that_there_is_room(self, store: Store) -> None:
        assert store.room() == "ample"

    async def test_a_successor_starts_where_the_last_commit_ended(self, place: Place) -> None:
        store = await place.open()
        grant = await store.acquire(SHARD, owner="hub", ttl_ms=10_000)
        await store.commit(grant, head=0, events=events(5), puts=[], now_us=123)
        await store.close()
        successor = await place.open()
        later = await successor.acquire(SHARD, owner="hub", ttl_ms=10_000)
        assert (later.head, later.now_us) == (5, 123)
