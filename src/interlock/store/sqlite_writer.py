"""The one connection that writes a ledger. All of it runs in one thread.

A commit is one SQL statement, and so one transaction: SQLite then asks for Python's interpreter lock once
per commit, not once per statement, and a busy event loop cannot hold a half-done transaction up.
"""

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

import apsw
import msgspec

from interlock.store.bell import Bell
from interlock.store.connection import PAGE_BYTES, open_writer, sqlite_errors, translated
from interlock.store.contract import (
    GENESIS_HASH,
    CommitUnknown,
    Fenced,
    Grant,
    Link,
    Row,
    StoreError,
    StoreFull,
    bodies_digest,
    link_hash,
)
from interlock.store.migration import migrate
from interlock.store.options import SqliteOptions
from interlock.store.room import LOOK_S, DiskReserve, PageBudget

log = logging.getLogger(__name__)

CHECKPOINT_PAGES: Final = 1_000
"""So many pages in the write-ahead log are moved to the ledger as soon as the thread has time."""

CHECKPOINT_PAGES_MAX: Final = 2_000
"""So many are moved even if commits wait: the log must not grow for ever under steady load.

Measured: at 1,000 the stalls are a little shorter, but twice as many, and cost a fifth of the throughput.
"""

QUIET_S: Final = 0.02
"""Without a commit for so long, the thread has time for a checkpoint."""

# Where the parts of a commit come in; triggers put each where it belongs. Both live in this connection only.
_INCOMING: Final = """
CREATE TEMP VIEW incoming (part, pos, value, epoch, at_us, hash, last) AS SELECT 0, 0, 0, 0, 0, 0, 0;

CREATE TEMP TRIGGER incoming_link INSTEAD OF INSERT ON incoming WHEN new.part = 0 BEGIN
    SELECT raise(ABORT, 'fenced')
    WHERE (SELECT epoch FROM owner) IS NOT new.epoch
       OR coalesce((SELECT max(last) FROM link), 0) IS NOT new.pos;
    INSERT INTO link (last, first, epoch, at_us, hash)
    VALUES (new.last, new.pos + 1, new.epoch, new.at_us, new.hash);
END;

CREATE TEMP TRIGGER incoming_event INSTEAD OF INSERT ON incoming WHEN new.part = 1 BEGIN
    INSERT INTO event (pos, body) VALUES (new.pos, new.value);
END;

CREATE TEMP TRIGGER incoming_row INSTEAD OF INSERT ON incoming WHEN new.part = 2 BEGIN
    INSERT OR REPLACE INTO state (kind, id, queue, status, pos, phase, body)
    VALUES (
        new.value ->> 0, new.value ->> 1, new.value ->> 2, new.value ->> 3,
        new.value ->> 4, new.value ->> 5, new.value ->> 6
    );
END;

CREATE TEMP TRIGGER incoming_deletion INSTEAD OF INSERT ON incoming WHEN new.part = 3 BEGIN
    DELETE FROM state WHERE kind = new.value ->> 0 AND id = new.value ->> 1;
END;
"""

_COMMIT: Final = """
INSERT INTO incoming
SELECT 0, :head, NULL, :epoch, :at_us, :hash, :last
UNION ALL SELECT 1, :head + rowid, value, 0, 0, 0, 0 FROM carray(:events)
"""
_ROWS: Final = "UNION ALL SELECT 2, 0, value, 0, 0, 0, 0 FROM carray(:rows)\n"
_DELETIONS: Final = "UNION ALL SELECT 3, 0, value, 0, 0, 0, 0 FROM carray(:deletions)\n"


class Batch:
    """What one commit writes, packed and hashed before it reaches the writing thread."""

    __slots__ = ("at_us", "deletions", "digest", "events", "grant", "head", "rows")

    def __init__(
        self,
        grant: Grant,
        *,
        head: int,
        events: Sequence[str],
        puts: Sequence[Row],
        now_us: int,
    ) -> None:
        if not events:
            raise StoreError(
                "refused a commit without events: rows change only together with an event"
            )
        self.grant = grant
        self.head = head
        self.at_us = now_us
        self.events = tuple(events)
        self.digest = bodies_digest(self.events)
        kept = [row for row in puts if bytes(row.body)]
        self.rows = tuple([_packed(row) for row in kept])
        gone = [row for row in puts if not bytes(row.body)] if len(kept) < len(puts) else []
        self.deletions = tuple([msgspec.json.encode((row.kind, row.id)).decode() for row in gone])

    @property
    def last(self) -> int:
        """The head after this commit."""
        return self.head + len(self.events)


