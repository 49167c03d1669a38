"""A thousand events a second move nothing on the page but its figures."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.console.fleet import Fleet
from tests.console.watched import Watched

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVENTS = 3_000
BATCH = 50
NODES_MAX = 4_000

WATCH_SHIFTS = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shifts.push([entry.value, ...entry.sources.map((source) => source.node?.className ?? source.node?.nodeName)]);
  }).observe({ type: "layout-shift", buffered: false });
}"""


async def flood(fleet: Fleet) -> None:
    """Lives of tasks at a thousand events a second: created, claimed, completed."""
    clock = asyncio.get_running_loop().time
    begun = clock()
    done = 0
    while done < EVENTS:
        await asyncio.gather(
            *(fleet.live(f"Flood {done + number}") for number in range(BATCH // 3))
        )
        done += BATCH
        while clock() < begun + done / 1_000:
            await asyncio.sleep(0)


@pytest.mark.parametrize("place", ["#/fleet", "#/tasks", "#/log"])
async def test_nothing_jumps_and_nothing_grows_under_a_thousand_events_a_second(
    console: Watched, fleet: Fleet, place: str
) -> None:
    await fleet.work()
    await console.go(place)
    await console.see("Summarise document" if place != "#/fleet" else "extractor-01")
    await console.evaluate(WATCH_SHIFTS)

    await flood(fleet)

    head = fleet.hub.head
    await console.page.wait_for_function(
        f"() => import('./live/feed.js').then((feed) => feed.head.value >= {head})"
    )
    assert await console.evaluate("() => window.shifts") == []
    assert await console.evaluate("() => document.querySelectorAll('*').length") < NODES_MAX
    await expect(console.page.locator(".link-state.live")).to_be_attached()
