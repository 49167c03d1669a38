"""Full and failing disks: refused work leaves no trace, ending work goes through, nothing acknowledged is lost."""

import logging
import os
import resource
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from interlock.store import sqlite_writer
from interlock.store.contract import OPEN, CommitUnknown, Grant, Row, StoreError, StoreFull
from interlock.store.options import SqliteOptions
from interlock.store.room import reserve_path
from interlock.store.sqlite import SqliteStore
from tests.conformance.chain import check_chain
from tests.crash.faulty_vfs import FaultyVfs
from tests.crash.life import fast_folder

SHARD = "main"
MIB = 1024 * 1024
BIG_EVENT = '{"padding":"' + "x" * 60_000 + '"}'
DONE = '{"type":"TaskCompleted"}'
RESULT = b'{"result":"' + b"x" * 1_000 + b'"}'


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    folder = fast_folder(tmp_path)
    yield folder
    if folder != tmp_path:
        shutil.rmtree(folder)


@pytest.fixture
def ledger(folder: Path) -> Path:
    return folder / "ledger.db"


@pytest.fixture
def vfs(folder: Path) -> Iterator[FaultyVfs]:
    vfs = FaultyVfs(f"faulty-{uuid.uuid4().hex}", folder)
    yield vfs
    vfs.unregister()


@pytest_asyncio.fixture
async def store(ledger: Path, vfs: FaultyVfs) -> AsyncIterator[SqliteStore]:
    options = SqliteOptions(headroom_bytes=2 * MIB, vfs=vfs.name)
    store = await SqliteStore.open(ledger, options=options)
    yield store
    await store.close()


@pytest_asyncio.fixture
async def grant(store: SqliteStore) -> Grant:
    return await acquire(store)


async def acquire(store: SqliteStore) -> Grant:
    return await store.acquire(SHARD, owner="hub", ttl_ms=10_000)


async def fill(store: SqliteStore, grant: Grant) -> int:
    """Commits new work until there is no room; returns the head."""
    head = grant.head
    for _ in range(1_000):
        try:
            head = await store.commit(grant, head=head, events=[BIG_EVENT], puts=[], now_us=head)
        except StoreFull:
            return head
    raise AssertionError("the disk did not fill up")


async def end_work(store: SqliteStore, grant: Grant, head: int, *, count: int) -> int:
    """Commits small completions, which need the headroom."""
    for number in range(count):
        row = Row("task", f"{number}", "main", "done", head, OPEN, msgspec.Raw(RESULT))
        head = await store.commit(grant, head=head, events=[DONE], puts=[row], now_us=head)
    return head


async def refuse_loss(store: SqliteStore, *, head: int) -> None:
    report = await check_chain(store, SHARD)
    assert report.head == head


async def test_on_a_full_disk_completions_go_through_and_new_work_is_refused(
    store: SqliteStore, grant: Grant, vfs: FaultyVfs, ledger: Path
) -> None:
    vfs.room_bytes = vfs.used_bytes() + 3 * MIB
    head = await fill(store, grant)
    assert head > 10
    assert store.room() == "low"
    assert not reserve_path(ledger).exists()
    assert await store.read(SHARD, after=head, limit=1) == []
    head = await end_work(store, grant, head, count=300)
    await refuse_loss(store, head=head)
    vfs.room_bytes = None
    await store.close()
    after = await SqliteStore.open(ledger)
    await refuse_loss(after, head=head)
    assert after.room() == "ample"
    await after.close()


