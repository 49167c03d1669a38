"""Power losses: what was acknowledged stays, and nothing is ever half there."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.life import fast_folder
from tests.crash.power_loss import lose_power_often

SEEDS = (20_261, 20_262, 20_263, 20_264)
IMAGES_PER_SEED = 550


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    folder = fast_folder(tmp_path)
    yield folder
    if folder != tmp_path:
        shutil.rmtree(folder)


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_power_loss_takes_nothing_that_was_acknowledged(folder: Path, seed: int) -> None:
    report = await lose_power_often(folder, seed=seed, images=IMAGES_PER_SEED)
    assert report.images == IMAGES_PER_SEED
    assert (report.lost, report.broken) == ([], [])


async def test_the_recorded_life_holds_checkpoints_and_restarts_of_the_log(folder: Path) -> None:
    report = await lose_power_often(folder, seed=SEEDS[0], images=1)
    assert report.checkpoints >= 5
    assert report.log_restarts >= 5


async def test_the_harness_finds_what_synchronous_normal_loses(folder: Path) -> None:
    report = await lose_power_often(folder, seed=SEEDS[0], images=200, synchronous="normal")
    assert len(report.lost) > 20
    assert report.broken == []


async def test_the_harness_finds_what_a_disk_that_only_claims_to_sync_breaks(folder: Path) -> None:
    report = await lose_power_often(folder, seed=SEEDS[0], images=200, is_lying_disk=True)
    assert len(report.lost) > 20
    assert report.broken != []
