"""What is counted as events are applied, so that nobody has to count it when it is asked for: what has ended, and how
fast the fleet works.

Kept in memory only. A hub that starts adds the counts of what ended before; its pace begins anew.
"""

from typing import Final, Literal

import msgspec

MINUTES_MAX: Final = 60
"""How far back the counts go."""

_MINUTE_US: Final = 60_000_000

Feat = Literal["created", "completed", "failed", "died"]


class Throughput(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What was done in the last `minutes`. `failed` are attempts that failed or lost their lease, `died` tasks that
    were given up. `covered_s` is shorter than the minutes while the hub has not run for so long."""

    minutes: int
    covered_s: int
    created: int
    completed: int
    failed: int
    died: int


class Pace:
    """One bucket per minute and feat, in a ring."""

    __slots__ = ("_buckets", "since_us")

    def __init__(self) -> None:
        self.since_us = 0
        """From when on it counts, in hub time; 0 for the beginning of the log."""
        self._buckets: dict[str, list[tuple[int, int]]] = {
            feat: [(0, 0)] * (MINUTES_MAX + 1)
            for feat in ("created", "completed", "failed", "died")
        }

    def note(self, feat: Feat, at_us: int) -> None:
        """One more, at this hub time."""
        minute = at_us // _MINUTE_US
        buckets = self._buckets[feat]
        at = minute % len(buckets)
        of, count = buckets[at]
        buckets[at] = (minute, count + 1 if of == minute else 1)

    def last(self, minutes: int, *, now_us: int) -> Throughput:
        """The sums of the running minute and the whole ones before it that lie in the last `minutes`."""
        now = now_us // _MINUTE_US
        sums = {
            feat: sum(count for of, count in buckets if now - minutes < of <= now)
            for feat, buckets in self._buckets.items()
        }
        begin_us = max(self.since_us, (now - minutes + 1) * _MINUTE_US)
        covered_s = max(0, (now_us - begin_us) // 1_000_000)
        return Throughput(minutes=minutes, covered_s=covered_s, **sums)


class Tally:
    """All counts."""

    __slots__ = ("dead_messages", "ended", "pace")

    def __init__(self) -> None:
        self.pace = Pace()
        self.ended: dict[str, int] = {}
        """How many tasks have ended, by status."""
        self.dead_messages = 0
        """How many deliveries are dead letters. Topic events are not counted here: a group that is moved back may
        let the same one die again, and only its row tells."""

    def end(self, status: str, *, by: int = 1) -> None:
        """A task ended in this status, or `by` -1 came back from it."""
        self.ended[status] = self.ended.get(status, 0) + by
