"""Keys: made, rotated and revoked in the browser; a secret is shown once."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from interlock.server.door import Unauthenticated, first_key
from interlock.server.serve import serve
from interlock.server.settings import Settings
from tests.console.fleet import Fleet
from tests.console.shared import Shared
from tests.console.watched import Watched

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def closed(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Shared]:
    """A server that asks for keys, and a tab that goes on with the first of them."""
    store = tmp_path_factory.mktemp("closed") / "fleet.db"
    async with (
        serve(Settings(store=str(store), port=0)) as serving,
        Watched.open(browser, serving.url) as console,
    ):
        await console.go("#/keys")
        await make(console, "alice", "admin")
        yield Shared(console, Fleet(serving))
        console.expect_no_complaint()


async def make(console: Watched, name: str, role: str) -> str:
    """Makes a key in the console, and returns its secret."""
    await console.press("Create a key")
    await console.confirm("Create the key", name=name, role=role)
    secret = await console.page.locator(".secret code").inner_text()
    await console.press("I have kept it")
    return secret


async def test_the_first_key_closes_the_server_and_the_tab_goes_on_with_it(
    console: Watched, fleet: Fleet
) -> None:
    await console.go("#/keys")

    secret = await make(console, "alice", "admin")

    await expect(console.page.get_by_role("row").filter(has_text="alice")).to_be_visible()
    await expect(console.page.get_by_role("note")).to_have_count(0)
    assert fleet.serving.door.admit(secret).role == "admin"
    assert not fleet.serving.door.is_open


async def test_a_secret_is_shown_once_and_stored_nowhere_but_in_the_tab(closed: Shared) -> None:
    console = closed.console
    await console.go("#/keys")
    secret = await make(console, "builder-01", "agent")

    assert secret not in await console.page.content()
    assert secret not in await console.evaluate(
        "() => JSON.stringify({...localStorage, ...sessionStorage})"
    )
    await console.page.reload()
    await console.see("builder-01")
    assert secret not in await console.page.content()


async def test_whoever_has_no_key_is_asked_for_one(console: Watched, fleet: Fleet) -> None:
    made = await fleet.call("create_key", name="alice", role="viewer")
    await console.page.goto(f"{console.url}/console/#/fleet")

    field = console.page.get_by_label("Key", exact=False).first
    await field.fill("ilk_nonsense")
    await console.press("Sign in")
    await console.see("This key opens nothing")
    await field.fill(made.key)
    await console.press("Sign in")

    await console.see("No work yet")
    await console.press("Sign out")
    await expect(console.page.get_by_role("button", name="Sign in")).to_be_visible()


async def test_a_rotated_key_has_a_new_secret(closed: Shared) -> None:
    console, fleet = closed.console, closed.fleet
    await console.go("#/keys")
    old = await make(console, "builder-02", "agent")
    row = console.page.get_by_role("row").filter(has_text="builder-02")

    await row.get_by_role("button", name="Rotate").click()
    await console.confirm("Make a new secret", grace_s="0")
    new = await console.page.locator(".secret code").inner_text()
    await console.press("I have kept it")

    assert fleet.serving.door.admit(new).agent == "builder-02"
    with pytest.raises(Unauthenticated):
        fleet.serving.door.admit(old)


async def test_a_revoked_key_opens_nothing(closed: Shared) -> None:
    console, fleet = closed.console, closed.fleet
    await console.go("#/keys")
    secret = await make(console, "builder-03", "agent")
    row = console.page.get_by_role("row").filter(has_text="builder-03")

    await row.get_by_role("button", name="Revoke").click()
    await console.confirm("Revoke it for good", reason="left the fleet")

    await expect(row).to_have_count(0)
    with pytest.raises(Unauthenticated):
        fleet.serving.door.admit(secret)


async def test_a_viewer_is_offered_nothing_that_the_key_does_not_allow(
    console: Watched, fleet: Fleet
) -> None:
    task = await fleet.create("Read the report")
    made = await fleet.call("create_key", name="risk", role="viewer")
    await console.sign_in(made.key)
    await console.go(f"#/tasks/{task}")

    cancel = console.page.get_by_role("button", name="Cancel", exact=True)
    await expect(cancel).to_be_disabled()
    assert "viewer" in (await cancel.get_attribute("title") or "")
    await expect(console.page.locator(".rail-foot")).to_contain_text("risk, viewer")
    await cancel.evaluate("button => { button.disabled = false; }")
    await cancel.click()
    await console.confirm("Cancel the task")

    await expect(
        console.page.get_by_role("status").filter(has_text="does not allow")
    ).to_be_visible()
    assert fleet.hub.state.tasks[task].status == "ready"


async def test_whoever_is_signed_in_learns_that_the_server_is_still_open(
    console: Watched, fleet: Fleet
) -> None:
    key = await first_key(fleet.serving.door)
    assert key
    assert fleet.serving.door.is_open
    await console.go()
    await console.page.evaluate("key => sessionStorage.setItem('interlock.key', key)", key)
    await console.page.reload()

    note = console.page.get_by_role("note")
    await expect(note).to_contain_text("anyone on this machine")
    await expect(console.page.get_by_role("button", name="Sign out")).to_be_visible()
    await fleet.call("create_key", name="alice", role="admin")

    await expect(note).to_have_count(0)
    assert await console.evaluate("() => sessionStorage.getItem('interlock.key')") == key
