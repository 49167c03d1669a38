"""Everything is reached without a mouse."""

import pytest
from playwright.async_api import expect

from tests.console.fleet import Afternoon, Fleet
from tests.console.watched import Watched

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_two_keys_lead_to_each_page(looking: Watched) -> None:
    await looking.go()
    for key, page in {
        "t": "tasks",
        "m": "messages",
        "a": "agents",
        "l": "log",
        "k": "keys",
        "f": "fleet",
    }.items():
        await looking.page.keyboard.press("g")
        await looking.page.keyboard.press(key)
        await expect(looking.page.locator(f".rail-link[href='#/{page}']")).to_have_attribute(
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


async def test_what_has_the_focus_shows_it(looking: Watched) -> None:
    await looking.go()
    await looking.page.locator(".brand").focus()
    for _ in range(25):
        await looking.page.keyboard.press("Tab")
        style = await looking.evaluate(
            "() => getComputedStyle(document.activeElement).outlineStyle"
        )
        assert style != "none", await looking.evaluate("() => document.activeElement.outerText")


async def test_a_question_mark_shows_the_keys(looking: Watched) -> None:
    await looking.go()

    await looking.page.keyboard.press("?")
    await expect(looking.page.get_by_role("dialog")).to_contain_text("Search on this page")
    await looking.page.keyboard.press("Escape")

    await expect(looking.page.get_by_role("dialog")).to_have_count(0)


async def test_the_palette_leads_to_a_task_by_its_id(
    looking: Watched, afternoon: Afternoon
) -> None:
    await looking.go()

    await looking.page.keyboard.press("Control+k")
    await looking.page.keyboard.type(afternoon.tasks["blocked"])
    await looking.page.keyboard.press("Enter")

    await expect(looking.page.get_by_role("heading", level=1)).to_have_text("Publish the summary")


async def test_a_slash_searches_and_typing_there_is_no_shortcut(looking: Watched) -> None:
    await looking.go("#/tasks")
    await looking.see("Publish the summary")

    await looking.page.keyboard.press("/")
    await looking.page.keyboard.type("invoice")

    await expect(looking.card("Tasks").locator(".table-space .table-row")).to_have_count(1)
    assert "#/tasks?text=invoice" in looking.page.url
