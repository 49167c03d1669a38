"""A backup is a whole ledger of one moment, or there is none."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from interlock.store.backup import backup_ledger
from interlock.store.contract import StoreError
from tests.conformance.chain import check_chain
from tests.unit.store.ledgers import (
    SHARD,
    acquire,
    break_rule,
    commit,
    garble_pages,
    make_ledger,
    open_small,
)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere" / "copy.db"


async def test_a_backup_taken_while_the_owner_writes_is_a_ledger_of_one_moment(
    ledger: Path, target: Path
) -> None:
    target.parent.mkdir()
    store = await open_small(ledger)
    grant = await acquire(store)
    ref = await store.blob_put(b"large")
    head = await commit(store, grant, head=0, count=2_000)
    copying = asyncio.create_task(asyncio.to_thread(backup_ledger, ledger, target))
    while not copying.done():
        head = await commit(store, grant, head=head)
    report = await copying
    await store.close()
    assert 2_000 <= report.head <= head
    assert report.blobs == 1
    assert report.ledger_bytes == target.stat().st_size
    assert sorted(path.name for path in target.parent.iterdir()) == ["copy.db", "copy.db.blobs"]

    copy = await open_small(target)
    assert (await check_chain(copy, SHARD)).head == report.head
    assert await copy.blob_get(ref) == b"large"
    assert (await acquire(copy)).epoch == grant.epoch + 1
    await copy.close()


async def test_a_backup_overwrites_nothing(ledger: Path, target: Path) -> None:
    await make_ledger(ledger)
    target.parent.mkdir()
    target.write_text("precious")
    with pytest.raises(StoreError, match="overwrites nothing"):
        backup_ledger(ledger, target)
    assert target.read_text() == "precious"


@pytest.mark.parametrize("damage", [garble_pages, break_rule])
async def test_a_damaged_ledger_gives_no_backup(
    ledger: Path, target: Path, damage: Callable[[Path], None]
) -> None:
    await make_ledger(ledger, commits=200)
    damage(ledger)
    target.parent.mkdir()
    with pytest.raises(StoreError, match="damaged"):
        backup_ledger(ledger, target)
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("content", [None, b"", b"no database" * 1_000])
async def test_what_is_no_ledger_gives_no_backup(
    ledger: Path, target: Path, content: bytes | None
) -> None:
    target.parent.mkdir()
    if content is not None:
        ledger.write_bytes(content)
    with pytest.raises(StoreError):
        backup_ledger(ledger, target)
    assert list(target.parent.iterdir()) == []


async def test_a_database_of_another_program_gives_no_backup(ledger: Path, target: Path) -> None:
    target.parent.mkdir()
    theirs = apsw.Connection(str(ledger))
    theirs.execute("CREATE TABLE theirs (a)")
    theirs.close()
    with pytest.raises(StoreError, match="another program"):
        backup_ledger(str(ledger), str(target))
