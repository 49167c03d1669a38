"""Percentiles of durations by nearest rank, so that every figure was really observed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import msgspec


class Percentiles(msgspec.Struct, frozen=True, kw_only=True):
    """Three points of a distribution, in the unit of its samples."""

    p50: float
    p95: float
    p99: float
    count: int


def nearest_rank(ordered: Sequence[float], *, percent: float) -> float:
    """The smallest sample that is not below `percent` % of all.

    Needs at least one, in ascending order.
    """
    if not ordered:
        raise ValueError("a percentile of no samples was asked for: measure at least one")
    rank = max(1, math.ceil(percent / 100 * len(ordered)))
    return ordered[rank - 1]


def percentiles(samples: Iterable[float]) -> Percentiles:
    """Sorts a copy of the samples. Raises ValueError when there are none."""
    ordered = sorted(samples)
    return Percentiles(
        p50=nearest_rank(ordered, percent=50),
        p95=nearest_rank(ordered, percent=95),
        p99=nearest_rank(ordered, percent=99),
        count=len(ordered),
    )
