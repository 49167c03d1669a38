"""Pauses between single timings, so that a worker is truly idle when the next task comes."""

from __future__ import annotations

import random
from collections.abc import Iterator

GAP_S_MIN = 0.005
GAP_S_MAX = 0.045
"""Spread over many times a wake-up, so that samples do not fall in step with a polling worker."""


def idle_gaps_s(count: int) -> Iterator[float]:
    """`count` pauses in seconds, the same sequence in every run and for every peer."""
    drawn = random.Random(count)
    for _ in range(count):
        yield drawn.uniform(GAP_S_MIN, GAP_S_MAX)