async def test_the_reserve_is_taken_again_when_there_is_room(
    store: SqliteStore, grant: Grant, vfs: FaultyVfs, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A restless thread, so that the test need not wait for the second that it rests.
    monkeypatch.setattr(sqlite_writer, "LOOK_S", 0.001)
    vfs.room_bytes = vfs.used_bytes() + MIB
    head = await fill(store, grant)
    vfs.room_bytes = None
    while store.room() == "low":
        head = await store.commit(grant, head=head, events=[DONE], puts=[], now_us=head)
        await store.read(SHARD, after=head, limit=1, wait_s=0.03)
    assert reserve_path(ledger).stat().st_size == 2 * MIB


async def test_a_ledger_at_its_own_limit_keeps_headroom_for_completions(ledger: Path) -> None:
    options = SqliteOptions(headroom_bytes=MIB, ledger_bytes_max=3 * MIB)
    store = await SqliteStore.open(ledger, options=options)
    grant = await acquire(store)
    assert store.room() == "ample"
    head = await fill(store, grant)
    assert store.room() == "low"
    head = await end_work(store, grant, head, count=150)
    await store.close()
    assert ledger.stat().st_size <= 3 * MIB

    full = await SqliteStore.open(ledger, options=options)
    assert full.room() == "low"
    grant = await acquire(full)
    head = await end_work(full, grant, head, count=1)
    while True:
        try:
            head = await end_work(full, grant, head, count=1)
        except StoreFull:
            break
    await refuse_loss(full, head=head)
    await full.close()

    larger = msgspec.structs.replace(options, ledger_bytes_max=6 * MIB)
    roomy = await SqliteStore.open(ledger, options=larger)
    assert roomy.room() == "ample"
    await end_work(roomy, await acquire(roomy), head, count=1)
    await roomy.close()


async def test_a_limit_without_room_for_work_beside_the_headroom_is_refused(ledger: Path) -> None:
    options = SqliteOptions(headroom_bytes=2 * MIB, ledger_bytes_max=2 * MIB)
    with pytest.raises(StoreError, match="ledger_bytes_max"):
        await SqliteStore.open(ledger, options=options)


@contextmanager
def files_of_at_most(size_bytes: int) -> Iterator[None]:
    """Lets the system refuse every write beyond this size, for this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_the_system_refusing_to_let_the_file_grow_is_a_full_disk(ledger: Path) -> None:
    store = await SqliteStore.open(ledger, options=SqliteOptions(headroom_bytes=0))
    grant = await acquire(store)
    head = await end_work(store, grant, 0, count=3)
    wal = ledger.with_name("ledger.db-wal")
    with files_of_at_most(os.path.getsize(wal) + 100_000):
        head = await fill(store, grant_at(grant, head))
    await refuse_loss(store, head=head)
    assert await store.resolve(grant, head=head) == "absent"
    head = await end_work(store, grant, head, count=3)
    await refuse_loss(store, head=head)
    await store.close()


def grant_at(grant: Grant, head: int) -> Grant:
    return msgspec.structs.replace(grant, head=head)


async def test_a_blob_that_finds_no_room_is_refused_as_such(ledger: Path) -> None:
    store = await SqliteStore.open(ledger, options=SqliteOptions(headroom_bytes=0))
    with files_of_at_most(100_000), pytest.raises(StoreFull):
        await store.blob_put(bytes(200_000))
    await store.blob_put(bytes(200_000))
    await store.close()


async def head_after_power_loss(ledger: Path, folder: Path) -> int:
    """The head that a successor finds if the process dies now and all that was written is on the disk."""
    folder.mkdir()
    for suffix in ("", "-wal"):
        shutil.copy(f"{ledger}{suffix}", folder / f"ledger.db{suffix}")
    store = await SqliteStore.open(folder / "ledger.db", options=SqliteOptions(headroom_bytes=0))
    head = (await acquire(store)).head
    await store.close()
    return head


async def test_after_a_failed_sync_absent_is_said_only_when_it_will_stay_true(
    store: SqliteStore, grant: Grant, vfs: FaultyVfs, ledger: Path, tmp_path: Path
) -> None:
    head = await end_work(store, grant, 0, count=3)
    vfs.is_sync_failing = True
    with pytest.raises(CommitUnknown):
        await store.commit(grant, head=head, events=[DONE], puts=[], now_us=9)
    # The commit may come to life in a crash, so while the disk fails nothing can be said of it.
    assert await head_after_power_loss(ledger, tmp_path / "before") == head + 1
    with pytest.raises(StoreError):
        await store.resolve(grant, head=head)
    vfs.is_sync_failing = False
    assert await store.resolve(grant, head=head) == "absent"
    assert await head_after_power_loss(ledger, tmp_path / "after") == head
    assert await store.commit(grant, head=head, events=[DONE], puts=[], now_us=9) == head + 1
    assert await store.resolve(grant, head=head) == "landed"


async def test_a_checkpoint_that_fails_loses_nothing_and_is_tried_again(
    store: SqliteStore,
    grant: Grant,
    vfs: FaultyVfs,
    ledger: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(sqlite_writer, "CHECKPOINT_PAGES_MAX", 1)
    before = ledger.stat().st_size
    vfs.is_ledger_write_failing = True
    with caplog.at_level(logging.WARNING):
        head = await end_work(store, grant, 0, count=30)
    assert "could not move the write-ahead log" in caplog.text
    assert ledger.stat().st_size == before
    vfs.is_ledger_write_failing = False
    head = await end_work(store, grant, head, count=30)
    await refuse_loss(store, head=head)
    assert ledger.stat().st_size > before
