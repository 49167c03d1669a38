"""Storms of SIGKILLs, one after the other, each with a seed of its own and on a fresh ledger."""

import os
import random
import shutil
import time
from pathlib import Path

from tests.crash.storm import Budget, storm_in_own_process

MINUTES = float(os.environ.get("INTERLOCK_SOAK_MINUTES", "10"))
SHARE = 1 / 3
"""Of the whole budget: the other harnesses want theirs."""


def test_a_fleet_survives_storm_after_storm(tmp_path: Path) -> None:
    deadline = time.monotonic() + MINUTES * 60 * SHARE
    kills = 0
    while time.monotonic() < deadline:
        budget = Budget(seed=random.randrange(2**32))
        folder = tmp_path / str(budget.seed)
        folder.mkdir()
        outcome = storm_in_own_process(budget, folder)
        assert outcome.findings.faults == [], outcome
        assert outcome.findings.holds, outcome
        kills += outcome.kills["all"]
        shutil.rmtree(folder)
    assert kills > 0
