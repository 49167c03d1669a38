"""Agents: what they know and do, and how people steer them."""

import pytest
from playwright.async_api import expect

from tests.console.shared import Shared
from tests.console.watched import Watched

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_agent_shows_its_state_patterns_notes_and_history(looking: Watched) -> None:
    await looking.go("#/agents")
    await looking.page.get_by_role("row", name="reader-01").click()

    await expect(looking.card("Handoff")).to_contain_text(
        "German contracts name the rent in section 3."
    )
    await expect(looking.card("Patterns")).to_contain_text("Rent stands in section 3")
    await expect(looking.card("Patterns")).to_contain_text("0.20")
    await expect(looking.card("Past failures")).to_contain_text("took the deposit for the rent")
    await expect(looking.card("Known")).to_contain_text("session-of-reader-01")
    await expect(looking.card("History")).to_contain_text("session opened")


async def test_an_agent_shows_the_task_it_holds_as_it_claims_it(shared: Shared) -> None:
    console, fleet = shared.console, shared.fleet
    await fleet.call("register_agent", agent="holder-01")
    await console.go("#/agents/holder-01")
    await expect(console.card("Now")).to_contain_text("It holds no task.")

    await fleet.claim(await fleet.create("Read the report"), agent="holder-01")

    await expect(console.card("Now")).to_contain_text("Read the report")


async def test_a_pause_can_be_undone(shared: Shared) -> None:
    console, fleet = shared.console, shared.fleet
    await fleet.call("register_agent", agent="paused-01")
    await console.go("#/agents/paused-01")

    await console.press("Pause")
    await console.confirm("Pause", reason="asks too much")
    await expect(console.page.locator(".page-meta .status")).to_have_text("paused")
    state = await fleet.call("get_agent", name="paused-01")
    assert (state.status, state.reason) == ("paused", "asks too much")
    await console.press("Undo")

    await expect(console.page.locator(".page-meta .status")).to_have_text("active")
    assert (await fleet.call("get_agent", name="paused-01")).status == "active"


async def test_a_quarantined_agent_claims_nothing_until_it_is_resumed(shared: Shared) -> None:
    console, fleet = shared.console, shared.fleet
    await fleet.call("register_agent", agent="stranger-01")
    await fleet.create("Read the report")
    await console.go("#/agents/stranger-01")

    await console.press("Quarantine")
    await console.confirm("Quarantine", reason="wrote to strangers")
    await expect(console.page.locator(".page-meta .status")).to_have_text("quarantined")
    assert await fleet.refusal("claim_task", agent="stranger-01") == "paused"
    await console.press("Resume")

    await expect(console.page.locator(".page-meta .status")).to_have_text("active")
    assert await fleet.call("claim_task", agent="stranger-01")


async def test_the_list_tells_the_working_from_the_idle(looking: Watched) -> None:
    await looking.go("#/agents")

    await looking.press("Working")
    await expect(looking.card("Agents").locator(".table-row")).to_have_count(1)
    await looking.see("extractor-01")
    await looking.press("Idle")

    await expect(looking.card("Agents").locator(".table-row")).to_have_count(3)
