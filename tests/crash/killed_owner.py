"""The program of the kill tests: owners that end themselves with SIGKILL at a chosen operation on their files.

Read from standard input, one JSON line per owner: {"folder", "seed", "commits", "kill_at", "how", "bug"}. Each is a
forked process of its own; one JSON line tells how it ended: {"acknowledged", "operations", "signal"}. The `bug` is
planted to see whether the harness finds it.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import apsw

from interlock.store.contract import Link
from interlock.store.options import SqliteOptions
from interlock.store.sqlite import SqliteStore
from interlock.store.sqlite_writer import Batch, Writer
from tests.crash.life import SHARD, Life, few_pages_per_checkpoint


class _KillingVfs(apsw.VFS):
    """Counts writes, truncations, syncs and deletions; at `kill_at` the process dies before, in or after one."""

    def __init__(self, *, kill_at: int, how: str) -> None:
        super().__init__("killing", "")
        self.operations = 0
        self._kill_at = kill_at
        self._how = how

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite calls it so
        return _KillingFile(name, flags, self)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 - SQLite calls it so
        self.die("before")
        super().xDelete(filename, syncdir)
        self.die("after")

    def die(self, how: str) -> bool:
        """Kills when it is time. True says that this write should be cut in half."""
        if how == "before":
            self.operations += 1
        if self.operations != self._kill_at:
            return False
        if how == self._how:
            os.kill(os.getpid(), signal.SIGKILL)
        return self._how == "half"


class _KillingFile(apsw.VFSFile):
    def __init__(self, name: Any, flags: list[int], vfs: _KillingVfs) -> None:
        super().__init__("", name, flags)
        self._vfs = vfs

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite calls it so
        if self._vfs.die("before"):
            super().xWrite(data[: len(data) // 2], offset)
            self._vfs.die("half")
        super().xWrite(data, offset)
        self._vfs.die("after")

    def xTruncate(self, size: int) -> None:  # noqa: N802 - SQLite calls it so
        self._vfs.die("before")
        super().xTruncate(size)
        self._vfs.die("after")

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite calls it so
        self._vfs.die("before")
        super().xSync(flags)
        self._vfs.die("after")


async def _own(case: dict[str, Any], out: int) -> None:
    life = Life(commits=case["commits"], seed=case["seed"])
    if case["bug"] == "rows in a second transaction":
        Writer._write = _write_in_two_transactions  # type: ignore[method-assign]
    vfs = _KillingVfs(kill_at=case["kill_at"], how=case["how"])
    options = SqliteOptions(headroom_bytes=0, vfs="killing")
    store = await SqliteStore.open(Path(case["folder"]) / "ledger.db", options=options)
    grant = await store.acquire(SHARD, owner="hub", ttl_ms=10_000)
    head = grant.head
    for events, rows in life.batches:
        if case["bug"] == "acknowledge before the commit":
            os.write(out, b"acknowledged %d\n" % (head + len(events)))
        head = await store.commit(grant, head=head, events=events, puts=rows, now_us=head)
        os.write(out, b"acknowledged %d\n" % head)
    await store.close()
    os.write(out, b"operations %d\n" % vfs.operations)


def _write_in_two_transactions(self: Writer, batch: Batch, link: Link) -> None:
    rows, batch.rows = batch.rows, ()
    write_commit(self, batch, link)
    for row in rows:
        self._connection.execute("INSERT INTO incoming SELECT 2, 0, ?, 0, 0, 0, 0", (row,))


write_commit = Writer._write


def _run(case: dict[str, Any]) -> dict[str, int]:
    """Forks one owner and tells how it ended."""
    told, out = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(told)
        with few_pages_per_checkpoint():
            asyncio.run(_own(case, out))
        os._exit(0)
    os.close(out)
    ending = {"acknowledged": 0, "operations": 0}
    with os.fdopen(told) as lines:
        for line in lines:
            name, number = line.split()
            ending[name] = int(number)
    _, status = os.waitpid(process, 0)
    return ending | {"signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0}


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_run(json.loads(line))) + "\n")
