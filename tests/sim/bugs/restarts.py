"""Bugs that show when a hub starts, or when a clock is set."""

from contextlib import AbstractContextManager
from typing import Any

import interlock.hub.hub as hub_module
import interlock.hub.rows as rows_module
from interlock.hub.clock import HubClock
from interlock.kernel.rows import Loader
from tests.sim.bugs.bug import Bug, replaced

Plant = AbstractContextManager[object]


def _positions_begin_again() -> Plant:
    finish = Loader.finish

    def reset(loader: Loader, *, head: int, lease_floor_us: int = 0) -> None:
        finish(loader, head=head - head % 100, lease_floor_us=lease_floor_us)

    return replaced(Loader, "finish", reset)


def _timers_skipped() -> Plant:
    finish = Loader.finish

    def silent(loader: Loader, **place: Any) -> None:
        finish(loader, **place)
        loader._state.alarms.due.clear()

    return replaced(Loader, "finish", silent)


def _running_claims_taken_at_start() -> Plant:
    finish = Loader.finish

    def hasty(loader: Loader, *, head: int, lease_floor_us: int = 0) -> None:
        del lease_floor_us
        finish(loader, head=head)

    return replaced(Loader, "finish", hasty)


def _clock_follows_the_wall() -> Plant:
    def init(clock: HubClock, *, last_us: int, wall: Any, elapsed: Any) -> None:
        del last_us
        clock._elapsed = elapsed
        clock._offset_us = wall() - elapsed()

    return replaced(HubClock, "__init__", init)


def _content_lost_in_eviction() -> Plant:
    return replaced(rows_module, "kept_together", lambda key: (key,))


def _late_questions_unanswered() -> Plant:
    return replaced(hub_module, "missing_rows", lambda state, command: [])


BUGS = (
    Bug(
        "positions begin again",
        _positions_begin_again,
        (
            "ids_name_their_position",
            "no_answer_before_the_commit",
            "each_win_has_its_own_fence",
            "one_winner_at_a_time",
        ),
        "crashes",
    ),
    Bug("timers skipped after a restart", _timers_skipped, ("alarms_ring",), "crashes"),
    Bug(
        "running claims taken at the start",
        _running_claims_taken_at_start,
        ("a_valid_lease_is_never_taken_back",),
        "crashes",
    ),
    Bug(
        "clock follows the wall", _clock_follows_the_wall, ("time_never_runs_backwards",), "crashes"
    ),
    Bug(
        "content lost in eviction",
        _content_lost_in_eviction,
        ("a_claim_carries_its_content", "rows_are_the_fold_of_the_log"),
        "network",
        steps=8_000,
    ),
    Bug(
        "late questions unanswered",
        _late_questions_unanswered,
        (
            "what_was_acknowledged_is_found",
            "one_key_one_task",
            "no_answer_before_the_commit",
            "an_answer_tells_the_present",
        ),
    ),
)
