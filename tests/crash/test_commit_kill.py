"""SIGKILL at every operation of a commit: the successor finds all that was acknowledged, and nothing by halves."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.commit_kill import kill_owners, operations_of
from tests.crash.life import fast_folder

SEED = 7
COMMITS = 12


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    folder = fast_folder(tmp_path)
    yield folder
    if folder != tmp_path:
        shutil.rmtree(folder)


@pytest.mark.parametrize("how", ["before", "half", "after"])
async def test_an_owner_killed_at_any_operation_loses_nothing_acknowledged(
    folder: Path, how: str
) -> None:
    operations = operations_of(folder, seed=SEED, commits=COMMITS)
    kill_at = list(range(1, operations + 1))
    died = await kill_owners(folder, seed=SEED, commits=COMMITS, how=how, kill_at=kill_at)
    # Only a write can be cut in half.
    assert died == operations if how != "half" else died > operations // 2
    assert died > 150


@pytest.mark.parametrize("bug", ["acknowledge before the commit", "rows in a second transaction"])
async def test_the_harness_finds_planted_bugs(folder: Path, bug: str) -> None:
    operations = operations_of(folder, seed=SEED, commits=COMMITS)
    kill_at = list(range(operations // 2, operations, 3))
    with pytest.raises(AssertionError, match=f"seed {SEED}, killed before operation"):
        await kill_owners(
            folder, seed=SEED, commits=COMMITS, how="before", kill_at=kill_at, bug=bug
        )
