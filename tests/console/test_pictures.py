"""The pictures in docs/console.md, taken of a fleet at work. They are kept only when INTERLOCK_SCREENSHOTS is set."""

import os
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser

from tests.console.fleet import Afternoon
from tests.console.watched import NARROW, WIDE, Watched

pytestmark = pytest.mark.asyncio(loop_scope="session")

DOCS = Path(__file__).parents[2] / "docs"
PICTURE_BYTES_MAX = 150_000
SAMPLE = "fleet"
"""The one that is taken when none is kept."""

PICTURES: dict[str, tuple[str, tuple[int, int], Literal["light", "dark"], str]] = {
    "fleet": ("#/fleet", WIDE, "light", "Extract totals"),
    "fleet-dark": ("#/fleet", WIDE, "dark", "Extract totals"),
    "fleet-narrow": ("#/fleet", NARROW, "light", "Ready"),
    "tasks": ("#/tasks", WIDE, "light", "Summarise document"),
    "task": ("#/tasks/{done}", WIDE, "light", "step recorded"),
    "messages": ("#/messages", WIDE, "light", "The rent is"),
    "help": ("#/messages?tab=help", WIDE, "light", "Which of the two totals"),
    "dead-letters": ("#/messages?tab=dead", WIDE, "dark", "cannot be decoded"),
    "agents": ("#/agents", WIDE, "light", "extractor-01"),
    "agent": ("#/agents/reader-01", WIDE, "light", "section 3"),
    "log": ("#/log?position=13&kind=task", WIDE, "dark", "latest changed first"),
    "keys": ("#/keys", WIDE, "light", "No key yet"),
}


async def test_each_page_has_its_picture_in_the_documents(
    browser: Browser, afternoon: Afternoon, tmp_path: Path
) -> None:
    url = afternoon.fleet.serving.url
    page = (DOCS / "console.md").read_text()
    is_kept = bool(os.environ.get("INTERLOCK_SCREENSHOTS"))
    folder = DOCS / "images" if is_kept else tmp_path
    for name, (place, size, scheme, text) in PICTURES.items():
        file = folder / f"console-{name}.png"
        assert f"images/{file.name}" in page
        assert is_kept or (DOCS / "images" / file.name).exists()
        if not is_kept and name != SAMPLE:
            continue
        async with Watched.open(browser, url, size=size, scheme=scheme) as console:
            await console.go(place.format(**afternoon.tasks))
            await console.see(text)
            await console.page.screenshot(path=file)
        assert 10_000 < file.stat().st_size < PICTURE_BYTES_MAX
