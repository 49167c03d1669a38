"""Whole lives of seeded worlds: no promise is broken in at least 800,000 steps."""

from collections.abc import Callable

import pytest

from tests.sim.profile import PROFILES
from tests.sim.run import run

STEPS_MIN = 800_000
STEPS = 6_200
"""Of one world: long enough for many restarts. A restart loads what has come together until then, so that many
short worlds cost less than few long ones."""

SEEDS = range(1, 13)
WORLDS = [(profile, seed) for seed in SEEDS for profile in PROFILES]

pytestmark = pytest.mark.no_cover


@pytest.mark.parametrize(("profile", "seed"), WORLDS)
def test_no_promise_is_broken_and_everything_comes_to_its_end(
    profile: str, seed: int, record_property: Callable[[str, object], None]
) -> None:
    report = run(seed, profile, steps=STEPS)
    record_property("simulated steps", report.steps)
    assert report.steps >= STEPS
    assert report.starts > 1, "a world in which no hub ever crashed shows little"


def test_the_worlds_together_make_at_least_800_000_steps() -> None:
    assert len(WORLDS) * STEPS >= STEPS_MIN


def test_the_same_seed_is_the_same_world_to_the_last_bit() -> None:
    first, again = (run(7, "mixed", steps=2_000) for _ in range(2))
    assert first == again


def test_another_seed_is_another_world() -> None:
    assert run(8, "mixed", steps=500).digest != run(9, "mixed", steps=500).digest
