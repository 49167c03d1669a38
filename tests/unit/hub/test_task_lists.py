"""Lists of tasks: the open ones from memory, the ended ones from the store, page by page."""

import asyncio
from typing import Any

import pytest

from interlock.hub import listing
from interlock.kernel.task import listing as kernel_listing
from interlock.store.contract import StoreError
from tests.unit.hub.stage import Stage


async def create(stage: Stage, *titles: str, **fields: Any) -> list[str]:
    return [(await stage.do("create_task", title=title, **fields)).task_id for title in titles]


async def finish(stage: Stage, id: str) -> None:
    claim = await stage.do("claim_task", task_id=id, agent="w")
    await stage.do("complete_task", task_id=id, fence=claim.fence, agent="w")


async def pass_time(stage: Stage, seconds: float) -> None:
    """Waits, on virtual time, for a task that never comes."""
    assert not await stage.do("claim_task", queue="nothing comes here", wait_s=seconds)


async def every(stage: Stage, **fields: Any) -> list[str]:
    """All ids, however many pages that takes."""
    found: list[str] = []
    cursor = ""
    while True:
        page = await stage.do("get_tasks", cursor=cursor, **fields)
        found += [item.id for item in page.items]
        cursor = page.cursor
        if not cursor:
            return found


async def test_the_oldest_ready_task_is_found_without_being_claimed(stage: Stage) -> None:
    first, _ = await create(stage, "a", "b")
    page = await stage.do("get_tasks", status="ready", order="oldest", limit=1)
    assert [item.id for item in page.items] == [first]
    assert page.items[0].status == "ready"
    assert (await stage.do("claim_task")).task_id == first


async def test_open_tasks_come_by_creation_and_then_ended_ones_by_their_end(stage: Stage) -> None:
    a, b, c, d, e = await create(stage, *"abcde")
    await finish(stage, c)
    await finish(stage, a)
    assert await every(stage) == [e, d, b, a, c]
    assert await every(stage, order="oldest") == [b, d, e, c, a]
    for limit in (1, 2, 3, 4):
        assert await every(stage, limit=limit) == [e, d, b, a, c]
        assert await every(stage, limit=limit, order="oldest") == [b, d, e, c, a]


async def test_each_filter_selects(stage: Stage) -> None:
    [plain] = await create(stage, "plain")
    [other] = await create(
        stage,
        "Read the INVOICE",
        queue="mail",
        agent="ada",
        run_id="r",
        correlation_id="c",
        category="k",
    )
    for fields in (
        {"queue": "mail"},
        {"created_by": "ada"},
        {"run_id": "r"},
        {"correlation_id": "c"},
        {"category": "k"},
        {"text": "invoice"},
    ):
        assert await every(stage, **fields) == [other]
    await stage.do("claim_task", task_id=plain, agent="bea")
    assert await every(stage, holder="bea") == [plain]
    assert await every(stage, status=["claimed", "done"]) == [plain]
    await finish(stage, other)
    assert await every(stage, status="done", text="invoice") == [other]
    assert await every(stage, status="done", queue="default") == []
    assert await every(stage, queue="never used") == []


async def test_a_held_task_tells_who_has_it_and_a_dead_one_why(stage: Stage) -> None:
    [id] = await create(stage, "a", attempts_max=1, lease_s=10)
    claim = await stage.do("claim_task", agent="ada")
    await pass_time(stage, 4)
    [held] = (await stage.do("get_tasks", holder="ada")).items
    assert (held.holder_agent, held.held_ms, held.lease_left_ms) == ("ada", 4_000, 6_000)
    await stage.do("fail_task", task_id=id, fence=claim.fence, error="broken", agent="ada")
    [dead] = (await stage.do("get_tasks", status="dead")).items
    assert (dead.error_class, dead.error, dead.holder_agent) == ("TRANSIENT", "broken", "")
    assert dead.ended_us == stage.hub.now_us()
    assert not (await stage.do("get_tasks", holder="ada")).items


async def test_the_tasks_of_one_holder_come_in_either_order_and_in_pages(stage: Stage) -> None:
    ids = await create(stage, *"abc")
    for _ in ids:
        await stage.do("claim_task", agent="ada")
    assert await every(stage, holder="ada", limit=1) == ids[::-1]
    assert await every(stage, holder="ada", limit=2, order="oldest") == ids


@pytest.mark.parametrize(
    "cursor", ["x", "open/", "open/x", "open/-1", "open/" + "9" * 19, "shut/1"]
)
async def test_a_strange_cursor_is_refused(stage: Stage, cursor: str) -> None:
    assert (await stage.do("get_tasks", cursor=cursor)).code == "invalid"


