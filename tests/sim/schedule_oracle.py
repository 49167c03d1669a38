"""Schedules, from the log: each time gives one task or one reason."""

from collections import deque
from typing import Any

from tests.sim.violation import Violation

Event = dict[str, Any]


class ScheduleOracle:
    """The schedules of one shard: when each fires next, 0 for never."""

    def __init__(self, due: deque[tuple[str, str]]) -> None:
        self.next_us: dict[str, int] = {}
        self.due = due
        self.takers = {
            "ScheduleCreated": self._created,
            "SchedulePaused": self._paused,
            "ScheduleResumed": self._resumed,
            "ScheduleDeleted": self._deleted,
            "ScheduleFired": self._fired,
            "ScheduleSkipped": self._skipped,
        }

    def overdue(self, limit_us: int) -> list[str]:
        """Those that should have fired before."""
        return [name for name, next_us in self.next_us.items() if 0 < next_us < limit_us]

    def _created(self, event: Event, pos: int) -> None:
        del pos
        self.next_us[event["schedule"]["name"]] = event["schedule"].get("next_us", 0)

    def _paused(self, event: Event, pos: int) -> None:
        del pos
        self.next_us[event["name"]] = 0

    def _resumed(self, event: Event, pos: int) -> None:
        del pos
        self.next_us[event["name"]] = event["next_us"]

    def _deleted(self, event: Event, pos: int) -> None:
        del pos
        del self.next_us[event["name"]]

    def _use_up(self, event: Event) -> None:
        slot_us = self.next_us[event["name"]]
        if event["slot_us"] != slot_us or not 0 < slot_us <= event["at_us"]:
            raise Violation("each_time_fires_once", f"{event['name']} at {event['slot_us']}")
        if 0 < event["next_us"] <= event["at_us"]:
            raise Violation("each_time_fires_once", f"{event['name']} again at {event['next_us']}")
        self.next_us[event["name"]] = event["next_us"]

    def _fired(self, event: Event, pos: int) -> None:
        self._use_up(event)
        if event["task_id"] != f"task-0-{pos + 1}":
            raise Violation("each_time_fires_once", f"{event['name']} names {event['task_id']}")

    def _skipped(self, event: Event, pos: int) -> None:
        del pos
        self._use_up(event)
        if event["reason"] != "missed":
            self.due.append(("EscalationRaised", event["name"]))
