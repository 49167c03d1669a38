"""Measuring functions that end in each of the ways in which one can end."""

from __future__ import annotations

import threading

from bench.row import Measured, Row
from bench.scenario import Workload


async def good(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    measured = Measured(
        name=name, peer="test", concurrency=1, durable=False, note=scratch, versions={}
    )
    return [measured.rate("things", count=workload.samples, elapsed_s=2.0)]


def failing(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    raise RuntimeError("the peer fell over")


def hanging(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    threading.Event().wait()
    return []


def empty(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    return []
