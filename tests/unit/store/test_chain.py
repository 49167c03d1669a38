"""The walk along the chain names the first position that cannot be trusted."""

from collections.abc import Callable
from pathlib import Path

import apsw
import msgspec
import pytest

from interlock.store import chain
from interlock.store.chain import ChainBroken, check_chain, walk_chain
from interlock.store.contract import Link, Record, chain_hash
from interlock.store.memory import MemoryDisk, MemoryLedger, MemoryStore
from interlock.store.options import SqliteOptions
from interlock.store.sqlite import SqliteStore
from interlock.store.sqlite_reader import open_reader

SHARD = "main"


async def six_commits_of_three() -> MemoryDisk:
    disk = MemoryDisk()
    head = 0
    for _ in range(2):
        store = MemoryStore(disk)
        grant = await store.acquire(SHARD, owner="hub", ttl_ms=10_000)
        for _ in range(3):
            events = [f'{{"n":{head + number}}}' for number in (1, 2, 3)]
            head = await store.commit(grant, head=head, events=events, puts=[], now_us=head)
        store.crash()
    return disk


def change_event(ledger: MemoryLedger) -> None:
    ledger.events[7] += " "


def swap_events(ledger: MemoryLedger) -> None:
    ledger.events[6], ledger.events[7] = ledger.events[7], ledger.events[6]


def change_time(ledger: MemoryLedger) -> None:
    ledger.links[2] = msgspec.structs.replace(ledger.links[2], at_us=1)


def change_hash(ledger: MemoryLedger) -> None:
    ledger.links[2] = msgspec.structs.replace(ledger.links[2], hash=bytes(32))


def drop_commit(ledger: MemoryLedger) -> None:
    del ledger.links[2]


def turn_commit_around(ledger: MemoryLedger) -> None:
    ledger.links[2] = Link(first=7, last=6, epoch=1, at_us=6, hash=bytes(32))


def raise_epoch(ledger: MemoryLedger) -> None:
    ledger.links[1] = msgspec.structs.replace(ledger.links[1], epoch=9)


def write_behind_a_later_owner(ledger: MemoryLedger) -> None:
    bodies, before = ledger.events[15:], ledger.links[4].hash
    forged = chain_hash(before, epoch=1, first=16, at_us=9, bodies=bodies)
    ledger.links[5] = Link(first=16, last=18, epoch=1, at_us=9, hash=forged)


def drop_last_events(ledger: MemoryLedger) -> None:
    del ledger.events[16:]


def forge_event_at_the_end(ledger: MemoryLedger) -> None:
    ledger.events.append("{}")


TAMPERING: list[tuple[Callable[[MemoryLedger], None], int]] = [
    (change_event, 7),
    (swap_events, 7),
    (change_time, 7),
    (change_hash, 7),
    (drop_commit, 7),
    (turn_commit_around, 7),
    (raise_epoch, 4),
    (write_behind_a_later_owner, 16),
    (drop_last_events, 17),
    (forge_event_at_the_end, 19),
]


class LeakyStore(MemoryStore):
    """Reads events that no commit brought, as a tampered file would."""

    def _read_now(self, shard: str, *, after: int, limit: int, topic: str | None) -> list[Record]:
        events = self.disk.ledger(shard).events[after : after + limit]
        return [Record(pos=pos, body=body) for pos, body in enumerate(events, start=after + 1)]


@pytest.mark.parametrize("reads", [(1_000, 5_000), (2, 4)])
@pytest.mark.parametrize(("tamper", "pos"), TAMPERING)
async def test_tampering_is_found_at_its_first_position(
    tamper: Callable[[MemoryLedger], None],
    pos: int,
    reads: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chain, "LINKS_PER_READ", reads[0])
    monkeypatch.setattr(chain, "EVENTS_PER_READ", reads[1])
    disk = await six_commits_of_three()
    assert (await check_chain(LeakyStore(disk), SHARD)).head == 18
    tamper(disk.ledger(SHARD))
    with pytest.raises(ChainBroken, match=f"position {pos}") as broken:
        await check_chain(LeakyStore(disk), SHARD)
    assert broken.value.pos == pos


async def test_a_hole_in_the_file_is_found(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    store = await SqliteStore.open(path, options=SqliteOptions(headroom_bytes=0))
    grant = await store.acquire(SHARD, owner="hub", ttl_ms=10_000)
    await store.commit(grant, head=0, events=["{}"] * 9, puts=[], now_us=1)
    await store.close()
    with apsw.Connection(str(path)) as connection:
        connection.execute("DELETE FROM event WHERE pos = 5")
    connection.close()
    reader = await open_reader(path)
    with pytest.raises(ChainBroken) as broken:
        await check_chain(reader, SHARD)
    await reader.close()
    assert broken.value.pos == 5


async def test_commits_that_land_during_the_walk_are_walked_too() -> None:
    disk = await six_commits_of_three()
    store = MemoryStore(disk)
    grant = await store.acquire(SHARD, owner="hub", ttl_ms=10_000)
    walked: list[int] = []
    async for link, records in walk_chain(store, SHARD):
        walked.append(link.last)
        assert [record.pos for record in records] == list(range(link.first, link.last + 1))
        if link.last == 18:
            await store.commit(grant, head=18, events=["{}"], puts=[], now_us=99)
    assert walked == [3, 6, 9, 12, 15, 18, 19]


async def test_a_commit_between_the_two_reads_is_no_stray_event() -> None:
    disk = await six_commits_of_three()

    class LateStore(MemoryStore):
        """A commit lands just after the links were read."""

        async def links(self, shard: str, *, after: int, limit: int) -> list[Link]:
            found = await super().links(shard, after=after, limit=limit)
            if after == 18 and self.disk.ledger(shard).head == 18:
                grant = await self.acquire(shard, owner="hub", ttl_ms=10_000)
                await self.commit(grant, head=18, events=["{}"], puts=[], now_us=99)
            return found

    assert (await check_chain(LateStore(disk), SHARD)).head == 19
