"""The simulator for as long as there is time, each run with worlds that nobody has seen before."""

import itertools
import os
import random
import time

from tests.sim.profile import PROFILES
from tests.sim.run import run

SHARE = 1 / 3
"""Of the whole budget: the other harnesses want theirs."""

STEPS = 60_000


def test_no_promise_is_broken_in_fresh_worlds() -> None:
    minutes = float(os.environ["INTERLOCK_SOAK_MINUTES"])
    until_s = time.monotonic() + minutes * 60 * SHARE
    first_seed = random.SystemRandom().randrange(10**9, 10**12)
    steps = 0
    worlds = ((seed, profile) for seed in itertools.count(first_seed) for profile in PROFILES)
    for seed, profile in worlds:
        if time.monotonic() > until_s and steps:
            break
        steps += run(seed, profile, steps=STEPS).steps
    assert steps >= STEPS
