"""What only the SQLite store promises: its file, its refusals, its readers."""

import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path

import apsw
import msgspec
import pytest

from interlock.observe.fault import LedgerWrong
from interlock.store import connection
from interlock.store.connection import open_writer, refuse_old_sqlite, translated
from interlock.store.contract import (
    CommitUnknown,
    Fenced,
    Grant,
    LedgerInUse,
    Record,
    Row,
    Store,
    StoreError,
    StoreFull,
)
from interlock.store.options import SqliteOptions
from interlock.store.sqlite import SqliteStore
from interlock.store.sqlite_reader import open_reader
from tests.conformance.chain import check_chain
from tests.unit.store.ledgers import SHARD, acquire, commit, make_ledger, open_small


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def change(ledger: Path, *statements: str) -> None:
    """Changes the file behind the store's back."""
    intruder = apsw.Connection(str(ledger))
    for statement in statements:
        intruder.execute(statement).fetchall()
    intruder.close()


def interlock_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if "interlock" in thread.name]


@pytest.mark.parametrize("version", ["3.40.1", "3.51.2", "3.7.0"])
def test_an_sqlite_that_can_corrupt_a_ledger_is_refused(version: str) -> None:
    with pytest.raises(StoreError, match=r"3\.51\.3 or newer"):
        refuse_old_sqlite(version)


@pytest.mark.parametrize("version", ["3.51.3", "3.54.1", "3.51.3.1", "4.0.0"])
def test_a_sound_sqlite_is_taken(version: str) -> None:
    refuse_old_sqlite(version)


@pytest.mark.parametrize(("synchronous", "level"), [("full", 2), ("normal", 1)])
def test_the_pragmas_are_set_and_read_back(ledger: Path, synchronous: str, level: int) -> None:
    writer = open_writer(ledger, synchronous=synchronous, vfs="")  # type: ignore[arg-type]
    pragmas = ["journal_mode", "synchronous", "page_size", "wal_autocheckpoint", "temp_store"]
    found = [writer.execute(f"PRAGMA {name}").get for name in pragmas]
    writer.close()
    assert found == ["wal", level, 4096, 0, 2]


