"""A life of a ledger that is known beforehand, and the check that what is found is a moment of it."""

import json
import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from interlock.store import sqlite_writer
from interlock.store.contract import CLOSED, OPEN, Grant, Row
from interlock.store.sqlite import SqliteStore
from tests.conformance.chain import check_chain

SHARD = "main"
CHECKPOINT_PAGES = 60
"""Far fewer than in production, so that a short life holds several checkpoints and restarts of the log."""


class Moment(NamedTuple):
    """What the ledger must hold at a head."""

    events: list[str]
    rows: dict[str, Row]


class Life:
    """A fixed sequence of commits, and what the ledger holds after each."""

    def __init__(self, *, commits: int, seed: int) -> None:
        dice = random.Random(seed)
        self.batches: list[tuple[list[str], list[Row]]] = []
        self.moments = {0: Moment([], {})}
        events: list[str] = []
        rows: dict[str, Row] = {}
        for _ in range(commits):
            batch, puts = _some_work(dice, head=len(events))
            self.batches.append((batch, puts))
            events = events + batch
            rows = dict(rows)
            for row in puts:
                if bytes(row.body):
                    rows[row.id] = row
                else:
                    rows.pop(row.id, None)
            self.moments[len(events)] = Moment(events, rows)


def _some_work(dice: random.Random, *, head: int) -> tuple[list[str], list[Row]]:
    count = dice.choice((1, 1, 2, 5, 20))
    padding = "x" * dice.choice((0, 50, 300))
    events = [
        json.dumps({"type": "Happened", "n": head + n, "padding": padding}) for n in range(count)
    ]
    rows = []
    for id in sorted({f"{dice.randrange(60):02}" for _ in range(count)}):
        body = (
            b"" if dice.random() < 0.1 else json.dumps({"head": head, "padding": padding}).encode()
        )
        phase = dice.choice((OPEN, CLOSED))
        raw = msgspec.Raw(body)
        rows.append(Row("task", id, "main", "ready", head + 1, phase, raw))
    return events, rows


async def refuse_wrong_content(store: SqliteStore, grant: Grant, life: Life) -> None:
    """Raises unless the ledger holds exactly what some prefix of the commits leaves."""
    assert grant.head in life.moments, f"half a commit: the head is {grant.head}"
    expected = life.moments[grant.head]
    report = await check_chain(store, SHARD)
    assert report.head == grant.head, f"the chain ends at {report.head}"
    records = await store.read(SHARD, after=0, limit=1_000_000)
    assert [record.body for record in records] == expected.events, "the events differ"
    rows = {row.id: row async for batch in store.load(SHARD) for row in batch}
    assert rows == expected.rows, "the rows differ"


@contextmanager
def few_pages_per_checkpoint() -> Iterator[None]:
    """Moves the write-ahead log after so few pages that it happens in a short test."""
    kept = sqlite_writer.CHECKPOINT_PAGES, sqlite_writer.CHECKPOINT_PAGES_MAX
    sqlite_writer.CHECKPOINT_PAGES = CHECKPOINT_PAGES  # type: ignore[misc]
    sqlite_writer.CHECKPOINT_PAGES_MAX = CHECKPOINT_PAGES  # type: ignore[misc]
    try:
        yield
    finally:
        sqlite_writer.CHECKPOINT_PAGES, sqlite_writer.CHECKPOINT_PAGES_MAX = kept  # type: ignore[misc]


def fast_folder(fallback: Path) -> Path:
    """A folder in memory where there is one: the images need no real disk, they are the disk."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        return fallback
    folder = memory / f"interlock-{uuid.uuid4().hex}"
    folder.mkdir()
    return folder
