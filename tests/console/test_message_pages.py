"""Messages: threads, what nobody read, what is overdue, and dead letters brought back."""

import pytest
from playwright.async_api import expect

from tests.console.fleet import Fleet
from tests.console.shared import Shared
from tests.console.watched import Watched

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def ask(fleet: Fleet, text: str, target: str = "reader-01") -> str:
    sent = await fleet.call(
        "send_message", agent="orchestrator", target=target, message_type="QUERY", message=text
    )
    return str(sent.message_id)


async def test_a_thread_shows_each_message_with_what_became_of_it(looking: Watched) -> None:
    await looking.go("#/messages")

    await looking.page.get_by_role("row").filter(has_text="The rent is 1,240.00 EUR.").click()

    letters = looking.page.locator(".letter")
    await expect(letters).to_have_count(2)
    await expect(letters.nth(0)).to_contain_text("Read the rental contract first.")
    await expect(letters.nth(0)).to_contain_text("contract-rental-german.txt")
    await expect(letters.nth(0)).to_contain_text("settled")
    await expect(letters.nth(1)).to_contain_text("waiting orchestrator")


async def test_threads_appear_as_they_are_written(shared: Shared) -> None:
    console, fleet = shared.console, shared.fleet
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


async def test_a_dead_letter_is_redriven(shared: Shared) -> None:
    console, fleet = shared.console, shared.fleet
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


async def test_the_answer_of_a_person_reaches_the_agent_that_asked(
    console: Watched, fleet: Fleet
) -> None:
    asked = await fleet.call(
        "request_help", agent="reader-01", title="Which rent holds?", summary="Page 1 says 1,240."
    )
    await console.go()
    tile = console.page.locator(".tile", has_text="Help wanted")
    await expect(tile.locator(".tile-figure")).to_have_text("1")
    await tile.click()

    await console.press("Answer")
    await expect(console.page.get_by_role("dialog")).to_contain_text("Page 1 says 1,240.")
    await console.confirm("Send the answer", by="alice", answer="The one in section 3.")

    await console.see("Nobody asks for help")
    received = await fleet.call("get_messages", agent="reader-01")
    assert [(item.source, item.message, item.reply_to) for item in received.items] == [
        ("alice", "The one in section 3.", asked.help_id)
    ]


async def test_a_viewer_reads_what_is_asked_and_does_not_answer(
    console: Watched, fleet: Fleet
) -> None:
    await fleet.call(
        "request_help", agent="reader-01", title="Which rent holds?", summary="Page 1 says 1,240."
    )
    made = await fleet.call("create_key", name="risk", role="viewer")
    await console.sign_in(made.key)
    await console.go("#/messages?tab=help")

    await console.press("Read")

    dialog = console.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Page 1 says 1,240.")
    await expect(dialog).to_contain_text("does not allow answer_help")
    await expect(dialog.get_by_role("textbox")).to_have_count(0)
