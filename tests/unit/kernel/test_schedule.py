"""What may be relied on when tasks are created by the clock."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from interlock.kernel.errors import Invalid
from interlock.kernel.schedule import fire, timing, verbs
from interlock.kernel.schedule.timing import NoSuchTime, Timing, next_us
from interlock.kernel.tick import decide_alarm
from tests.unit.kernel.shard import START_US, Shard, refused

HOUR_S = 3_600
TASK = {"title": "sweep"}


def schedule(shard: Shard, name: str = "s", **fields: Any) -> Any:
    """Creates a schedule."""
    return shard.do("create_schedule", **{"name": name, "task": TASK, **fields})


def fired(shard: Shard) -> int:
    """How many tasks were created."""
    return len(shard.events("TaskCreated"))


def us(*when: int, zone: str = "UTC") -> int:
    """Hub time of a local time."""
    return int(datetime(*when, tzinfo=ZoneInfo(zone)).timestamp()) * 1_000_000  # type: ignore[misc]


def test_an_interval_creates_a_task_each_time(shard: Shard) -> None:
    schedule(shard, every_s=10)

    shard.advance(9)
    assert fired(shard) == 0
    shard.advance(31)

    assert fired(shard) == 4


def test_a_task_of_a_schedule_is_as_its_template_says(shard: Shard) -> None:
    template = {
        "title": "sweep",
        "instructions": "gently",
        "queue": "night",
        "payload": {"rooms": [1, 2]},
        "priority": "urgent",
        "capabilities": ["broom"],
        "category": "chores",
        "run_id": "r",
        "lease_s": 5,
        "attempts_max": 2,
        "backoff": {"base_s": 2},
        "deadline": 100,
        "fairness_key": "f",
        "concurrency_key": "c",
        "correlation_id": "x",
    }
    schedule(shard, task=template, at=5, agent="ann")
    shard.restart()
    shard.advance(6)

    claim = shard.do("claim_task", queue="night", capabilities=["broom"])
    task = shard.do("get_task", task_id=claim.task_id).task

    assert (claim.title, claim.instructions, claim.payload) == (
        "sweep",
        "gently",
        {"rooms": [1, 2]},
    )
    assert (task.priority, task.category, task.run_id, task.lease_ms) == (8, "chores", "r", 5_000)
    assert (task.attempts_max, task.backoff_base_ms, task.correlation_id) == (2, 2_000, "x")
    assert (task.fairness_key, task.concurrency_key) == ("f", "c")
    assert task.deadline_us - task.created_us == 100_000_000
    assert task.created_by == "schedule:s"


def test_a_task_of_a_schedule_may_wait_before_it_is_ready(shard: Shard) -> None:
    schedule(shard, task={"title": "t", "not_before": 30}, at=5)
    shard.advance(6)
    assert not shard.do("claim_task")

    shard.advance(30)
    assert shard.do("claim_task")


def test_a_moment_fires_once_and_the_schedule_is_done(shard: Shard) -> None:
    when = datetime.fromtimestamp(START_US / 1_000_000 + 60, tz=UTC)
    schedule(shard, at=when)
    shard.advance(HOUR_S)
    shard.restart()
    shard.advance(HOUR_S)

    found = shard.do("get_schedule", name="s")
    [event] = shard.events("ScheduleFired")

    assert fired(shard) == 1
    assert (found.status, found.next_us, found.schedule.fired) == ("done", 0, 1)
    assert found.schedule.last_task_id == event.task_id
    for verb in ("pause_schedule", "resume_schedule"):
        refused(shard.do(verb, name="s"), "wrong_status")


def test_cron_is_read_in_its_time_zone(shard: Shard) -> None:
    shard.now_us = us(2027, 1, 15, 12)
    schedule(shard, cron="0 9 * * *", timezone="Asia/Tokyo")

    shard.advance(13 * HOUR_S)

    [event] = shard.events("ScheduleFired")
    assert event.slot_us == us(2027, 1, 16, 9, zone="Asia/Tokyo")


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (us(2026, 3, 28, 12), us(2026, 3, 29, 3, zone="Europe/Berlin")),
        (us(2026, 3, 29, 12), us(2026, 3, 30, 2, 30, zone="Europe/Berlin")),
        (us(2026, 10, 24, 12), us(2026, 10, 25, 2, 30, zone="Europe/Berlin")),
        (us(2026, 10, 25, 0, 30), us(2026, 10, 26, 2, 30, zone="Europe/Berlin")),
    ],
)
def test_a_day_with_a_changed_clock_has_one_firing(after: int, expected: int) -> None:
    nightly = Timing(cron="30 2 * * *", timezone="Europe/Berlin")

    assert next_us(nightly, after_us=after) == expected


@pytest.mark.parametrize("cron", ["* 2 * * *", "0-59 2 * * *", "15,45 2 * * *", "0 2-3 * * *"])
def test_the_hour_that_a_changed_clock_repeats_stops_no_schedule(cron: str) -> None:
    repeated = Timing(cron=cron, timezone="Europe/Berlin")

    for minute in range(60):
        at_us = us(2026, 10, 25, 1, minute)
        assert at_us < next_us(repeated, after_us=at_us) <= us(2026, 10, 26, 1, 15)


def test_the_next_time_always_lies_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    each_minute = Timing(cron="* * * * *")
    at_us = us(2027, 1, 1)

    assert next_us(each_minute, after_us=at_us) == at_us + 60_000_000
    assert next_us(each_minute, after_us=at_us + 59_999_999) == at_us + 60_000_000
    monkeypatch.setattr(timing, "_STEPS_MAX", 0)
    with pytest.raises(NoSuchTime):
        next_us(each_minute, after_us=at_us)


@pytest.mark.parametrize("catch_up", ["one", "none"])
def test_times_missed_while_no_hub_was_there_never_come_in_a_burst(
    shard: Shard, catch_up: str
) -> None:
    schedule(shard, every_s=60, catch_up=catch_up)
    shard.sleep_through(10 * HOUR_S)
    shard.restart()
    for _ in range(5):
        shard.tick()

    assert fired(shard) == (1 if catch_up == "one" else 0)
    assert [event.reason for event in shard.events("ScheduleSkipped")] == (
        [] if catch_up == "one" else ["missed"]
    )
    shard.advance(60)
    assert fired(shard) == (2 if catch_up == "one" else 1)


def test_a_small_delay_is_not_a_missed_time(shard: Shard) -> None:
    schedule(shard, every_s=10, catch_up="none")
    shard.sleep_through(10 + fire.LATE_US / 1_000_000)
    shard.tick()

    assert fired(shard) == 1


def test_a_missed_moment_is_skipped_for_good_without_catch_up(shard: Shard) -> None:
    schedule(shard, at=10, catch_up="none")
    shard.sleep_through(HOUR_S)
    shard.tick()

    assert fired(shard) == 0
    assert shard.do("get_schedule", name="s").status == "done"


def test_a_time_fires_once_through_restarts_and_repeated_alarms(shard: Shard) -> None:
    schedule(shard, every_s=HOUR_S)
    shard.sleep_through(HOUR_S)
    shard.tick()
    shard.restart()
    shard.tick()
    shard.tick()

    assert fired(shard) == 1
    slots = [event.slot_us for event in shard.events("ScheduleFired")]
    assert slots == [START_US + HOUR_S * 1_000_000]


def test_a_paused_schedule_rests_and_what_it_missed_stays_missed(shard: Shard) -> None:
    schedule(shard, every_s=10)
    assert shard.do("pause_schedule", name="s").status == "paused"
    assert shard.do("pause_schedule", name="s").status == "paused"
    shard.advance(HOUR_S)
    shard.restart()
    assert fired(shard) == 0

    resumed = shard.do("resume_schedule", name="s")
    assert (resumed.status, resumed.next_us) == ("active", shard.now_us + 10_000_000)
    assert shard.do("resume_schedule", name="s").status == "active"
    shard.advance(11)

    assert fired(shard) == 1


def test_a_schedule_may_be_born_paused(shard: Shard) -> None:
    schedule(shard, every_s=10, paused=True)
    shard.advance(60)
    assert fired(shard) == 0

    shard.do("resume_schedule", name="s")
    shard.advance(11)
    assert fired(shard) == 1


def test_a_moment_that_passed_in_a_pause_is_caught_up(shard: Shard) -> None:
    schedule(shard, at=10)
    shard.do("pause_schedule", name="s")
    shard.advance(HOUR_S)

    shard.do("resume_schedule", name="s")
    shard.advance(0)

    assert fired(shard) == 1


def test_a_deleted_schedule_fires_no_more_and_its_tasks_stay(shard: Shard) -> None:
    schedule(shard, every_s=10)
    shard.advance(11)
    shard.do("delete_schedule", name="s")
    shard.restart()
    shard.advance(HOUR_S)

    assert fired(shard) == 1
    assert shard.do("claim_task")
    for verb in ("get_schedule", "delete_schedule", "pause_schedule", "resume_schedule"):
        refused(shard.do(verb, name="s"), "not_found")


def test_creating_the_same_schedule_again_leaves_it_as_it_is(shard: Shard) -> None:
    first = schedule(shard, every_s=10, agent="ann")
    shard.advance(5)

    again = schedule(shard, every_s=10, agent="bob")

    assert again.is_duplicate
    assert again.next_us == first.next_us
    refused(schedule(shard, every_s=11), "idempotency_conflict")


def test_the_name_of_a_schedule_that_is_done_may_be_used_again(shard: Shard) -> None:
    schedule(shard, at=10)
    shard.advance(11)
    shard.restart()

    assert schedule(shard, at=10).is_duplicate
    assert not schedule(shard, at=20).is_duplicate
    shard.advance(21)
    assert fired(shard) == 2


def test_a_task_that_finds_no_room_is_skipped_and_told(shard: Shard) -> None:
    shard.do("configure_queue", queue="default", depth_max=1)
    schedule(shard, every_s=10)
    shard.advance(21)

    [skipped] = shard.events("ScheduleSkipped")
    [escalation] = shard.events("EscalationRaised")
    assert "1 open tasks" in skipped.reason
    assert (escalation.noun, escalation.id) == ("schedule", "s")
    shard.do("complete_task", task_id="task-0-4", fence=shard.do("claim_task").fence)
    shard.advance(10)
    assert fired(shard) == 2


def test_a_time_zone_that_vanished_stops_the_schedule_and_is_told(
    shard: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule(shard, cron="* * * * *")
    schedule(shard, "paused", cron="* * * * *", paused=True)

    def vanished(wanted: Timing, *, after_us: int) -> int:
        raise NoSuchTime(f"{wanted.timezone} is unknown at {after_us}")

    monkeypatch.setattr(fire, "next_us", vanished)
    monkeypatch.setattr(verbs, "next_us", vanished)
    shard.advance(120)

    assert fired(shard) == 0
    assert shard.do("get_schedule", name="s").status == "done"
    assert len(shard.events("EscalationRaised")) == 1
    refused(shard.do("resume_schedule", name="paused"), "invalid")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"cron": "* * * * *", "every_s": 5},
        {"every_s": 5, "at": 5},
        {"cron": "every day"},
        {"cron": "61 * * * *"},
        {"cron": "0 0 30 2 *"},
        {"cron": "* * * * *", "timezone": "Mars/Base"},
        {"cron": "* * * * *", "timezone": "../etc/passwd"},
        {"cron": "* * * * *", "timezone": "Europe"},
        {"at": 5, "task": {"title": "t", "payload": float("nan")}},
    ],
)
def test_a_schedule_without_one_readable_time_is_refused(
    shard: Shard, fields: dict[str, Any]
) -> None:
    refused(schedule(shard, **fields), "invalid")
    assert shard.log == []


@pytest.mark.parametrize(
    "fields",
    [
        {"every_s": 0.5},
        {"at": datetime(2027, 1, 1)},  # noqa: DTZ001
        {"at": 5, "task": {"title": ""}},
        {"at": 5, "task": {"title": "t", "agent": "x"}},
        {"at": 5, "catch_up": "all"},
    ],
)
def test_a_malformed_schedule_is_refused_at_the_border(
    shard: Shard, fields: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        schedule(shard, **fields)


def test_the_number_of_schedules_is_bounded(shard: Shard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verbs, "SCHEDULES_MAX", 1)
    schedule(shard, every_s=10)

    refused(schedule(shard, "t", every_s=10), "limit")


def test_an_alarm_that_rings_for_nothing_fires_nothing(shard: Shard) -> None:
    schedule(shard, every_s=10)

    assert decide_alarm(shard.state, "schedule-s", shard.now_us) == []
    assert decide_alarm(shard.state, "schedule-unknown", shard.now_us) == []
