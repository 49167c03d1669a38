"""Hub time: microseconds since 1970, as an integer, handed in with each command."""

from datetime import datetime


def from_now_us(when: datetime | float | None, now_us: int) -> int:
    """A point in time, or seconds from now, as hub time; 0 stands for none."""
    if when is None:
        return 0
    if isinstance(when, datetime):
        return max(1, int(when.timestamp() * 1_000_000))
    return now_us + int(when * 1_000_000)
