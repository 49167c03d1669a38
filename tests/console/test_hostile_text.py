"""Whatever agents write is shown as text, and does nothing."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from interlock.server.serve import Serving, serve
from interlock.server.settings import Settings
from tests.console.fleet import Fleet
from tests.console.shared import Shared
from tests.console.watched import Watched

pytestmark = pytest.mark.asyncio(loop_scope="session")

MARKUP = "<script>hit()</script><img src=x onerror=hit()><svg onload=hit()><a href=javascript:hit()>x</a>"
ADDRESS = "javascript:hit()//'\"><b>"
BACKWARDS = "invoice\u202egnp.exe\u2066\u200b\u061c"
HUGE = "W" * 480
EVIL = (MARKUP, ADDRESS, BACKWARDS, HUGE)

PLACES = [
    "#/fleet",
    "#/tasks",
    "#/tasks?queue={name}&run_id={name}",
    "#/tasks/{task}",
    "#/messages",
    "#/messages/{name}",
    "#/messages?tab=undelivered",
    "#/messages?tab=help",
    "#/messages?tab=dead",
    "#/agents",
    "#/agents/{name}",
    "#/log",
    "#/log?position={position}&kind=task&id={task}",
    "#/log?text={name}",
]

STRANGERS = r"""() => [
  ...document.querySelectorAll("script:not([src]), main img, main b, [onload], [onerror]"),
  ...[...document.querySelectorAll("a[href]")].filter((link) => !link.getAttribute("href").startsWith("#")),
].map((element) => element.outerHTML).concat(
  document.body.innerText.match(/[\u202a-\u202e\u2066-\u2069\u200b\u061c]/g) ?? [],
)"""
"""What no page of ours holds: elements, addresses and characters that act."""


@pytest_asyncio.fixture(loop_scope="session")
async def serving() -> AsyncIterator[Serving]:
    """A server over a ledger in memory: it folds the past itself, once for each of the texts."""
    async with serve(Settings(store=":memory:", port=0)) as serving:
        yield serving


async def fill(fleet: Fleet, evil: str) -> str:
    """Puts the text into every field that an agent controls; returns the id of a task."""
    name = "".join(char for char in evil if char.isprintable() or ord(char) > 0x9F)[:200]
    await fleet.call(
        "register_agent", agent=name, capabilities=[name], groups=[name], description=evil
    )
    await fleet.call("open_session", agent=name, session=name)
    names = {
        "category": name,
        "run_id": name,
        "correlation_id": name,
        "fairness_key": name,
        "concurrency_key": name,
    }
    task = await fleet.call(
        "create_task",
        title=evil,
        agent=name,
        queue=name,
        instructions=evil,
        payload={evil: evil},
        **names,
    )
    claim = await fleet.call("claim_task", task_id=task.task_id, agent=name, session=name)
    held = {"task_id": claim.task_id, "fence": claim.fence, "agent": name}
    await fleet.call("extend_lease", **held, progress=evil)
    await fleet.call("record_step", **held, name=name, result=evil)
    await fleet.call("fail_task", **held, error_class="PERMANENT", error=evil)
    sent = await fleet.call(
        "send_message",
        agent=name,
        target=name,
        message_type="QUERY",
        message=evil,
        payload=[evil],
        thread_id=name,
    )
    received = await fleet.call("get_messages", agent=name)
    await fleet.call("reject_message", agent=name, receipt=received.items[0].receipt, reason=evil)
    await fleet.call(
        "send_message",
        agent=name,
        target=name,
        message_type="STATUS",
        message=evil,
        reply_to=sent.message_id,
    )
    await fleet.call(
        "update_program_state",
        agent=name,
        context_summary={
            "last_task": {"task_id": name, "title": evil, "outcome": evil},
            "handoff_notes": evil,
            "active_work_items": [evil],
            "open_questions": [evil],
        },
        past_failures=[{"what": evil, "why": evil, "remedy": evil}],
        config={evil: evil},
    )
    await fleet.call("reinforce_pattern", agent=name, pattern=evil, domain=name)
    await fleet.call("publish_event", agent=name, topic=name, key=name, payload=evil)
    await fleet.call("request_help", agent=name, title=evil, summary=evil)
    await fleet.call("pause_agent", agent=name, name=name, reason=evil)
    return str(task.task_id)


async def test_hostile_text_is_inert_on_every_page(console: Watched, fleet: Fleet) -> None:
    tasks = {evil: (await fill(fleet, evil), fleet.hub.head) for evil in EVIL}
    await console.page.add_init_script("window.hits = 0; window.hit = () => { window.hits += 1; };")
    await console.page.set_viewport_size({"width": 390, "height": 844})
    await console.go()
    for evil, (task, position) in tasks.items():
        name = (await fleet.call("get_task", task_id=task)).task.created_by
        quoted = await console.page.evaluate("name => encodeURIComponent(name)", name)
        # A list shows the texts of all at once; what is told of one thing is looked at for each.
        for place in PLACES if evil is EVIL[-1] else [each for each in PLACES if "{" in each]:
            address = place.format(name=quoted, task=task, position=position)
            await console.page.evaluate("place => { location.hash = place; }", address)
            for text in (evil,) if "{" in place or place == "#/log" else EVIL:
                await expect(console.main.get_by_text(text[:7]).first).to_be_attached()
            assert await console.evaluate(STRANGERS) == [], place
            assert not await console.scrolls_sideways(), place
    assert await console.evaluate("() => window.hits") == 0


async def test_a_character_that_acts_is_shown_by_its_number(shared: Shared) -> None:
    console, fleet = shared.console, shared.fleet
    task = await fleet.create(BACKWARDS)

    await console.go(f"#/tasks/{task}")

    await console.see(r"invoice\u{202e}gnp.exe\u{2066}\u{200b}\u{61c}")


async def test_text_cannot_become_markup_even_by_our_mistake(console: Watched) -> None:
    await console.go()

    refused = """() => {
      try { document.body.innerHTML = "<b>x</b>"; return ""; } catch (error) { return error.name; }
    }"""

    assert await console.evaluate(refused) == "TypeError"
    await console.leave()  # what the browser complains of late is heard before that
    console.complaints = [
        text for text in console.complaints if "rusted" not in text and "policy:" not in text
    ]


async def test_a_complaint_of_the_browser_fails_a_test(console: Watched) -> None:
    await console.go()
    await console.evaluate(
        """() => {
          const seen = new Promise((done) => addEventListener("securitypolicyviolation", () => done(0)));
          document.body.append(Object.assign(document.createElement("img"), { src: "http://127.0.0.1:9/x.png" }));
          return seen;
        }"""
    )

    with pytest.raises(AssertionError, match="policy: img-src"):
        console.expect_no_complaint()
    await console.leave()
    console.complaints.clear()
