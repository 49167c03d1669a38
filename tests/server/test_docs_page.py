"""The page at /docs, in a browser: it shows every verb, finds what is searched, and loads nothing from elsewhere."""

from playwright.async_api import async_playwright

from interlock.kernel.decide import VERBS
from interlock.server.serve import Serving

CHROMIUM = "/usr/bin/chromium"


async def test_every_verb_is_shown_and_found(server: Serving) -> None:
    complaints: list[str] = []
    asked: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": 390, "height": 844})
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(f"{server.url}/docs")
        await page.wait_for_selector("section#claim_task")
        for verb in VERBS:
            assert await page.locator(f"section#{verb}").count() == 1
        await page.fill("#search", "wait_s capabilities")
        shown = await page.locator("section:visible").evaluate_all("all => all.map(e => e.id)")
        sideways = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
        await browser.close()

    assert "claim_task" in shown
    assert len(shown) < 10
    assert not sideways
    assert complaints == []
    assert all(url.startswith(server.url) for url in asked)
