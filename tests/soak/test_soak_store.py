"""Power losses and kills of the owner on one ledger after the other, each with a life of its own seed."""

import os
import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.commit_kill import kill_owners, operations_of
from tests.crash.life import fast_folder
from tests.crash.power_loss import lose_power_often

MINUTES = float(os.environ.get("INTERLOCK_SOAK_MINUTES", "10"))
SHARE = 1 / 6
"""Of the whole budget, for each of the two tests: the other harnesses want theirs."""
IMAGES_PER_LIFE = 2_000
COMMITS = 40


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    folder = fast_folder(tmp_path)
    yield folder
    if folder != tmp_path:
        shutil.rmtree(folder)


def lives(folder: Path) -> Iterator[tuple[int, Path]]:
    """Seeds and empty folders, until the share of the minutes is over."""
    deadline = time.monotonic() + MINUTES * 60 * SHARE
    while time.monotonic() < deadline:
        seed = random.randrange(2**32)
        place = folder / str(seed)
        place.mkdir()
        yield seed, place
        shutil.rmtree(place)


async def test_no_power_loss_takes_what_was_acknowledged(folder: Path) -> None:
    images = 0
    for seed, place in lives(folder):
        report = await lose_power_often(place, seed=seed, images=IMAGES_PER_LIFE)
        assert (report.lost, report.broken) == ([], [])
        images += report.images
    assert images > 0


async def test_no_killed_owner_takes_what_was_acknowledged(folder: Path) -> None:
    died = 0
    for seed, place in lives(folder):
        operations = operations_of(place, seed=seed, commits=COMMITS)
        kill_at = list(range(1, operations + 1))
        how = random.Random(seed).choice(["before", "half", "after"])
        died += await kill_owners(place, seed=seed, commits=COMMITS, how=how, kill_at=kill_at)
    assert died > 0