def _packed(row: Row) -> str:
    # The body goes in as a text inside the text: SQLite would write JSON of its own again, without its spaces.
    fields = (row.kind, row.id, row.queue, row.status, row.pos, row.phase, str(row.body, "utf-8"))
    return msgspec.json.encode(fields).decode()


class Writer:
    """Owns the writing connection. Every method blocks and belongs to the writing thread."""

    def __init__(
        self,
        path: Path,
        *,
        address: str,
        bell: Bell,
        reserve: DiskReserve,
        options: SqliteOptions,
    ) -> None:
        self._path = path
        self._address = address
        self._bell = bell
        self._reserve = reserve
        self._connection = open_writer(path, synchronous=options.synchronous, vfs=options.vfs)
        self._budget: PageBudget | None = None
        self._owner = ""
        self._epoch = 0
        self._tip: Link | None = None
        self._is_settled = True
        self._pages_at_checkpoint = 0
        self._headroom_pages = options.headroom_bytes // PAGE_BYTES
        try:
            self._prepare(options)
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self, options: SqliteOptions) -> None:
        with sqlite_errors(self._path):
            migrate(self._connection)
            self._connection.execute(_INCOMING)
            if options.ledger_bytes_max:
                self._budget = PageBudget(
                    self._connection,
                    ledger_bytes_max=options.ledger_bytes_max,
                    headroom_bytes=options.headroom_bytes,
                )
            self._read_tip()

    @property
    def is_low(self) -> bool:
        """Whether the ledger's own limit leaves only the headroom."""
        return self._budget is not None and self._budget.is_low

    def acquire(self, shard: str, *, owner: str) -> Grant:
        """A new epoch for a new owner, durable before it is told."""
        with sqlite_errors(self._path):
            kept: Any = self._connection.execute("SELECT shard, epoch FROM owner").get
            kept_shard, epoch = kept or (shard, 0)
            if kept_shard != shard:
                raise StoreError(f"{self._path} keeps the shard {kept_shard!r}, not {shard!r}")
            if owner != self._owner or epoch != self._epoch:
                epoch += 1
                self._connection.execute(
                    "INSERT OR REPLACE INTO owner (shard, name, epoch, address, pid) VALUES (?, ?, ?, ?, ?)",
                    (shard, owner, epoch, self._address, os.getpid()),
                )
                self._owner, self._epoch = owner, epoch
            self._read_tip()
        now_us = self._tip.at_us if self._tip else 0
        return Grant(shard=shard, owner=owner, epoch=epoch, head=self._head, now_us=now_us)

    def commit(self, batch: Batch) -> int:
        """See `Store.commit`."""
        if batch.head != self._head or batch.grant.epoch != self._epoch:
            return self._answer_again(batch)
        link = self._link_of(batch, previous=self._tip.hash if self._tip else GENESIS_HASH)
        try:
            self._write(batch, link)
        except apsw.ConstraintError as error:
            self._read_tip()
            raise Fenced(f"another owner has taken {self._path}: {error}") from error
        except apsw.Error as error:
            raise self._failed(error) from error
        self._tip = link
        self._is_settled = True
        self._bell.ring()
        return link.last

    def _write(self, batch: Batch, link: Link) -> None:
        sql = _COMMIT
        bindings: dict[str, object] = {
            "head": batch.head,
            "epoch": link.epoch,
            "at_us": link.at_us,
            "hash": link.hash,
            "last": link.last,
            "events": apsw.carray(batch.events),
        }
        if batch.rows:
            sql += _ROWS
            bindings["rows"] = apsw.carray(batch.rows)
        if batch.deletions:
            sql += _DELETIONS
            bindings["deletions"] = apsw.carray(batch.deletions)
        self._connection.execute(sql, bindings)

    def _link_of(self, batch: Batch, *, previous: bytes) -> Link:
        epoch, first, last, at_us = batch.grant.epoch, batch.head + 1, batch.last, batch.at_us
        chained = link_hash(
            previous, epoch=epoch, first=first, last=last, at_us=at_us, digest=batch.digest
        )
        return Link(first=first, last=last, epoch=epoch, at_us=at_us, hash=chained)

    def _answer_again(self, batch: Batch) -> int:
        """The first answer for a commit that was sent before; `Fenced` for any other."""
        landed = self._link_behind(batch.head, epoch=batch.grant.epoch)
        if landed is not None and landed.last == batch.last:
            batch.at_us = landed.at_us
            if self._link_of(batch, previous=self._hash_at(batch.head)) == landed:
                return landed.last
        raise Fenced(
            f"epoch {batch.grant.epoch} cannot commit behind {batch.head}: {self._path} is at epoch "
            f"{self._epoch}, position {self._head}"
        )

    def _failed(self, error: apsw.Error) -> StoreError:
        # A statement that fails on its own, outside BEGIN, has taken its transaction back already.
        assert not self._connection.in_transaction
        failure = translated(error, path=self._path, system_errno=self._connection.system_errno)
        if isinstance(failure, CommitUnknown):
            self._is_settled = False
        if isinstance(failure, StoreFull):
            self._make_room()
        return failure

    def _make_room(self) -> None:
        self._reserve.spend()
        if self._budget is not None:
            self._budget.spend()

    def resolve(self, grant: Grant, *, head: int) -> Literal["landed", "absent"]:
        """See `Store.resolve`."""
        with sqlite_errors(self._path):
            self._settle()
            self._read_tip()
            return "absent" if self._link_behind(head, epoch=grant.epoch) is None else "landed"

    def _settle(self) -> None:
        # After a failed sync the frames of a refused commit may lie in the write-ahead log, complete: a crash
        # now would bring them to life. A later commit overwrites them, so make one before "absent" is said.
        if not self._is_settled:
            self._connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'settled'")
            self._is_settled = True

    def tidy(self, is_busy: bool) -> float | None:
        """The thread's own work after a commit, or when none came for a while."""
        pages = self._pages_written - self._pages_at_checkpoint
        if pages >= self._pages_due(is_busy):
            self._checkpoint()
        if is_busy:
            return QUIET_S
        self._reserve.hold()
        return LOOK_S if self._reserve.is_spent else None

    def _pages_due(self, is_busy: bool) -> int:
        pages = CHECKPOINT_PAGES_MAX if is_busy else CHECKPOINT_PAGES
        if self._headroom_pages == 0:
            return pages
        # The ledger must be able to take in the whole log from the headroom, and then again and again.
        is_low = self.is_low or self._reserve.is_spent
        return min(pages, self._headroom_pages // (16 if is_low else 2))

    def _checkpoint(self) -> None:
        # Does not wait for readers. A failure loses nothing: it is tried again after as many pages.
        self._pages_at_checkpoint = self._pages_written
        try:
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except apsw.Error as error:
            log.warning("could not move the write-ahead log into %s: %s", self._path, error)

    def close(self) -> None:
        """Closes the connection; the last one to close folds the write-ahead log into the ledger."""
        self._connection.close()

    @property
    def _head(self) -> int:
        return self._tip.last if self._tip else 0

    @property
    def _pages_written(self) -> int:
        return self._connection.status(apsw.SQLITE_DBSTATUS_CACHE_WRITE)[0]

    def _read_tip(self) -> None:
        self._tip = self._link("ORDER BY last DESC LIMIT 1")

    def _link_behind(self, head: int, *, epoch: int) -> Link | None:
        return self._link("WHERE first = ? AND epoch = ?", (head + 1, epoch))

    def _hash_at(self, head: int) -> bytes:
        link = self._link("WHERE last = ?", (head,))
        return link.hash if link else GENESIS_HASH

    def _link(self, clause: str, bindings: tuple[int, ...] = ()) -> Link | None:
        columns = "first, last, epoch, at_us, hash"
        found: Any = self._connection.execute(f"SELECT {columns} FROM link {clause}", bindings).get
        return Link(*found) if found else None
