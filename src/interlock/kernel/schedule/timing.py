"""When a schedule is due: a cron expression in a time zone, an interval, or one moment.

Cron is read as Debian's cron does, daylight saving included, by the `cronsim` library. The rules of the time
zones come from the system; what was worked out stands in the events, so a replay never asks them.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from cronsim import CronSim, CronSimError

_STEPS_MAX: Final = 200
"""Times that may lie behind already: in the hour that a changed clock repeats, the library gives those of its
first run again, one for each minute at the most."""


class Timing(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One of three: `cron` with its time zone, `every_us` counted from `start_us`, or `at_us` alone."""

    cron: str = ""
    timezone: str = "UTC"
    every_us: int = 0
    start_us: int = 0
    at_us: int = 0


class NoSuchTime(ValueError):
    """The expression or the time zone cannot be read, or names no time; the text says why."""


def next_us(timing: Timing, *, after_us: int) -> int:
    """The first time behind `after_us`; 0 if there is none. Raises `NoSuchTime`."""
    if timing.at_us:
        return timing.at_us if timing.at_us > after_us else 0
    if timing.every_us:
        passed = max(0, after_us - timing.start_us) // timing.every_us
        return timing.start_us + (passed + 1) * timing.every_us
    return _next_cron_us(timing, after_us)


def _next_cron_us(timing: Timing, after_us: int) -> int:
    try:
        zone = ZoneInfo(timing.timezone)
    except (ValueError, KeyError, OSError) as error:
        raise NoSuchTime(f"the time zone {timing.timezone!r} is unknown: {error}") from error
    after = datetime.fromtimestamp(after_us / 1_000_000, tz=UTC).astimezone(zone)
    try:
        times: Iterator[datetime] = CronSim(timing.cron, after)
        for _, found in zip(range(_STEPS_MAX), times, strict=False):
            found_us = int(found.timestamp()) * 1_000_000
            if found_us > after_us:
                return found_us
    except CronSimError as error:
        raise NoSuchTime(f"the cron expression {timing.cron!r} cannot be read: {error}") from error
    raise NoSuchTime(f"the cron expression {timing.cron!r} names no time within fifty years")
