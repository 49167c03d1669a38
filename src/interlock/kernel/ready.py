"""Which ready task comes next: priority level, then weighted fair share, then first in first out.

Fair share is start-time fair queueing (Goyal, Vin, Cheng, SIGCOMM 1996) over fairness keys: each key has a
virtual time that grows by `_SHARE / weight` with each task taken; the key with the least goes next, and a key
that was away joins at the queue's present. Virtual times are kept in memory only, and of few keys without
work: after a restart all keys start level.

Tasks with different required capabilities stand in different lanes of their queue, so that a claim never
scans past work that it cannot do. Removal is lazy: an entry counts only while its task says so.
"""

from collections.abc import Callable, Iterable
from heapq import heappop, heappush, heapreplace
from typing import Final, TypeAlias

_SHARE: Final = 1 << 20
"""The virtual time that one task costs a key of weight 1; divided by the weight."""

_IDLE_MAX: Final = 1_024
"""Keys without work whose virtual time is kept: few enough to forget quickly, enough to be fair."""

LEVELS: Final = 10

Position: TypeAlias = int
IsReady: TypeAlias = Callable[[Position], bool]
"""Says whether the task created at a position is still ready to be claimed."""
Rank: TypeAlias = tuple[int, int, str, Position]
"""-Priority, virtual time, fairness key, position: keys that are level go by name, so that the tasks of one key
keep their order even where they stand in different lanes."""


class Level:
    """The ready tasks of one lane and one priority: a heap of creation positions for each fairness key."""

    __slots__ = ("by_key", "order")

    def __init__(self) -> None:
        self.by_key: dict[str, list[Position]] = {}
        self.order: list[tuple[int, str]] = []


class Lane:
    """The ready tasks of one queue that need the same capabilities."""

    __slots__ = ("capabilities", "levels", "occupied")

    def __init__(self, capabilities: frozenset[str]) -> None:
        self.capabilities = capabilities
        self.levels: list[Level | None] = [None] * LEVELS
        self.occupied = 0
        """A bit for each level that may hold a task."""


class ReadyQueue:
    """The ready tasks of one queue, in the order in which claims take them."""

    __slots__ = ("_lanes", "_present", "_shares", "_shares_max", "weights")

    def __init__(self) -> None:
        self._lanes: dict[tuple[str, ...], Lane] = {}
        self._shares: dict[str, int] = {}
        self._shares_max = _IDLE_MAX
        self._present = 0
        self.weights: dict[str, int] = {}

    def add(
        self, pos: Position, *, priority: int, fairness_key: str, capabilities: tuple[str, ...]
    ) -> None:
        """Puts the task created at `pos` into its place."""
        lane = self._lanes.get(capabilities)
        if lane is None:
            lane = self._lanes[capabilities] = Lane(frozenset(capabilities))
        level = lane.levels[priority]
        if level is None:
            level = lane.levels[priority] = Level()
        lane.occupied |= 1 << priority
        waiting = level.by_key.get(fairness_key)
        if waiting is None:
            level.by_key[fairness_key] = [pos]
            virtual = max(self._shares.get(fairness_key, 0), self._present)
            self._shares[fairness_key] = virtual
            heappush(level.order, (virtual, fairness_key))
        else:
            heappush(waiting, pos)

    def take(self, capabilities: Iterable[str], is_ready: IsReady) -> Position | None:
        """The creation position of the task that comes next for these capabilities, or None. The task stays
        in place: its entry goes when `is_ready` denies it."""
        offered = frozenset(capabilities)
        best: Rank | None = None
        for name, lane in list(self._lanes.items()):
            if not lane.capabilities <= offered:
                continue
            found = self._first(lane, is_ready, floor=-1 if best is None else -best[0])
            if not lane.occupied:
                del self._lanes[name]
            if found is not None and (best is None or found < best):
                best = found
        return None if best is None else best[3]

    def charge(self, fairness_key: str) -> None:
        """Moves a key's virtual time on because one of its tasks was taken."""
        start = max(self._shares.get(fairness_key, 0), self._present)
        self._present = start
        self._shares[fairness_key] = start + _SHARE // self.weights.get(fairness_key, 1)
        if len(self._shares) > self._shares_max:
            self._forget_idle()

    def _first(self, lane: Lane, is_ready: IsReady, *, floor: int) -> Rank | None:
        """The best entry of a lane at or above priority `floor`."""
        while lane.occupied:
            priority = lane.occupied.bit_length() - 1
            if priority < floor:
                return None
            level = lane.levels[priority]
            assert level is not None
            found = self._head(level, is_ready)
            if found is not None:
                return -priority, *found
            lane.levels[priority] = None
            lane.occupied &= ~(1 << priority)
        return None

    def _head(self, level: Level, is_ready: IsReady) -> tuple[int, str, Position] | None:
        order = level.order
        while order:
            virtual, key = order[0]
            waiting = level.by_key[key]
            while waiting and not is_ready(waiting[0]):
                heappop(waiting)
            if not waiting:
                heappop(order)
                del level.by_key[key]
                continue
            actual = self._shares.get(key, self._present)
            if actual > virtual:
                heapreplace(order, (actual, key))
                continue
            return virtual, key, waiting[0]
        return None

    def _forget_idle(self) -> None:
        """Drops the virtual times of keys without work; when they come back they join at the present."""
        levels = [level for lane in self._lanes.values() for level in lane.levels if level]
        busy = {key for level in levels for key in level.by_key}
        self._shares = {key: at for key, at in self._shares.items() if key in busy}
        self._shares_max = 2 * len(self._shares) + _IDLE_MAX


