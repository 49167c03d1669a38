"""A thousand events a second move nothing on the page but its figures."""

import asyncio
import contextlib

import pytest
from playwright.async_api import Browser

from interlock.server.serve import Serving
from tests.console.fleet import Fleet
from tests.console.watched import Watched

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGES = {
    "#/fleet": "asks for help",
    "#/tasks": "Summarise document",
    "#/log": "TaskCreated",
    "#/agents/reader-01": "session opened",
}
EVENTS = 1_200
BATCH = 50
NODES_MAX = 4_000
SHIFT_MAX = 0.001
"""A hundredth of what counts as steady: figures that grow by a digit begin further left."""

PLACES = """() => [...document.querySelectorAll(".card, .tile, .chip, .table-head, .tools > *")]
  .map((element) => element.getBoundingClientRect())
  .map(({ x, y, width, height }) => [x, y, width, height].map(Math.round))"""

WATCH_SHIFTS = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      window.shifts.push([entry.value, ...entry.sources.map(({ node }) => node?.className ?? node?.nodeName)]);
    }
  }).observe({ type: "layout-shift", buffered: false });
}"""


async def flood(fleet: Fleet) -> None:
    """Lives of tasks at a thousand events a second: created, claimed, completed."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for done in range(BATCH, EVENTS + 1, BATCH):
        due = loop.create_future()
        loop.call_at(begun + done / 1_000, due.set_result, None)
        await asyncio.gather(*(fleet.live(f"Flood {done + count}") for count in range(BATCH // 3)))
        await due


async def test_nothing_jumps_and_nothing_grows_under_a_thousand_events_a_second(
    browser: Browser, serving: Serving, fleet: Fleet
) -> None:
    await fleet.work()
    async with contextlib.AsyncExitStack() as stack:
        windows: list[tuple[Watched, object]] = []
        for place, text in PAGES.items():
            console = await stack.enter_async_context(Watched.open(browser, serving.url))
            await console.go(place)
            await console.see(text)
            windows.append((console, await console.evaluate(PLACES)))
            await console.evaluate(WATCH_SHIFTS)

        await flood(fleet)

        for console, before in windows:
            await console.page.wait_for_function(
                "head => import('./live/feed.js').then((feed) => feed.head.value >= head)",
                arg=fleet.hub.head,
            )
            shifts = await console.evaluate("() => window.shifts")
            assert sum(value for value, *_ in shifts) < SHIFT_MAX, shifts
            assert await console.evaluate(PLACES) == before
            assert await console.evaluate("() => document.querySelectorAll('*').length") < NODES_MAX
            console.expect_no_complaint()
