"""Runs one world and reports."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from interlock.hub import hub as hub_module
from tests.sim.life import live
from tests.sim.loop import SimLoop
from tests.sim.profile import PROFILES, Profile
from tests.sim.task_oracle import TaskOracle
from tests.sim.violation import Violation
from tests.sim.world import World

STEPS = 20_000


@dataclass(frozen=True)
class Report:
    """What happened in a world. `digest` is the end of its hash chain: equal for equal seeds."""

    seed: int
    profile: str
    steps: int
    events: int
    starts: int
    virtual_s: float
    digest: str
    answers: dict[str, int]


class Broken(AssertionError):
    """A world in which a promise was broken, and how to see it again."""

    def __init__(self, seed: int, profile: str, steps: int, cause: BaseException) -> None:
        self.seed = seed
        self.promise = cause.promise if isinstance(cause, Violation) else type(cause).__name__
        super().__init__(
            f"seed {seed} broke a promise: {cause}\n"
            f"to see it again: python -m tests.sim --seed {seed} --profile {profile} --steps {steps}"
        )


def run(
    seed: int,
    profile: str,
    *,
    steps: int = STEPS,
    bug: AbstractContextManager[object] | None = None,
) -> Report:
    """Lives through the world of this seed. Raises `Broken`, with the seed, when a promise was broken."""
    kind = PROFILES[profile]
    loop = SimLoop(seed)
    with _small_limits(kind), bug or nullcontext():
        world = World(loop, kind, seed)
        _choose_judges(world.oracle.tasks, kind)
        try:
            loop.run(live(world, steps))
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            raise Broken(seed, profile, steps, error) from error
    return Report(
        seed=seed,
        profile=profile,
        steps=world.steps,
        events=world.oracle.log.head,
        starts=world.starts,
        virtual_s=loop.time(),
        digest=world.disk.ledger("0").hash.hex(),
        answers=world.answers.counts,
    )


def _choose_judges(tasks: TaskOracle, kind: Profile) -> None:
    tasks.shares = {} if kind.is_fair else None


@contextmanager
def _small_limits(kind: Profile) -> Iterator[None]:
    """Limits so small that a short life meets them."""
    before = (hub_module.CLOSED_MAX, hub_module.ALARMS_PER_TICK_MAX)
    hub_module.CLOSED_MAX = kind.closed_max  # type: ignore[misc]
    hub_module.ALARMS_PER_TICK_MAX = kind.alarms_max  # type: ignore[misc]
    try:
        yield
    finally:
        hub_module.CLOSED_MAX, hub_module.ALARMS_PER_TICK_MAX = before  # type: ignore[misc]