class ConcurrencyGate:
    """Lets one task of each concurrency key be claimable or running at a time; the others wait here.

    The waiting ones are ordered by priority, then creation. A task that outranks the one let through, but not
    yet claimed, takes its place.
    """

    __slots__ = ("_through", "_waiting")

    def __init__(self) -> None:
        self._through: dict[str, tuple[int, Position]] = {}
        self._waiting: dict[str, list[tuple[int, Position]]] = {}

    def enter(self, key: str, *, pos: Position, priority: int, is_claimable: IsReady) -> bool:
        """Whether the ready task may stand in its lane now; if not, it waits. The task that it displaces, if
        any, is no longer `holds` and waits again."""
        rank = (-priority, pos)
        through = self._through.get(key)
        if through is None:
            self._through[key] = rank
            return True
        if rank < through and is_claimable(through[1]):
            self._through[key] = rank
            heappush(self._waiting.setdefault(key, []), through)
            return True
        heappush(self._waiting.setdefault(key, []), rank)
        return False

    def is_free_for(self, key: str, pos: Position, is_claimable: IsReady) -> bool:
        """Whether the task at `pos` may be claimed by name: no other task of the key is running."""
        through = self._through.get(key)
        return through is None or through[1] == pos or is_claimable(through[1])

    def holds(self, key: str, pos: Position) -> bool:
        """Whether the task created at `pos` is the one that was let through."""
        through = self._through.get(key)
        return through is not None and through[1] == pos

    def occupy(self, key: str, *, pos: Position, priority: int) -> None:
        """Gives the key to a running task; one that was let through, but not claimed, waits again."""
        rank = (-priority, pos)
        through = self._through.get(key)
        if through is not None and through != rank:
            heappush(self._waiting.setdefault(key, []), through)
        self._through[key] = rank

    def leave(self, key: str, pos: Position, is_waiting: IsReady) -> Position | None:
        """Frees the key if the task at `pos` held it; returns the next task that may stand in its lane."""
        if not self.holds(key, pos):
            return None
        del self._through[key]
        waiting = self._waiting.get(key)
        while waiting:
            rank = heappop(waiting)
            if is_waiting(rank[1]):
                self._through[key] = rank
                if not waiting:
                    del self._waiting[key]
                return rank[1]
        self._waiting.pop(key, None)
        return None
