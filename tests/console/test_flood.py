"""A thousand events a second move nothing on the page but its figures."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.console.fleet import Fleet
from tests.console.watched import Watched

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVENTS = 2_000
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
    clock = asyncio.get_running_loop().time
    begun = clock()
    done = 0
    while done < EVENTS:
        await asyncio.gather(
            *(fleet.live(f"Flood {done + number}") for number in range(BATCH // 3))
        )
        done += BATCH
        await asyncio.sleep(max(0, begun + done / 1_000 - clock()))


@pytest.mark.parametrize("place", ["#/fleet", "#/tasks", "#/log"])
async def test_nothing_jumps_and_nothing_grows_under_a_thousand_events_a_second(
    console: Watched, fleet: Fleet, place: str
) -> None:
    await fleet.work()
    await console.go(place)
    await console.see("Summarise document" if place != "#/fleet" else "extractor-01")
    before = await console.evaluate(PLACES)
    await console.evaluate(WATCH_SHIFTS)

    await flood(fleet)

    head = fleet.hub.head
    await console.page.wait_for_function(
        f"() => import('./live/feed.js').then((feed) => feed.head.value >= {head})"
    )
    shifts = await console.evaluate("() => window.shifts")
    assert sum(value for value, *_ in shifts) < SHIFT_MAX, shifts
    assert await console.evaluate(PLACES) == before
    assert await console.evaluate("() => document.querySelectorAll('*').length") < NODES_MAX
    await expect(console.page.locator(".link-state.live")).to_be_attached()
