"""Owners killed at every operation of their commits, and what their successors find.

`kill_owners` is the harness; the tests run it on every operation of a short life, the soak on many lives.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from interlock.store.options import SqliteOptions
from interlock.store.sqlite import SqliteStore
from tests.crash.life import SHARD, Life, refuse_wrong_content

PROGRAM = "tests.crash.killed_owner"
SECONDS_MAX = 300


def operations_of(folder: Path, *, seed: int, commits: int) -> int:
    """How many operations on files the life takes when nobody kills it."""
    return int(_run([_case(folder / "unhurt", seed=seed, commits=commits)])[0]["operations"])


async def kill_owners(
    folder: Path, *, seed: int, commits: int, how: str, kill_at: list[int], bug: str = ""
) -> int:
    """Kills one owner at each of the operations, `how` = before, half or after; returns how many died.

    Raises `AssertionError` when a successor misses an acknowledged commit or finds half of one.
    """
    life = Life(commits=commits, seed=seed)
    cases = [
        _case(
            folder / f"{how}-{number}", seed=seed, commits=commits, kill_at=number, how=how, bug=bug
        )
        for number in kill_at
    ]
    endings = _run(cases)
    assert len(endings) == len(cases), "the program of the owners failed"
    for case, ending in zip(cases, endings, strict=True):
        where = f"seed {seed}, killed {how} operation {case['kill_at']}"
        try:
            await _succeed(life, Path(case["folder"]), acknowledged=ending["acknowledged"])
        except AssertionError as error:
            raise AssertionError(f"{where}: {error}") from error
        shutil.rmtree(case["folder"])
    return sum(ending["signal"] == signal.SIGKILL for ending in endings)


async def _succeed(life: Life, folder: Path, *, acknowledged: int) -> None:
    store = await SqliteStore.open(folder / "ledger.db", options=SqliteOptions(headroom_bytes=0))
    try:
        grant = await store.acquire(SHARD, owner="hub", ttl_ms=10_000)
        await refuse_wrong_content(store, grant, life)
        heads = sorted(life.moments)
        in_flight = heads[min(heads.index(acknowledged) + 1, len(heads) - 1)]
        assert grant.head in (acknowledged, in_flight), f"{acknowledged} became {grant.head}"
        after = await store.commit(grant, head=grant.head, events=["{}"], puts=[], now_us=1)
        assert after == grant.head + 1, "the ledger does not go on"
    finally:
        await store.close()


def _case(
    folder: Path,
    *,
    seed: int,
    commits: int,
    kill_at: int = 0,
    how: str = "before",
    bug: str = "",
) -> dict[str, Any]:
    folder.mkdir()
    return {
        "folder": str(folder),
        "seed": seed,
        "commits": commits,
        "kill_at": kill_at,
        "how": how,
        "bug": bug,
    }


def _run(cases: list[dict[str, Any]]) -> list[dict[str, int]]:
    program = subprocess.run(
        [sys.executable, "-m", PROGRAM],
        input="".join(json.dumps(case) + "\n" for case in cases),
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        cwd=Path(__file__).parents[2],
        text=True,
        check=True,
        timeout=SECONDS_MAX,
    )
    return [json.loads(line) for line in program.stdout.splitlines()]
