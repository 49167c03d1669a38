"""Small ledgers on disk for the tests of what works on files."""

from pathlib import Path

import apsw
import msgspec

from interlock.store.contract import OPEN, Grant, Row
from interlock.store.options import SqliteOptions
from interlock.store.sqlite import SqliteStore

SHARD = "main"
SMALL = SqliteOptions(headroom_bytes=0)


async def open_small(path: Path, *, address: str = "") -> SqliteStore:
    return await SqliteStore.open(path, address=address, options=SMALL)


async def acquire(store: SqliteStore) -> Grant:
    return await store.acquire(SHARD, owner="hub", ttl_ms=10_000)


async def commit(store: SqliteStore, grant: Grant, *, head: int, count: int = 1) -> int:
    events = [f'{{"type":"Happened","n":{head + number}}}' for number in range(1, count + 1)]
    body = msgspec.Raw(b'{"title":"read"}')
    row = Row("task", f"task-{head}", "main", "ready", head + 1, OPEN, body)
    return await store.commit(grant, head=head, events=events, puts=[row], now_us=head)


async def make_ledger(path: Path, *, commits: int = 3) -> int:
    """A closed ledger; returns its head."""
    store = await open_small(path)
    grant = await acquire(store)
    head = grant.head
    for _ in range(commits):
        head = await commit(store, grant, head=head, count=2)
    await store.close()
    return head


def garble_pages(path: Path) -> None:
    """Damage that SQLite stumbles over when it reads the table."""
    content = bytearray(path.read_bytes())
    content[4096 * 4 : 4096 * 12] = b"\x55" * (4096 * 8)
    path.write_bytes(content)


def break_rule(path: Path) -> None:
    """Damage that only a check of all rows finds: one has no value where there must be one."""
    intruder = apsw.Connection(str(path))
    for statement in (
        "UPDATE meta SET value = NULL",
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = replace(sql, 'value)', 'value NOT NULL)') WHERE name = 'meta'",
    ):
        intruder.execute(statement).fetchall()
    intruder.close()
