"""Tasks: found, told, cancelled and brought back."""

import pytest
from playwright.async_api import expect

from tests.console.fleet import Afternoon, Fleet
from tests.console.shared import Shared
from tests.console.watched import Watched

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_list_is_narrowed_by_status_queue_and_title(looking: Watched) -> None:
    await looking.go("#/tasks")
    rows = looking.card("Tasks").locator(".table-row")
    await expect(rows).to_have_count(18)

    await looking.page.get_by_role("button", name="Waiting 2").click()
    await expect(rows).to_have_count(2)
    await looking.page.get_by_role("button", name="All 18").click()
    await looking.page.get_by_label("Queue", exact=True).select_option("extract")
    await expect(rows).to_have_count(5)
    await looking.page.get_by_label("Title, or the id of a task").fill("invoice")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("Extract totals from invoice")
    assert looking.page.url.endswith("#/tasks?queue=extract&text=invoice")


async def test_a_filter_is_part_of_the_address(looking: Watched) -> None:
    await looking.go("#/tasks?status=dead")

    await expect(looking.card("Tasks").locator(".table-row")).to_have_count(1)
    await looking.see("PERMANENT the page cannot be decoded")


async def test_the_list_follows_what_happens(shared: Shared) -> None:
    console, fleet = shared.console, shared.fleet
    first = await fleet.create("Follow the first")
    await console.go("#/tasks")
    await console.see("Follow the first")

    await fleet.create("Follow the second")
    await console.see("Follow the second")
    await fleet.claim(first, agent="builder-07")
    await expect(
        console.page.get_by_role("row").filter(has_text="Follow the first")
    ).to_contain_text("builder-07")


async def test_thousands_of_tasks_are_scrolled_through(console: Watched, fleet: Fleet) -> None:
    for start in range(0, 3_000, 500):
        await fleet.crowd(f"Task {start + number}" for number in range(500))
    await console.go("#/tasks")
    await console.page.get_by_role("button", name="All 3,000").wait_for()
    scroller = console.page.locator(".table-scroll")
    rows = console.page.locator(".table-space .table-row")

    for _ in range(6):
        shown = await rows.last.get_attribute("aria-rowindex")
        await scroller.evaluate("element => element.scrollTo(0, element.scrollHeight)")
        await expect(rows.last).not_to_have_attribute("aria-rowindex", shown or "")

    assert await rows.count() < 60


async def test_a_task_tells_its_story_from_its_events(
    looking: Watched, afternoon: Afternoon
) -> None:
    tasks = afternoon.tasks
    view = await afternoon.fleet.call("get_task", task_id=tasks["done"])

    await looking.go(f"#/tasks/{tasks['done']}")

    moments = looking.card("Timeline").locator(".moment")
    await expect(moments.locator("strong")).to_have_text(
        [
            "created",
            "claimed",
            "attempt failed",
            "became due",
            "claimed",
            "heartbeat × 3",
            "step recorded",
            "completed",
        ]
    )
    await expect(moments.nth(2)).to_contain_text("the model is busy")
    await expect(moments.nth(4)).to_contain_text("by reader-02")
    await expect(moments.nth(4)).to_contain_text(f"fence {view.task.fence}")
    await expect(moments.nth(4)).to_contain_text("session session-of-reader-02")
    await expect(looking.card("Result")).to_contain_text("1,240.00 EUR")
    await expect(looking.card("Causes")).to_contain_text("the model is busy")


async def test_a_story_goes_on_while_one_reads_it(shared: Shared) -> None:
    console, fleet = shared.console, shared.fleet
    task = await fleet.create("Read the report")
    await console.go(f"#/tasks/{task}")
    await expect(console.page.locator(".page-meta .status")).to_have_text("ready")

    fence = await fleet.claim(task)
    await expect(console.page.locator(".page-meta .status")).to_have_text("claimed")
    await fleet.call("complete_task", task_id=task, fence=fence, agent="reader-01")

    await expect(console.card("Timeline").locator(".moment strong")).to_have_text(
        ["created", "claimed", "completed"]
    )


async def test_a_task_is_cancelled_only_after_a_question(shared: Shared) -> None:
    console, fleet = shared.console, shared.fleet
    task = await fleet.create("Read the report")
    await console.go(f"#/tasks/{task}")

    await console.press("Cancel")
    await console.press("Keep as it is")
    assert await fleet.status(task) == "ready"
    await console.press("Cancel")
    await console.confirm("Cancel the task", reason="read already")

    await expect(console.page.locator(".page-meta .status")).to_have_text("cancelled")
    view = await fleet.call("get_task", task_id=task)
    assert (view.task.status, view.task.cancel_reason) == ("cancelled", "read already")


async def test_a_dead_task_is_brought_back(shared: Shared) -> None:
    console, fleet = shared.console, shared.fleet
    task = await fleet.give_up("Read the report")
    await console.go(f"#/tasks/{task}")

    await console.press("Retry")

    await expect(console.page.locator(".page-meta .status")).to_have_text("ready")
    assert await fleet.status(task) == "ready"


async def test_an_unknown_task_is_said_to_be_unknown(looking: Watched) -> None:
    await looking.go("#/tasks/task-0-999")

    await looking.see("There is no such task")
