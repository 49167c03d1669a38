"""A real server with a fleet behind it, and a real browser in front of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from interlock.server.serve import Serving, serve
from interlock.server.settings import Settings
from tests.console.fleet import Fleet
from tests.console.watched import Watched

CHROMIUM = "/usr/bin/chromium"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests: a context each keeps them apart."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
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


@pytest_asyncio.fixture(loop_scope="session")
async def console(browser: Browser, serving: Serving) -> AsyncIterator[Watched]:
    """The console in a wide window. What the browser complains of fails the test."""
    async with Watched.open(browser, serving.url) as watched:
        yield watched
        watched.expect_no_complaint()
