"""Entry of the process that measures one scenario: `python -m bench.child ORDER ANSWER`.

Reads the order from one file and writes the rows to the other, so that nothing a peer prints can be
taken for a figure. Leaves with status 1 and the traceback on standard error when the measurement
fails.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from pathlib import Path
from types import FrameType

import msgspec

from bench.scenario import Scenario, Workload, measured


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What the parent asks of one child.

    `scratch` is an empty folder that the parent deletes later.
    """

    scenario: Scenario
    workload: Workload
    scratch: str


def main(order_path: str, answer_path: str) -> None:
    signal.signal(signal.SIGTERM, _leave)
    logging.basicConfig(level=logging.ERROR)
    order = msgspec.json.decode(Path(order_path).read_bytes(), type=Order)
    rows = asyncio.run(measured(order.scenario, workload=order.workload, scratch=order.scratch))
    if not rows:
        raise RuntimeError(f"{order.scenario.name} measured nothing: it returned no rows")
    Path(answer_path).write_bytes(msgspec.json.encode(rows))


def _leave(signal_number: int, frame: FrameType | None) -> None:
    # An orderly exit lets servers that a peer started be stopped by their exit hooks.
    raise SystemExit(128 + signal_number)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
