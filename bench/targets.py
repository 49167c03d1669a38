"""What the product set out to reach, each judged from the figures of one run.

A ratio is one of two rows of the same run, so that the machine cancels out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from bench.row import Row

Figures = dict[tuple[str, str], float]
"""Values by scenario and metric."""

EMBEDDED = ("lifecycle/interlock/embedded/200", "lifecycles")
ONE_CLIENT = ("lifecycle/interlock/socket_1/200", "lifecycles")
FOUR_CLIENTS = ("lifecycle/interlock/socket_4/200", "lifecycles")
RAW_LOOP = ("lifecycle/raw_apsw/batch_1", "lifecycles")
START = ("start_latency/interlock", "enqueue to start p50")
SHALLOW_CLAIM = ("claim_latency/interlock/1000", "claim p50")
DEEP_CLAIM = ("claim_latency/interlock/1000000", "claim p50")
REPLAY = ("append_replay/interlock/lifecycles", "events replayed")
RESTART = ("restart/interlock", "restart")
RESTART_MEMORY = ("restart/interlock", "memory at most")


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A figure to reach. `is_floor` tells whether it must not be less, or not more."""

    promise: str
    bound: float
    unit: str
    needs: tuple[tuple[str, str], ...]
    figure: Callable[..., float] = lambda value: value
    is_floor: bool = True
    is_full_only: bool = False


TARGETS: Final = (
    Target(promise="200 agents, embedded", bound=10_000, unit="lifecycles/s", needs=(EMBEDDED,)),
    Target(
        promise="200 agents in 1 process, socket",
        bound=6_000,
        unit="lifecycles/s",
        needs=(ONE_CLIENT,),
    ),
    Target(
        promise="200 agents in 4 processes, socket",
        bound=6_000,
        unit="lifecycles/s",
        needs=(FOUR_CLIENTS,),
    ),
    Target(
        promise="200 agents, embedded, over raw SQLite with a commit for each step",
        bound=4,
        unit="times",
        needs=(EMBEDDED, RAW_LOOP),
        figure=lambda ours, raw: ours / raw,
    ),
    Target(promise="enqueue to start, p50", bound=2, unit="ms", needs=(START,), is_floor=False),
    Target(
        promise="claim with a million queued over one with a thousand, p50",
        bound=1.5,
        unit="times",
        needs=(DEEP_CLAIM, SHALLOW_CLAIM),
        figure=lambda deep, shallow: deep / shallow,
        is_floor=False,
    ),
    Target(promise="replay", bound=200_000, unit="events/s", needs=(REPLAY,)),
    Target(
        promise="restart with a million open tasks",
        bound=20,
        unit="s",
        needs=(RESTART,),
        is_floor=False,
        is_full_only=True,
    ),
    Target(
        promise="memory at most in that restart",
        bound=2_048,
        unit="MiB",
        needs=(RESTART_MEMORY,),
        is_floor=False,
        is_full_only=True,
    ),
)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """A target beside what was measured."""

    promise: str
    bound: float
    unit: str
    is_floor: bool
    value: float

    @property
    def is_reached(self) -> bool:
        return self.value >= self.bound if self.is_floor else self.value <= self.bound


def judged(rows: list[Row], *, is_quick: bool) -> list[Verdict]:
    """The verdict on each target whose figures are all there; a quick run has smaller ones for some."""
    figures: Figures = {(row.name, row.metric): row.value for row in rows}
    return [
        Verdict(
            promise=target.promise,
            bound=target.bound,
            unit=target.unit,
            is_floor=target.is_floor,
            value=target.figure(*(figures[need] for need in target.needs)),
        )
        for target in TARGETS
        if figures.keys() >= set(target.needs) and not (is_quick and target.is_full_only)
    ]
