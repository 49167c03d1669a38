"""The hub's time, and what it does when a moment has come."""

import asyncio
import time

import pytest

from interlock.hub import hub as hub_module
from interlock.hub.clock import HubClock, elapsed_us, wall_us
from interlock.hub.hub import Hub
from interlock.store.memory import MemoryStore
from tests.unit.hub.stage import WALL_US, Stage


def test_the_hubs_time_starts_at_the_wall_clock_and_follows_the_steady_one() -> None:
    elapsed = iter([1_000, 1_000, 4_000])
    clock = HubClock(last_us=5, wall=lambda: 900, elapsed=lambda: next(elapsed))
    assert clock.now_us() == 900
    assert clock.now_us() == 3_900


def test_the_hubs_time_never_falls_behind_the_ledger() -> None:
    clock = HubClock(last_us=5_000, wall=lambda: 900, elapsed=lambda: 0)
    assert clock.now_us() == 5_000


def test_the_machines_clocks_are_read_in_microseconds() -> None:
    assert abs(wall_us() - time.time() * 1_000_000) < 60_000_000
    first = elapsed_us()
    assert elapsed_us() >= first > 0


async def test_a_hub_runs_on_the_machines_clock_unless_told_otherwise() -> None:
    hub = await Hub.start(MemoryStore(), owner="me")
    assert abs(hub.now_us() - time.time() * 1_000_000) < 60_000_000
    await hub.close()


async def test_a_lease_that_ran_out_is_taken_back_once(stage: Stage) -> None:
    await stage.do("create_task", title="a", lease_s=10)
    await stage.do("claim_task")
    assert not await stage.do("claim_task", wait_s=9)
    assert stage.hub.head == 2
    assert (await stage.do("claim_task", wait_s=55)).attempt == 2
    assert sum('"LeaseExpired"' in event for event in stage.events) == 1


async def test_a_wall_clock_that_is_set_moves_no_lease(stage: Stage) -> None:
    await stage.do("create_task", title="a", lease_s=10)
    await stage.do("claim_task")
    stage.wall_us += 3_600 * 1_000_000
    assert not await stage.do("claim_task", wait_s=5)
    assert stage.hub.now_us() == WALL_US + 5_000_000


async def test_a_nearer_alarm_comes_before_a_far_one(stage: Stage) -> None:
    await stage.do("create_task", title="far", not_before=50)
    await stage.do("create_task", title="near", not_before=5)
    assert (await stage.do("claim_task", wait_s=20)).title == "near"
    assert asyncio.get_running_loop().time() == pytest.approx(5, abs=0.1)
    assert (await stage.do("claim_task", wait_s=50)).title == "far"


async def test_a_wave_of_alarms_is_handled_in_bounded_turns(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "ALARMS_PER_TICK_MAX", 4)
    for number in range(10):
        await stage.do("create_task", title=str(number), not_before=5)
    stage.disk.commits.clear()
    assert (await stage.do("claim_task", wait_s=10)).title == "0"
    while (await stage.do("get_queue", queue="default")).counts.get("scheduled"):
        await asyncio.sleep(0)
    assert len(stage.disk.commits) >= 3
    assert (await stage.do("get_queue", queue="default")).counts["ready"] == 9


async def test_an_alarm_that_rings_for_nothing_is_cleared(stage: Stage) -> None:
    stage.hub.state.alarms.set("key-nothing", stage.hub.now_us())
    await stage.do("create_task", title="a")
    await stage.settle()
    assert "key-nothing" not in stage.hub.state.alarms.due


async def test_no_lease_is_taken_back_before_its_holder_could_find_the_new_hub(
    stage: Stage,
) -> None:
    await stage.do("create_task", title="a", lease_s=1)
    claim = await stage.do("claim_task")
    stage.wall_us += 60 * 1_000_000
    await stage.restart(lease_grace_s=5.0)
    assert not await stage.do("claim_task", wait_s=4)
    state = await stage.do("extend_lease", task_id=claim.task_id, fence=claim.fence, lease_s=10)
    assert state.lease_ms == 10_000
    assert not await stage.do("claim_task", wait_s=5)
    assert (
        await stage.do("complete_task", task_id=claim.task_id, fence=claim.fence)
    ).status == "done"


async def test_the_grace_of_a_restart_ends(stage: Stage) -> None:
    await stage.do("create_task", title="a", lease_s=1)
    await stage.do("claim_task")
    await stage.restart(lease_grace_s=5.0)
    assert (await stage.do("claim_task", wait_s=20)).attempt == 2
