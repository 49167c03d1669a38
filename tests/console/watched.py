"""A window of the browser that remembers every complaint."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, Literal, Self

from playwright.async_api import Browser, ConsoleMessage, Dialog, Locator, Page, expect

WIDE: Final = (1280, 800)
NARROW: Final = (390, 844)

_WATCH_POLICY: Final = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
});
"""


@asynccontextmanager
async def open_page(
    browser: Browser,
    *,
    size: tuple[int, int] = WIDE,
    scheme: Literal["light", "dark"] = "light",
) -> AsyncIterator[Page]:
    """A window of its own, with nothing remembered from others."""
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
    )
    await context.add_init_script(_WATCH_POLICY)
    try:
        yield await context.new_page()
    finally:
        await context.close()


class Watched:
    """A page of the console."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        self._listeners: dict[Any, Any] = {
            "console": self._note_console,
            "pageerror": lambda error: self.complaints.append(f"error: {error}"),
            "dialog": self._note_dialog,
        }
        for name, listener in self._listeners.items():
            page.on(name, listener)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        browser: Browser,
        url: str,
        *,
        size: tuple[int, int] = WIDE,
        scheme: Literal["light", "dark"] = "light",
    ) -> AsyncIterator[Self]:
        """The console in a window of its own."""
        async with open_page(browser, size=size, scheme=scheme) as page:
            yield cls(page, url)

    async def leave(self) -> None:
        """Forgets what the page keeps, and leaves it to the next test."""
        width, height = WIDE
        if self.page.url.startswith(self.url):
            await self.page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        await self.page.goto("about:blank")
        while self._listeners:
            self.page.remove_listener(*self._listeners.popitem())
        await self.page.set_viewport_size({"width": width, "height": height})

    async def go(self, place: str = "#/fleet") -> None:
        """Opens a place of the console, and waits until the events flow."""
        await self.page.goto(f"{self.url}/console/{place}")
        await expect(self.page.locator(".link-state.live")).to_be_attached()

    async def sign_in(self, key: str) -> None:
        """Opens the console of a server that asks for a key, and gives it one."""
        await self.page.goto(f"{self.url}/console/")
        await self.page.get_by_label("Key", exact=False).first.fill(key)
        await self.press("Sign in")
        await expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()

    async def see(self, text: str) -> None:
        """Waits until the main part of the page shows the text."""
        await expect(self.main).to_contain_text(text)

    @property
    def main(self) -> Locator:
        """The page without its frame."""
        return self.page.locator("main")

    def card(self, name: str) -> Locator:
        """A part of the page by its name."""
        return self.page.get_by_label(name, exact=True).first

    async def press(self, name: str) -> None:
        """Presses the button of this name."""
        await self.page.get_by_role("button", name=name, exact=True).first.click()

    async def confirm(self, action: str, **fields: str) -> None:
        """Fills the dialog that is open, and presses its button."""
        dialog = self.page.get_by_role("dialog")
        for name, value in fields.items():
            control = dialog.locator(f"[name={name}]")
            is_choice = await control.evaluate("element => element.tagName === 'SELECT'")
            await (control.select_option(value) if is_choice else control.fill(value))
        await dialog.get_by_role("button", name=action, exact=True).click()

    async def scrolls_sideways(self) -> bool:
        """Whether the page is wider than the window."""
        script = """() => [document.documentElement, document.querySelector("main")]
          .some((element) => element.scrollWidth > element.clientWidth)"""
        return bool(await self.page.evaluate(script))

    async def evaluate(self, script: str) -> Any:
        """The value of a script in the page."""
        return await self.page.evaluate(script)

    def expect_no_complaint(self) -> None:
        """Fails if the browser complained of anything."""
        assert not self.complaints, self.complaints

    def _note_console(self, message: ConsoleMessage) -> None:
        is_refused_call = (
            "/v1/" in message.location.get("url", "") and "status of 4" in message.text
        )
        if message.type in ("error", "warning") and not is_refused_call:
            self.complaints.append(f"{message.type}: {message.text}")

    async def _note_dialog(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        await dialog.dismiss()
