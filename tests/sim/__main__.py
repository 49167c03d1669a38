"""`python -m tests.sim --seed N --profile P`: one world, or as many as there is time for."""

import argparse
import itertools
import sys
import time

from tests.sim.profile import PROFILES
from tests.sim.run import STEPS, Broken, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.sim", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--profile", choices=[*PROFILES, "all"], default="all")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--worlds", type=int, default=1, help="how many seeds, from --seed on")
    parser.add_argument("--bug", default="", help="plant this bug")
    chosen = parser.parse_args()
    profiles = list(PROFILES) if chosen.profile == "all" else [chosen.profile]
    failures = 0
    for seed, name in itertools.product(range(chosen.seed, chosen.seed + chosen.worlds), profiles):
        start_s = time.process_time()
        bug = None
        if chosen.bug:
            from tests.sim.bugs import BUGS

            bug = BUGS[chosen.bug].plant()
        try:
            report = run(seed, name, steps=chosen.steps, bug=bug)
        except Broken as broken:
            failures += 1
            sys.stdout.write(f"{broken}\n")
            if chosen.worlds == 1 and chosen.profile != "all":
                raise
        else:
            taken_s = time.process_time() - start_s
            sys.stdout.write(
                f"{name:8} seed {seed}: {report.steps} steps, {report.events} events, {report.starts} hubs, "
                f"{report.virtual_s:.0f} virtual s, {report.steps / taken_s:.0f} steps/s, {report.digest[:12]}\n"
            )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
