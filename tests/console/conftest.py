"""A real server with a fleet behind it, and a real browser in front of it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from interlock.server.serve import Serving, serve
from interlock.server.settings import Settings
from tests.console.fleet import Afternoon, Fleet
from tests.console.shared import Shared
from tests.console.watched import Watched, open_page

CHROMIUM = "/usr/bin/chromium"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests: a context each keeps them apart."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-extensions"]
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def serving(tmp_path: Path) -> AsyncIterator[Serving]:
    """A server over an empty ledger."""
    async with serve(Settings(store=str(tmp_path / "fleet.db"), port=0)) as serving:
        yield serving


@pytest.fixture
def fleet(serving: Serving) -> Fleet:
    """The agents of that server, before they did anything."""
    return Fleet(serving)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def window(browser: Browser) -> AsyncIterator[Page]:
    """The one window of the tests that need none of their own: a window costs more than most of them."""
    async with open_page(browser) as page:
        yield page


@pytest_asyncio.fixture(loop_scope="session")
async def console(window: Page, serving: Serving) -> AsyncIterator[Watched]:
    """The console in a wide window. What the browser complains of fails the test."""
    watched = Watched(window, serving.url)
    yield watched
    await watched.leave()
    watched.expect_no_complaint()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def afternoon(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Afternoon]:
    """A fleet after a busy afternoon, for the tests that only look."""
    store = tmp_path_factory.mktemp("afternoon") / "fleet.db"
    async with serve(Settings(store=str(store), port=0)) as serving:
        fleet = Fleet(serving)
        yield Afternoon(fleet, await fleet.work())


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def onlooker(browser: Browser, afternoon: Afternoon) -> AsyncIterator[Watched]:
    """A window before the fleet of the afternoon that stays open from test to test."""
    async with Watched.open(browser, afternoon.fleet.serving.url) as watched:
        yield watched


@pytest.fixture
def looking(onlooker: Watched) -> Iterator[Watched]:
    """The console before the fleet of the afternoon, wherever the test before left it."""
    onlooker.complaints.clear()
    yield onlooker
    onlooker.expect_no_complaint()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def common(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Shared]:
    """A fleet and a window that stay from test to test."""
    store = tmp_path_factory.mktemp("shared") / "fleet.db"
    async with (
        serve(Settings(store=str(store), port=0)) as serving,
        Watched.open(browser, serving.url) as watched,
    ):
        yield Shared(watched, Fleet(serving))


@pytest.fixture
def shared(common: Shared) -> Iterator[Shared]:
    """What the tests share that touch only what is theirs."""
    common.console.complaints.clear()
    yield common
    common.console.expect_no_complaint()
