"""Every page, wide and narrow, light and dark."""

import asyncio
import shlex
import sys
from typing import Literal

import pytest
from playwright.async_api import Browser, expect

from tests.console.fleet import Afternoon
from tests.console.watched import NARROW, WIDE, Watched

pytestmark = pytest.mark.asyncio(loop_scope="session")

PLACES = {
    "#/fleet": "Tasks per second",
    "#/tasks": "Summarise document 1",
    "#/tasks/{done}": "rent",
    "#/messages": "The rent is 1,240.00 EUR.",
    "#/messages?tab=undelivered": "Lunch.",
    "#/messages?tab=overdue": "Nothing is overdue",
    "#/messages?tab=help": "Which of the two totals holds?",
    "#/messages?tab=dead": "that is not mine",
    "#/agents": "extractor-01",
    "#/agents/reader-01": "section 3",
    "#/log": "TaskCreated",
    "#/log?position=30&kind=task": "the latest changed first",
    "#/keys": "No key yet",
    "#/nowhere": "There is no such page",
}


@pytest.mark.parametrize(
    ("size", "scheme", "ground"),
    [(WIDE, "light", "rgb(245, 246, 248)"), (NARROW, "dark", "rgb(13, 16, 20)")],
    ids=["wide and light", "narrow and dark"],
)
async def test_every_page_shows_the_fleet_and_fits_the_window(
    browser: Browser,
    afternoon: Afternoon,
    size: tuple[int, int],
    scheme: Literal["light", "dark"],
    ground: str,
) -> None:
    url = afternoon.fleet.serving.url
    async with Watched.open(browser, url, size=size, scheme=scheme) as console:
        await console.go()
        for place, text in PLACES.items():
            await console.evaluate(
                f"() => {{ location.hash = {place.format(**afternoon.tasks)!r} }}"
            )
            await console.see(text)
            assert not await console.scrolls_sideways(), place
        await expect(console.page.locator("body")).to_have_css("background-color", ground)
        console.expect_no_complaint()


async def test_an_empty_ledger_teaches_how_to_fill_each_page(console: Watched) -> None:
    await console.go()
    for page, command in {
        "fleet": "create_task",
        "tasks": "create_task",
        "messages": "send_message",
        "messages?tab=help": "request_help",
        "agents": "register_agent",
        "log": "interlock log",
        "keys": "interlock keys create",
    }.items():
        await console.evaluate(f"() => {{ location.hash = '#/{page}' }}")
        await expect(console.page.locator(".command code")).to_contain_text(command)
        for width, height in (WIDE, NARROW):
            await console.page.set_viewport_size({"width": width, "height": height})
            assert not await console.scrolls_sideways(), (page, width)


async def test_an_open_server_says_that_anybody_may_do_everything(looking: Watched) -> None:
    await looking.go()

    await expect(looking.page.get_by_role("note")).to_contain_text("anyone on this machine")


async def test_the_colours_follow_the_switch_and_are_remembered(console: Watched) -> None:
    await console.go()
    body = console.page.locator("body")

    await console.page.keyboard.press("t")
    await console.page.keyboard.press("t")
    await expect(body).to_have_css("background-color", "rgb(13, 16, 20)")
    await console.page.reload()

    await expect(body).to_have_css("background-color", "rgb(13, 16, 20)")


async def test_the_command_that_a_page_teaches_fills_it(console: Watched) -> None:
    await console.go("#/tasks")
    command = await console.page.locator(".command code").inner_text()
    program, *arguments = shlex.split(command)

    calling = await asyncio.create_subprocess_exec(
        sys.executable, "-m", program, *arguments, stdout=asyncio.subprocess.DEVNULL
    )

    assert await calling.wait() == 0
    await expect(
        console.page.get_by_role("row").filter(has_text="Read the report")
    ).to_contain_text("ready")
