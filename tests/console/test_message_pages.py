"""Messages: threads, what nobody read, what is overdue, and dead letters brought back."""

import pytest
from playwright.async_api import expect

from tests.console.fleet import Fleet
from tests.console.watched import Watched

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def ask(fleet: Fleet, text: str, target: str = "reader-01") -> str:
    sent = await fleet.call(
        "send_message", agent="orchestrator", target=target, message_type="QUERY", message=text
    )
    return str(sent.message_id)


async def test_a_thread_shows_each_message_with_what_became_of_it(
    console: Watched, fleet: Fleet
) -> None:
    await fleet.work()
    await console.go("#/messages")

    await console.page.get_by_role("row").filter(has_text="The rent is 1,240.00 EUR.").click()

    letters = console.page.locator(".letter")
    await expect(letters).to_have_count(2)
    await expect(letters.nth(0)).to_contain_text("Read the rental contract first.")
    await expect(letters.nth(0)).to_contain_text("contract-rental-german.txt")
    await expect(letters.nth(0)).to_contain_text("settled")
    await expect(letters.nth(1)).to_contain_text("waiting orchestrator")


async def test_threads_appear_as_they_are_written(console: Watched, fleet: Fleet) -> None:
    await ask(fleet, "How far are you?")
    await console.go("#/messages")
    await console.see("How far are you?")

    await ask(fleet, "And now?")

    await console.see("And now?")


async def test_what_nobody_read_and_what_is_overdue_stand_apart(
    console: Watched, fleet: Fleet
) -> None:
    await ask(fleet, "Unread")
    await ask(fleet, "Read and forgotten", target="reader-02")
    await fleet.call("get_messages", agent="reader-02", visibility_s=0.05)
    await fleet.call("get_messages", agent="reader-02", visibility_s=0.05, wait_s=5)

    await console.go("#/messages?tab=overdue")
    await console.see("Read and forgotten")
    await expect(console.main).not_to_contain_text("Unread")
    await console.page.get_by_role("link", name="Undelivered").click()
    await console.see("Unread")


async def test_a_dead_letter_is_redriven(console: Watched, fleet: Fleet) -> None:
    task = await fleet.give_up("Read the report")
    kept = await fleet.give_up("Read the other report")
    await console.go("#/messages?tab=dead")

    await console.page.get_by_label(f"Pick {task}").check()
    await console.press("Redrive 1")
    await console.confirm("Redrive")

    await expect(console.page.get_by_label(f"Pick {task}")).to_have_count(0)
    assert await fleet.status(task) == "ready"
    assert await fleet.status(kept) == "dead"


async def test_all_dead_letters_are_redriven_at_once(console: Watched, fleet: Fleet) -> None:
    tasks = [await fleet.give_up(f"Read report {number}") for number in range(3)]
    message = await ask(fleet, "Is it right?")
    received = await fleet.call("get_messages", agent="reader-01")
    await fleet.call("reject_message", agent="reader-01", receipt=received.items[0].receipt)
    await console.go("#/messages?tab=dead")
    await expect(console.page.get_by_role("checkbox")).to_have_count(4)

    await console.press("Pick all")
    await console.press("Redrive 4")
    await console.confirm("Redrive")

    await console.see("No dead letters")
    assert [await fleet.status(task) for task in tasks] == ["ready"] * 3
    again = await fleet.call("get_messages", agent="reader-01")
    assert [item.id for item in again.items] == [message]