def test_a_pragma_that_does_not_take_is_an_error(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(ledger, "PRAGMA page_size = 8192", "CREATE TABLE taken (a)")
    with pytest.raises(StoreError, match="page_size is 8192"):
        open_writer(ledger, synchronous="full", vfs="")


def test_full_is_the_default() -> None:
    assert SqliteOptions().synchronous == "full"


@pytest.mark.parametrize(
    "change_it",
    ["PRAGMA user_version = 7", "PRAGMA application_id = 7", "CREATE TABLE theirs (a)"],
)
async def test_a_database_of_another_program_is_refused_and_left_alone(
    ledger: Path, change_it: str
) -> None:
    change(ledger, change_it)
    with pytest.raises(StoreError, match="another program"):
        await open_small(ledger)
    assert interlock_threads() == []
    change(ledger, "SELECT count(*) FROM sqlite_schema WHERE name = 'event'")


async def test_a_ledger_of_a_newer_version_is_refused(ledger: Path) -> None:
    await make_ledger(ledger)
    change(ledger, "PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="newer interlock"):
        await open_small(ledger)


async def test_a_file_that_is_no_database_is_refused(ledger: Path) -> None:
    ledger.write_bytes(b"not a database at all" * 1_000)
    with pytest.raises(StoreError, match="damaged or no ledger"):
        await open_small(ledger)
    assert interlock_threads() == []


async def test_a_refused_opener_leaves_no_thread_and_can_try_again(ledger: Path) -> None:
    owner = await open_small(ledger, address="unix:/run/hub.sock")
    with pytest.raises(LedgerInUse, match="in use by unix:"):
        await open_small(ledger)
    await owner.close()
    second = await open_small(ledger)
    await second.close()
    assert interlock_threads() == []


async def test_a_second_owner_that_comes_through_a_link_is_refused_too(
    ledger: Path, tmp_path: Path
) -> None:
    owner = await open_small(ledger)
    link = tmp_path / "link.db"
    link.symlink_to(ledger)
    with pytest.raises(LedgerInUse):
        await open_small(link)
    await owner.close()


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot keep a ledger at"):
        await open_small(tmp_path / "missing" / "ledger.db")
    assert interlock_threads() == []


def test_a_program_that_forgets_to_close_its_store_still_ends(ledger: Path) -> None:
    program = (
        "import asyncio, sys; from interlock.store.sqlite import SqliteStore\n"
        "async def main():\n"
        "    store = await SqliteStore.open(sys.argv[1])\n"
        "    grant = await store.acquire('main', owner='hub', ttl_ms=1)\n"
        "    await store.commit(grant, head=0, events=['{}'], puts=[], now_us=1)\n"
        "    print('committed')\n"
        "asyncio.run(main())"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, str(ledger)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert (ended.stdout, ended.stderr) == ("committed\n", "")


async def test_a_ledger_keeps_one_shard(ledger: Path) -> None:
    await make_ledger(ledger)
    store = await open_small(ledger)
    with pytest.raises(StoreError, match="keeps the shard"):
        await store.acquire("other", owner="hub", ttl_ms=10_000)
    with pytest.raises(StoreError, match="keeps the shard"):
        await store.read("other", after=0, limit=1)
    assert len(await store.read(SHARD, after=0, limit=1)) == 1
    await store.close()


async def test_a_store_that_was_not_opened_refuses(ledger: Path) -> None:
    store = SqliteStore(ledger, options=SqliteOptions())
    with pytest.raises(StoreError, match="not open"):
        await acquire(store)
    with pytest.raises(StoreError, match="not open"):
        await store.read(SHARD, after=0, limit=1)
    await store.close()
    assert interlock_threads() == []


async def test_a_program_that_holds_the_write_lock_is_named_as_the_cause(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "BUSY_MS", 1)
    store = await open_small(ledger)
    grant = await acquire(store)
    intruder = apsw.Connection(str(ledger))
    intruder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="another program holds SQLite's write lock"):
        await commit(store, grant, head=0)
    intruder.execute("ROLLBACK")
    intruder.close()
    assert await commit(store, grant, head=0) == 1
    await store.close()


async def test_events_that_were_broken_into_lines_from_outside_are_read_as_they_are(
    ledger: Path,
) -> None:
    await make_ledger(ledger)
    change(ledger, "UPDATE event SET body = '{' || char(10) || '}' WHERE pos = 3")
    reader = await open_reader(ledger)
    assert (await reader.read(SHARD, after=1, limit=3))[1] == Record(pos=3, body="{\n}")
    with pytest.raises(LedgerWrong) as broken:
        await check_chain(reader, SHARD)
    await reader.close()
    assert broken.value.fault.pos == 3


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE event SET body = CAST(x'22ff22' AS TEXT) WHERE pos = 3",
        "UPDATE state SET pos = 'no number'",
    ],
)
async def test_values_that_no_owner_wrote_are_refused(ledger: Path, forgery: str) -> None:
    await make_ledger(ledger)
    change(ledger, forgery)
    reader = await open_reader(ledger)

    async def read_all() -> None:
        await reader.read(SHARD, after=0, limit=9)
        await anext(reader.load(SHARD))

    with pytest.raises(StoreError, match="holds what no owner wrote"):
        await read_all()
    await reader.close()


async def test_people_can_read_tasks_and_history_with_sql(ledger: Path) -> None:
    store = await open_small(ledger)
    grant = await acquire(store)
    events = ['{"type":"TaskCreated","topic":"work"}', '{"type":"TaskClaimed"}']
    body = msgspec.Raw(b'{"title":"read"}')
    rows = [Row("task", "t1", "main", "ready", 1, 1, body), Row("agent", "a", "", "", 1, 1, body)]
    await store.commit(grant, head=0, events=events, puts=rows, now_us=1_500_000)
    await store.close()
    people = apsw.Connection(str(ledger))
    history = people.execute("SELECT pos, type, topic, at, epoch FROM history").fetchall()
    tasks = people.execute("SELECT id, queue, status, body ->> '$.title' FROM task").fetchall()
    people.close()
    assert history == [
        (1, "TaskCreated", "work", "1970-01-01T00:00:01.500Z", 1),
        (2, "TaskClaimed", None, "1970-01-01T00:00:01.500Z", 1),
    ]
    assert tasks == [("t1", "main", "ready", "read")]


async def test_a_restart_finds_open_rows_through_an_index(ledger: Path) -> None:
    await make_ledger(ledger)
    people = apsw.Connection(str(ledger))
    plan = people.execute(
        "EXPLAIN QUERY PLAN SELECT * FROM state WHERE phase = 1 AND phase > 0 ORDER BY kind, id"
    ).fetchall()
    people.close()
    assert "USING INDEX state_in_phase (phase=?)" in str(plan)
    assert "TEMP B-TREE" not in str(plan)


