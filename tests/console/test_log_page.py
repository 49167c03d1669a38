"""The log: every event, found again, and the state as it was."""

import pytest
from playwright.async_api import expect

from interlock.server import history
from tests.console.fleet import Afternoon, Fleet
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


async def test_events_are_found_by_noun_and_by_text(looking: Watched, afternoon: Afternoon) -> None:
    tasks = afternoon.tasks
    await looking.go("#/log")
    rows = looking.card("Events").locator(".table-space .table-row")

    await looking.press("Messages")
    await expect(rows.first).to_contain_text("HelpRequested")
    await expect(rows.nth(1)).to_contain_text("Message")
    await expect(rows.filter(has_text="Task")).to_have_count(0)
    await looking.press("All")
    await looking.page.get_by_label("A task, an agent, any text of an event").fill(
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
    then = console.card("Position 1").get_by_label("Counts then")
    await expect(then).to_contain_text("tasks1 ready")
    await expect(then).not_to_contain_text("claimed")
    await slider.press("ArrowRight")

    await expect(console.card("Position 2").get_by_label("Counts then")).to_contain_text(
        "tasks1 claimed"
    )
    assert "position=2" in console.page.url


async def test_what_an_event_is_about_is_shown_as_it_was(console: Watched, fleet: Fleet) -> None:
    first = await fleet.create("First")
    second = await fleet.create("Second")
    fence = await fleet.claim(first)
    await fleet.call("complete_task", task_id=first, fence=fence, agent="reader-01")
    await console.go("#/log")

    await console.card("Events").get_by_role("row", name="TaskClaimed").click()
    await console.press("Show as at this position")
    shown = console.card("As it was")
    await expect(shown).to_contain_text('"holder_agent": "reader-01"')
    await expect(shown.locator("summary")).to_have_count(1)
    await console.card("The id of anything then").fill("")
    await expect(shown.locator("summary")).to_contain_text([f"{first} First", f"{second} Second"])
    await shown.locator("summary").nth(1).click()

    await expect(shown).to_contain_text('"title": "Second"')
    assert "kind=task" in console.page.url


async def test_a_history_too_long_to_fold_here_is_said_to_be(
    console: Watched, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fleet.create("First")
    await fleet.create("Second")
    monkeypatch.setattr(history, "EVENTS_MAX", 1)

    await console.go("#/log?position=2")

    await expect(console.card("Position 2")).to_contain_text("more than the 1 that are folded here")
    await expect(console.card("Position 2")).to_contain_text("interlock replay interlock.db --to 2")
