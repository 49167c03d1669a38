"""A fleet whose processes are killed hundreds of times, the owner of its ledger among them."""

import random
from pathlib import Path

import pytest

from tests.crash.storm import Budget, StormFailed, storm_in_own_process

pytestmark = [pytest.mark.no_cover, pytest.mark.timeout(300)]


def test_three_hundred_sigkills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    budget = Budget(seed=random.randrange(2**32))
    outcome = storm_in_own_process(budget, tmp_path)
    findings = outcome.findings
    assert findings.faults == [], outcome
    assert findings.holds, outcome
    assert outcome.kills["owner"] >= 60
    assert outcome.kills["all"] >= 300
    assert findings.tasks == findings.completed > 0
    assert findings.messages == findings.tasks
    assert findings.promises > findings.tasks
    # The storm did reach the places where things go wrong.
    assert findings.leases_expired > 0
    assert outcome.freezes > 0


def test_an_owner_that_answers_before_the_commit_is_found_out(tmp_path: Path) -> None:
    budget = Budget(
        seed=random.randrange(2**32), canary="reply_before_commit", owner_kills=10, fleet_kills=10
    )
    try:
        faults = storm_in_own_process(budget, tmp_path).findings.faults
    except StormFailed as failure:
        # Somebody asked for a task that he was promised, and that the next owner has never heard of.
        faults = [text for text in str(failure).splitlines() if "there is no task" in text]
    assert faults != [], f"seed {budget.seed}"