async def test_a_reader_follows_the_ledger_of_a_living_owner(ledger: Path) -> None:
    store = await open_small(ledger)
    grant = await acquire(store)
    await commit(store, grant, head=0, count=2)
    reader: Store = await open_reader(ledger)
    assert [record.pos for record in await reader.read(SHARD, after=0, limit=9)] == [1, 2]
    waiting = asyncio.create_task(reader.read(SHARD, after=2, limit=9, wait_s=60.0))
    await commit(store, grant, head=2)
    assert [record.pos for record in await waiting] == [3]
    assert await reader.read(SHARD, after=3, limit=9, wait_s=0.01) == []
    assert (await check_chain(reader, SHARD)).head == 3
    assert [row.id async for batch in reader.load(SHARD) for row in batch] == ["task-0", "task-2"]
    ref = await store.blob_put(b"large")
    assert await reader.blob_get(ref) == b"large"
    await reader.close()
    await store.close()


async def test_a_reader_cannot_write(ledger: Path) -> None:
    await make_ledger(ledger)
    reader = await open_reader(ledger)
    grant = Grant(shard=SHARD, owner="hub", epoch=1, head=6, now_us=0)
    attempts = [
        reader.acquire(SHARD, owner="hub", ttl_ms=10_000),
        reader.commit(grant, head=6, events=["{}"], puts=[], now_us=1),
        reader.resolve(grant, head=6),
        reader.blob_put(b""),
    ]
    for attempt in attempts:
        with pytest.raises(Fenced, match="opened for reading"):
            await attempt
    assert reader.room() == "low"
    await reader.close()


async def test_a_reader_of_nothing_is_refused(ledger: Path) -> None:
    with pytest.raises(StoreError):
        await open_reader(ledger)
    ledger.touch()
    with pytest.raises(StoreError, match="empty"):
        await open_reader(ledger)
    assert interlock_threads() == []


async def test_a_ledger_that_nobody_has_acquired_yet_is_empty_for_readers(ledger: Path) -> None:
    store = await open_small(ledger)
    reader = await open_reader(ledger)
    assert await reader.read("any shard", after=0, limit=9) == []
    await reader.close()
    await store.close()


async def test_a_closed_ledger_is_one_file(ledger: Path) -> None:
    await make_ledger(ledger)
    beside = sorted(path.name for path in ledger.parent.iterdir())
    assert beside == ["ledger.db", "ledger.db.lock"]


async def test_a_long_log_is_moved_into_the_ledger_when_there_is_time(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interlock.store.sqlite_writer.CHECKPOINT_PAGES", 1)
    monkeypatch.setattr("interlock.store.sqlite_writer.QUIET_S", 0.001)
    store = await open_small(ledger)
    grant = await acquire(store)
    before = ledger.stat().st_size
    head = await commit(store, grant, head=0, count=500)
    for _ in range(1_000):
        if ledger.stat().st_size > before:
            break
        await store.read(SHARD, after=head, limit=1, wait_s=0.01)
    assert ledger.stat().st_size > before
    await store.close()


def test_errors_of_sqlite_become_errors_of_the_contract() -> None:
    def meaning(error: apsw.Error) -> type[StoreError]:
        return type(translated(error, path="ledger.db"))

    assert meaning(apsw.FullError("")) is StoreFull
    assert meaning(apsw.IOError("")) is CommitUnknown
    assert meaning(apsw.BusyError("")) is StoreError
    assert meaning(apsw.CorruptError("")) is StoreError
    assert meaning(apsw.SQLError("")) is StoreError


async def test_reads_larger_than_one_step_are_put_together(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interlock.store.sqlite_read.EVENTS_PER_STEP", 4)
    monkeypatch.setattr("interlock.store.sqlite_read.LINKS_PER_STEP", 2)
    head = await make_ledger(ledger, commits=5)
    reader = await open_reader(ledger)
    records = await reader.read(SHARD, after=0, limit=100)
    assert [record.pos for record in records] == list(range(1, head + 1))
    assert len(await reader.read(SHARD, after=1, limit=8)) == 8
    links = await reader.links(SHARD, after=0, limit=100)
    assert [link.last for link in links] == [2, 4, 6, 8, 10]
    assert len(await reader.links(SHARD, after=0, limit=4)) == 4
    await reader.close()