async def test_a_page_that_passes_over_much_comes_back_short_with_a_cursor(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_listing, "LOOKS_MAX", 2)
    monkeypatch.setattr(listing, "SLICES_MAX", 2)
    monkeypatch.setattr(listing, "ROWS_PER_SLICE", 2)
    monkeypatch.setattr(listing, "ROWS_MAX", 4)
    ids = await create(stage, *"abcdefghij")
    for id in ids[:7]:
        await finish(stage, id)
    assert await every(stage) == [*ids[:6:-1], *ids[6::-1]]
    assert await every(stage, text="a", order="oldest") == ids[:1]
    assert await every(stage, text="g", order="oldest") == ids[6:7]
    page = await stage.do("get_tasks", text="h", status="ready")
    assert [item.id for item in page.items] == [ids[7]]
    page = await stage.do("get_tasks", text="a", order="newest", status="done")
    assert not page
    assert page.cursor


async def test_an_open_list_that_passes_over_much_goes_on_behind_its_cursor(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_listing, "LOOKS_MAX", 2)
    monkeypatch.setattr(listing, "SLICES_MAX", 2)
    ids = await create(stage, *"abcdefghij")
    page = await stage.do("get_tasks", text="a")
    assert not page
    assert page.cursor
    assert await every(stage, text="a") == ids[:1]


async def test_a_list_shows_nothing_that_is_not_durable(stage: Stage) -> None:
    await create(stage, "a")
    stage.disk.stall()
    stage.ask("create_task", title="b")
    asked = stage.ask("get_tasks")
    await stage.settle()
    assert not asked.done()
    stage.disk.flow()
    assert len((await asked).items) == 2


async def test_a_task_that_ends_while_it_is_listed_is_neither_missed_nor_shown_twice(
    stage: Stage,
) -> None:
    ids = await create(stage, *"ab")
    claim = await stage.do("claim_task", task_id=ids[0], agent="w")
    stage.disk.stall()
    done = stage.ask("complete_task", task_id=ids[0], fence=claim.fence, agent="w")
    asked = stage.ask("get_tasks")
    await stage.settle()
    stage.disk.flow()
    assert sorted(item.id for item in (await asked).items) == sorted(ids)
    await done
    claim = await stage.do("claim_task", task_id=ids[1], agent="w")
    stage.store.fetching.clear()
    asked = stage.ask("get_tasks")
    await stage.settle()
    await stage.do("complete_task", task_id=ids[1], fence=claim.fence, agent="w")
    stage.store.fetching.set()
    assert sorted(item.id for item in (await asked).items) == sorted(ids)


async def test_a_list_that_was_begun_before_a_failed_commit_is_made_anew(stage: Stage) -> None:
    await create(stage, "a")
    stage.disk.before = [StoreError("a cable came loose")]
    lost = stage.ask("create_task", title="b")
    asked = stage.ask("get_tasks")
    assert (await lost).code == "ledger_unavailable"
    answer = await asked
    assert getattr(answer, "code", "") == "ledger_unavailable" or len(answer.items) == 1


async def test_a_list_that_meets_a_reload_is_answered_afterwards(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_listing, "LOOKS_MAX", 1)
    await create(stage, *"abcd")
    stage.disk.before = [StoreError("a cable came loose")]
    stage.store.reading.clear()
    lost = stage.ask("create_task", title="e")
    while not stage.hub._is_reloading:
        asked = stage.ask("get_tasks", status="ready")
        await asyncio.sleep(0)
    await stage.settle()
    stage.store.reading.set()
    assert (await lost).code == "ledger_unavailable"
    assert len((await asked).items) == 4


async def test_the_fleet_counts_what_ended_before_the_hub_started(stage: Stage) -> None:
    ids = await create(stage, *"abc", attempts_max=1)
    await finish(stage, ids[0])
    claim = await stage.do("claim_task", agent="ada")
    await stage.do("fail_task", task_id=claim.task_id, fence=claim.fence, error="x", agent="ada")
    await stage.do("subscribe", topic="t", group="g", deliveries_max=1)
    await stage.do("publish_event", topic="t", agent="a")
    await stage.do("get_events", topic="t", group="g", visibility_s=1)
    await stage.do("send_message", agent="a", target="b", message_type="STATUS", ttl_s=0.5)
    await pass_time(stage, 5)
    counted = {"ready": 1, "done": 1, "dead": 1}
    fleet = await stage.do("get_fleet")
    assert fleet.tasks == counted
    assert fleet.dead_letters == {"task": 1, "message": 1, "event": 1, "webhook": 0}
    assert fleet.throughput[0].completed == 1
    await stage.restart()
    fleet = await stage.do("get_fleet")
    assert fleet.tasks == counted
    assert fleet.dead_letters == {"task": 1, "message": 1, "event": 1, "webhook": 0}
    assert fleet.throughput[0].completed == 0
    assert fleet.throughput[0].covered_s == 0
    letters = await stage.do("get_dead_letters")
    await stage.do("redrive_dead_letters", ids=[letter.id for letter in letters.items])
    fleet = await stage.do("get_fleet")
    assert fleet.tasks == {"ready": 2, "done": 1}
    assert fleet.dead_letters == {"task": 0, "message": 0, "event": 0, "webhook": 0}
