"""What the log says of tasks, kept without the kernel's code, and every promise about one event after another."""

from bisect import bisect_left, insort
from typing import Any

from tests.sim.violation import Violation

Event = dict[str, Any]

HELD = ("claimed", "cancelling")
ENDED = ("done", "dead", "cancelled")
FINAL_CLASSES = ("PERMANENT", "POLICY")


class TaskModel:
    """One task. `history` holds what a reader may have been told: by the position of each change."""

    __slots__ = (
        "agent",
        "attempt",
        "attempts_max",
        "cancel_reason",
        "capabilities",
        "checkpoint",
        "concurrency",
        "content",
        "created",
        "deadline_us",
        "died_pos",
        "due_us",
        "failures",
        "fairness",
        "fence",
        "history",
        "id",
        "is_free",
        "lease_pos",
        "lease_until_us",
        "needs",
        "needs_open",
        "not_before_us",
        "pos",
        "priority",
        "queue",
        "ready_pos",
        "ready_us",
        "result",
        "status",
        "steps",
    )

    def __init__(self, event: Event, pos: int) -> None:
        task = event["task"]
        self.created = task
        self.id: str = task["id"]
        self.pos = pos
        self.queue: str = task["queue"]
        self.priority: int = task["priority"]
        self.attempts_max: int = task["attempts_max"]
        self.capabilities = frozenset(task.get("capabilities", ()))
        self.concurrency: str = task.get("concurrency_key", "")
        self.fairness: str = task.get("fairness_key", "")
        self.needs = tuple(task.get("needs", ()))
        self.needs_open = set(task.get("needs_open", ()))
        self.not_before_us: int = task.get("not_before_us", 0)
        self.deadline_us: int = task.get("deadline_us", 0)
        self.content = (event.get("instructions", ""), event.get("payload_json", ""))
        self.is_free = not self.capabilities and not self.concurrency
        self.status = ""
        self.agent = self.cancel_reason = self.result = ""
        self.attempt = self.failures = self.fence = self.lease_pos = self.lease_until_us = 0
        self.due_us = self.ready_pos = self.ready_us = self.died_pos = 0
        self.steps: dict[str, tuple[str, int]] = {}
        self.checkpoint: list[tuple[int, str]] = []
        self.history: dict[int, tuple[str, int, int, int]] = {}


class Tenure:
    """One claim, from its win to its end."""

    __slots__ = (
        "agent", "attempt", "end_pos", "lease_until_us", "session", "task", "told", "winner",
    )  # fmt: skip

    def __init__(self, task: TaskModel, event: Event) -> None:
        self.task = task
        self.agent = event.get("agent", "")
        self.session = event.get("session", "")
        self.lease_until_us: int = event["lease_until_us"]
        self.attempt = task.attempt
        self.end_pos = 0
        self.told = 0
        self.winner: object = None


class Shelf:
    """The freely claimable tasks of one queue: anybody may take them, so their order can be checked."""

    __slots__ = ("levels",)

    def __init__(self) -> None:
        self.levels: dict[int, dict[str, list[int]]] = {}

    def add(self, task: TaskModel) -> None:
        insort(self.levels.setdefault(task.priority, {}).setdefault(task.fairness, []), task.pos)

    def remove(self, task: TaskModel) -> None:
        level = self.levels[task.priority]
        waiting = level[task.fairness]
        del waiting[bisect_left(waiting, task.pos)]
        if not waiting:
            del level[task.fairness]
            if not level:
                del self.levels[task.priority]

    def check(self, task: TaskModel) -> None:
        """No other task should have gone before this one."""
        if self.levels and max(self.levels) > task.priority:
            raise Violation(
                "the_highest_priority_goes_first", f"{task.id} of {task.priority} in {task.queue}"
            )
        waiting = self.levels.get(task.priority, {}).get(task.fairness)
        if waiting and waiting[0] < task.pos:
            raise Violation("first_in_first_out", f"{task.id} before position {waiting[0]}")


class Shares:
    """How even the fairness keys of a queue were served while both of a pair had work (SFQ's bound)."""

    def __init__(self) -> None:
        self.weights: dict[str, int] = {}
        self._pairs: dict[tuple[str, str], float] = {}
        self._busy: set[str] = set()
        self._old_price = 0.0

    def weigh(self, weights: dict[str, int]) -> None:
        """Other weights from now on; what was served before, at the old price, is still in the books."""
        self.weights = weights
        self._pairs.clear()
        self._old_price = 1.0

    def forget(self) -> None:
        """A hub that starts, starts level."""
        self._pairs.clear()
        self._old_price = 0.0

    def serve(self, key: str, level: dict[str, list[int]]) -> None:
        """Counts one task of `key`, which was still in its place, against all keys that had one."""
        gone = self._busy - level.keys()
        if gone or not level.keys() <= self._busy:
            fresh = level.keys() - self._busy
            for pair in [pair for pair in self._pairs if gone & set(pair) or fresh & set(pair)]:
                del self._pairs[pair]
            self._busy = set(level)
        cost = 1 / self.weights.get(key, 1)
        for other in sorted(level):
            if other == key:
                continue
            pair, sign = ((key, other), 1) if key < other else ((other, key), -1)
            lead = self._pairs.get(pair, 0.0) + sign * cost
            self._pairs[pair] = lead
            bound = cost + 1 / self.weights.get(other, 1) + self._old_price
            if abs(lead) > bound + 1e-3:
                raise Violation("shares_are_fair", f"{pair} differ by {lead}")
