"""A sorted set of log positions that stays quick at a million: what stands where, in the order of creation.

Positions are kept in short sorted runs. New ones mostly go to the end, at the cost of an append; any other change
moves at most one run. It is rebuilt when a hub loads its state; nothing of it is written.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import Final

_RUN_MAX: Final = 1_000
"""Positions in one run: moving so many pointers costs less than finding the run."""


class Positions:
    """Distinct positions in order."""

    __slots__ = ("_count", "_lows", "_runs")

    def __init__(self) -> None:
        self._runs: list[list[int]] = []
        self._lows: list[int] = []
        """For each run, a position that is not above its first and above all of the run before."""
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def first(self) -> int:
        """The least position; there must be one."""
        return self._runs[0][0]

    def add(self, pos: int) -> None:
        """Takes a position in; it must not be there."""
        self._count += 1
        runs = self._runs
        if not runs or pos > runs[-1][-1]:
            if runs and len(runs[-1]) < _RUN_MAX:
                runs[-1].append(pos)
            else:
                runs.append([pos])
                self._lows.append(pos)
            return
        at = bisect_right(self._lows, pos) - 1
        if at < 0:
            at = 0
            self._lows[0] = pos
        run = runs[at]
        insort(run, pos)
        if len(run) > _RUN_MAX:
            half = len(run) // 2
            runs.insert(at + 1, run[half:])
            self._lows.insert(at + 1, run[half])
            del run[half:]

    def remove(self, pos: int) -> None:
        """Takes a position out, if it is there."""
        at = bisect_right(self._lows, pos) - 1
        run = self._runs[at] if at >= 0 else []
        place = bisect_left(run, pos)
        if place == len(run) or run[place] != pos:
            return
        self._count -= 1
        del run[place]
        if not run:
            del self._runs[at]
            del self._lows[at]

    def above(self, pos: int) -> Iterator[int]:
        """Those above `pos`, in order. Nothing may change while they are read."""
        at = max(0, bisect_right(self._lows, pos) - 1)
        for run in self._runs[at : at + 1]:
            yield from run[bisect_right(run, pos) :]
        for number in range(at + 1, len(self._runs)):
            yield from self._runs[number]

    def below(self, pos: int) -> Iterator[int]:
        """Those below `pos`, from the greatest down. Nothing may change while they are read."""
        at = bisect_left(self._lows, pos) - 1
        if at < 0:
            return
        yield from reversed(self._runs[at][: bisect_left(self._runs[at], pos)])
        for number in range(at - 1, -1, -1):
            yield from reversed(self._runs[number])
