"""Every planted bug is found, by the promise that it breaks; without it, the same world is whole."""

from functools import cache

import pytest

from tests.sim.bugs import BUGS
from tests.sim.bugs.bug import Bug
from tests.sim.run import Broken, run

BUGS_MIN = 22

pytestmark = pytest.mark.no_cover


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_a_planted_bug_is_found_by_the_promise_that_it_breaks(bug: Bug) -> None:
    found = _first_found(bug)
    assert found is not None, f"{bug.name} lives through the seeds {bug.seeds} of {bug.profile}"
    assert found.promise in bug.promises, f"{bug.name} was met by accident: {found}"
    _is_whole_without_it(found.seed, bug.profile, bug.steps)


def test_there_are_at_least_22_planted_bugs() -> None:
    assert len(BUGS) >= BUGS_MIN


def _first_found(bug: Bug) -> Broken | None:
    for seed in bug.seeds:
        try:
            run(seed, bug.profile, steps=bug.steps, bug=bug.plant())
        except Broken as broken:
            return broken
    return None


@cache
def _is_whole_without_it(seed: int, profile: str, steps: int) -> None:
    run(seed, profile, steps=steps)
