"""Everything is reached without a mouse."""

import pytest
from playwright.async_api import expect

from tests.console.fleet import Fleet
from tests.console.watched import Watched

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_two_keys_lead_to_each_page(console: Watched, fleet: Fleet) -> None:
    await fleet.create("First")
    await console.go()
    for key, page in {
        "t": "tasks",
        "m": "messages",
        "a": "agents",
        "l": "log",
        "k": "keys",
        "f": "fleet",
    }.items():
        await console.page.keyboard.press("g")
        await console.page.keyboard.press(key)
        await expect(console.page.locator(f".rail-link[href='#/{page}']")).to_have_attribute(
            "aria-current", "page"
        )


async def test_rows_are_walked_and_opened(console: Watched, fleet: Fleet) -> None:
    await fleet.create("First")
    await fleet.create("Second")
    await fleet.create("Third")
    await console.go("#/tasks")
    await console.see("First")

    for key in ("j", "j", "j", "k", "Enter"):
        await console.page.keyboard.press(key)

    await expect(console.page.get_by_role("heading", level=1)).to_have_text("Second")


async def test_the_first_stop_skips_to_the_page(console: Watched) -> None:
    await console.go()

    await console.page.keyboard.press("Tab")
    await expect(console.page.get_by_role("link", name="Skip to the page")).to_be_focused()
    await console.page.keyboard.press("Enter")

    await expect(console.main).to_be_focused()
    assert console.page.url.endswith("#/fleet")


async def test_what_has_the_focus_shows_it(console: Watched, fleet: Fleet) -> None:
    await fleet.work()
    await console.go()
    for _ in range(25):
        await console.page.keyboard.press("Tab")
        style = await console.evaluate(
            "() => getComputedStyle(document.activeElement).outlineStyle"
        )
        assert style != "none", await console.evaluate("() => document.activeElement.outerText")


async def test_a_question_mark_shows_the_keys(console: Watched) -> None:
    await console.go()

    await console.page.keyboard.press("?")
    await expect(console.page.get_by_role("dialog")).to_contain_text("Search on this page")
    await console.page.keyboard.press("Escape")

    await expect(console.page.get_by_role("dialog")).to_have_count(0)


async def test_the_palette_leads_to_a_task_by_its_id(console: Watched, fleet: Fleet) -> None:
    task = await fleet.create("Read the report")
    await console.go()

    await console.page.keyboard.press("Control+k")
    await console.page.keyboard.type(task)
    await console.page.keyboard.press("Enter")

    await expect(console.page.get_by_role("heading", level=1)).to_have_text("Read the report")


async def test_a_slash_searches_and_typing_there_is_no_shortcut(
    console: Watched, fleet: Fleet
) -> None:
    await fleet.create("Going to gather")
    await fleet.create("Other")
    await console.go("#/tasks")
    await console.see("Other")

    await console.page.keyboard.press("/")
    await console.page.keyboard.type("gather")

    await expect(console.card("Tasks").locator(".table-space .table-row")).to_have_count(1)
    assert "#/tasks?text=gather" in console.page.url
