"""The log: every event, found again, and the state as it was."""

import pytest
from playwright.async_api import expect

from tests.console.fleet import Fleet
from tests.console.watched import Watched

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_every_event_is_there_and_new_ones_appear(console: Watched, fleet: Fleet) -> None:
    await fleet.create("First")
    await console.go("#/log")
    rows = console.card("Events").locator(".table-space .table-row")
    await expect(rows).to_have_count(1)

    await fleet.claim(await fleet.create("Second"))

    await expect(rows).to_have_count(3)
    await expect(rows.first).to_contain_text("TaskClaimed")


async def test_events_are_found_by_noun_and_by_text(console: Watched, fleet: Fleet) -> None:
    tasks = await fleet.work()
    await console.go("#/log")
    rows = console.card("Events").locator(".table-space .table-row")

    await console.press("Messages")
    await expect(rows.first).to_contain_text("Message")
    await expect(rows.filter(has_text="Task")).to_have_count(0)
    await console.press("All")
    await console.page.get_by_label("A task, an agent, any text of an event").fill(
        tasks["cancelled"]
    )

    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("TaskCancelled")


async def test_an_event_is_shown_whole_with_links_to_what_it_is_about(
    console: Watched, fleet: Fleet
) -> None:
    task = await fleet.create("Read the report")
    await fleet.claim(task)
    await console.go("#/log?position=2")

    inspector = console.card("Position 2")
    await expect(inspector).to_contain_text('"agent": "reader-01"')
    await inspector.get_by_role("link", name=task).click()

    await console.see("Read the report")
    assert console.page.url.endswith(f"#/tasks/{task}")


async def test_the_slider_shows_the_state_as_it_was(console: Watched, fleet: Fleet) -> None:
    first = await fleet.create("First")
    await fleet.claim(first)
    await fleet.create("Second")
    await console.go("#/log")
    slider = console.page.get_by_label("Position of the log")

    await slider.focus()
    await slider.press("Home")
    then = console.card("Position 1").locator(".counts")
    await expect(then).to_contain_text("tasks ready1")
    await expect(then).not_to_contain_text("tasks claimed")
    await slider.press("ArrowRight")

    await expect(console.card("Position 2").locator(".counts")).to_contain_text("tasks claimed1")
    assert "position=2" in console.page.url
