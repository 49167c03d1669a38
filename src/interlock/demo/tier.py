"""Service tiers: a capability is a ladder of ways to answer, best first, and a way that fails falls to the next.

A ladder is `critical` (when every tier fails the run must know: `TiersExhausted`) or `best_effort` (the answer
is then "none", and the run goes on without it).
"""

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeVar

import msgspec

from interlock import InterlockError

T = TypeVar("T")

Criticality = Literal["critical", "best_effort"]

NO_TIER: Final = "none"

# A failure is kept for people to read; a parser's message may quote the whole document.
FAILURE_CHARS_MAX: Final = 200

# Addresses in memory differ from run to run, results may not.
_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]+")


@dataclass(frozen=True)
class Tier(Generic[T]):
    """One way to answer.

    `seconds_max` bounds the wait for ways that may hang (a remote model): the function then runs on a thread of
    its own, and a late answer is dropped. `None` runs it in place, which is right for bounded local work.
    """

    name: str
    function: Callable[[], T]
    seconds_max: float | None = None


class TierFailure(msgspec.Struct, frozen=True):
    tier: str
    error: str


class TierAnswer(msgspec.Struct, Generic[T], frozen=True):
    """`tier` made `value`; `failures` lists, in order, the better tiers that could not.

    `tier` is "none" and `value` is None when a best-effort ladder had no tier left.
    """

    value: T | None
    tier: str
    failures: tuple[TierFailure, ...] = ()

    @property
    def answered(self) -> T:
        """The value of a critical ladder, which is there whenever the ladder returned at all."""
        assert self.value is not None, "a best-effort answer was used as if it were certain"
        return self.value


class TiersExhausted(InterlockError):
    """No tier of a critical capability could answer; `failures` says why, tier by tier."""

    def __init__(self, capability: str, *, failures: tuple[TierFailure, ...]) -> None:
        causes = "; ".join(f"{failure.tier}: {failure.error}" for failure in failures)
        super().__init__(f"no tier of {capability!r} could answer: {causes or 'none configured'}")
        self.capability = capability
        self.failures = failures


class TierExceeded(InterlockError):
    """A tier gave no answer within its `seconds_max`."""


def run_tiers(
    tiers: Sequence[Tier[T]],
    *,
    capability: str,
    criticality: Criticality,
    passes: tuple[type[Exception], ...] = (),
) -> TierAnswer[T]:
    """Answers with the first tier that does not raise.

    Errors of the classes in `passes` are a verdict and not a failure: they leave at once, no lower tier is asked.
    Raises `TiersExhausted` when a critical ladder has no tier left.
    """
    failures: list[TierFailure] = []
    for tier in tiers:
        try:
            return TierAnswer(value=_ask(tier), tier=tier.name, failures=tuple(failures))
        except passes:
            raise
        # A tier wraps foreign code (parsers, models) whose errors have no common root: any of them means
        # "not by this tier", and the failure is kept in the answer.
        except Exception as error:  # noqa: BLE001
            failures.append(TierFailure(tier=tier.name, error=_told(error)))
    if criticality == "critical":
        raise TiersExhausted(capability, failures=tuple(failures))
    return TierAnswer(value=None, tier=NO_TIER, failures=tuple(failures))


def _ask(tier: Tier[T]) -> T:
    if tier.seconds_max is None:
        return tier.function()
    answers: list[T] = []
    errors: list[Exception] = []

    def work() -> None:
        try:
            answers.append(tier.function())
        # Carried over to the caller's thread, where the ladder decides.
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    thread = threading.Thread(target=work, name=f"tier-{tier.name}", daemon=True)
    thread.start()
    thread.join(tier.seconds_max)
    if errors:
        raise errors[0]
    if not answers:
        raise TierExceeded(f"no answer within {tier.seconds_max} s")
    return answers[0]


def _told(error: Exception) -> str:
    told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    told = _ADDRESS.sub("0x", told[:FAILURE_CHARS_MAX])
    return told.encode("utf-8", "replace").decode("utf-8")
