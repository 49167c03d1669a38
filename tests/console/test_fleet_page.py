"""The fleet page is true, and stays true while the fleet works."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.async_api import Browser, Locator, expect

from interlock.server.serve import serve
from interlock.server.settings import Settings
from tests.console.fleet import Fleet
from tests.console.watched import Watched

pytestmark = pytest.mark.asyncio(loop_scope="session")


def tile(console: Watched, name: str) -> Locator:
    return console.page.locator(".tile", has=console.page.get_by_text(name, exact=True)).locator(
        ".tile-figure"
    )


async def test_it_shows_agents_with_their_tasks_and_queues_with_their_depth(
    looking: Watched,
) -> None:
    await looking.go()

    busy = looking.card("Agents").get_by_role("row", name="extractor-01")
    await expect(busy).to_contain_text("Extract totals from invoice RE-2026-0502")
    queue = looking.card("Queues").get_by_role("row").filter(has_text="summarise")
    await expect(queue.get_by_role("cell").nth(1)).to_have_text("4")
    await expect(tile(looking, "Ready")).to_have_text("12")
    await expect(tile(looking, "Claimed")).to_have_text("1")
    await expect(tile(looking, "Waiting")).to_have_text("2")
    await expect(tile(looking, "Dead letters")).to_have_text("2")


async def test_it_follows_the_fleet_without_being_asked(console: Watched, fleet: Fleet) -> None:
    await fleet.create("First")
    await console.go()
    await expect(tile(console, "Ready")).to_have_text("1")

    task = await fleet.create("Second", queue="urgent")
    await expect(tile(console, "Ready")).to_have_text("2")
    await fleet.claim(task, agent="newcomer")
    await expect(console.card("Agents").get_by_role("row", name="newcomer")).to_contain_text(
        "Second"
    )


async def test_it_tells_of_trouble_as_it_happens(console: Watched, fleet: Fleet) -> None:
    await fleet.create("First")
    await console.go()
    await console.see("Nothing went wrong lately")

    await fleet.give_up("Read the damaged file", error="no page can be read")

    await expect(console.card("Trouble")).to_contain_text("no page can be read")
    await expect(tile(console, "Dead letters")).to_have_text("1")


async def test_it_says_when_the_server_is_gone_and_goes_on_when_it_is_back(
    browser: Browser, tmp_path: Path
) -> None:
    settings = Settings(store=str(tmp_path / "fleet.db"), port=0)
    async with Watched.open(browser, "") as console:
        async with serve(settings) as serving:
            await Fleet(serving).create("First")
            console.url = serving.url
            await console.go()
            await expect(tile(console, "Ready")).to_have_text("1")
        await expect(console.page.get_by_role("alert")).to_contain_text("cannot be reached")

        again = replace(settings, port=int(serving.url.rpartition(":")[2]))
        async with serve(again) as serving:
            await Fleet(serving).create("Second")
            await expect(tile(console, "Ready")).to_have_text("2")
            await expect(console.page.get_by_role("alert")).to_have_count(0)
