"""The files of the console: in the package, under a strict policy, and without a way to turn text into markup."""

import hashlib
import re
from importlib.resources import files

import httpx2
import pytest

from interlock.server.console.assets import ASSET_BYTES_MAX, read_assets
from tests.console.fleet import Afternoon

pytestmark = pytest.mark.asyncio(loop_scope="session")

STATIC = files("interlock.server.console") / "static"
OWN = {path: asset for path, asset in read_assets().items() if not path.startswith("vendor/")}
MODULES = {path: asset.content.decode() for path, asset in OWN.items() if path.endswith(".js")}

MARKUP_DOORS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|createContextualFragment"
    r"|DOMParser|\beval\(|new Function|srcdoc|setAttribute\(.on"
)
LINES_MAX = 250
COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|rgba?\(", re.IGNORECASE)


async def get(afternoon: Afternoon, path: str, **headers: str) -> httpx2.Response:
    async with httpx2.AsyncClient(base_url=afternoon.fleet.serving.url) as http:
        return await http.get(path, headers=headers)


async def test_the_package_holds_the_console() -> None:
    assert (STATIC / "index.html").is_file()
    assert {
        "main.js",
        "style/tokens.css",
        "vendor/preact.mjs",
        "vendor/preact.LICENSE",
    } <= read_assets().keys()


async def test_the_page_runs_and_styles_by_files_of_this_server_only(afternoon: Afternoon) -> None:
    page = await get(afternoon, "/console/")

    policy = page.headers["content-security-policy"].split("; ")
    assert {
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "frame-ancestors 'none'",
    } <= set(policy)
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert not re.search(r"<script>|<style|style=|\son\w+=|https?://", page.text)


async def test_a_copy_that_is_still_good_is_not_sent_again(afternoon: Afternoon) -> None:
    first = await get(afternoon, "/console/main.js")
    again = await get(
        afternoon, "/console/main.js", **{"if-none-match": f'"other", W/{first.headers["etag"]}'}
    )
    other = await get(afternoon, "/console/main.js", **{"if-none-match": '"other"'})

    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["content-type"] == "text/javascript; charset=utf-8"
    assert (again.status_code, again.content) == (304, b"")
    assert other.content == first.content


@pytest.mark.parametrize(
    "path",
    [
        "/console/nothing.js",
        "/console/../assets.py",
        "/console/%2e%2e/assets.py",
        "/console//etc/passwd",
    ],
)
async def test_nothing_else_is_served(afternoon: Afternoon, path: str) -> None:
    assert (await get(afternoon, path)).status_code == 404


async def test_the_console_has_one_address(afternoon: Afternoon) -> None:
    answer = await get(afternoon, "/console")

    assert (answer.status_code, answer.headers["location"]) == (308, "/console/")


async def test_no_module_can_turn_text_into_markup() -> None:
    found = {
        path: match[0] for path, text in MODULES.items() if (match := MARKUP_DOORS.search(text))
    }
    assert found == {}


async def test_every_module_is_small_and_begins_with_its_purpose() -> None:
    assert [path for path, text in MODULES.items() if len(text.splitlines()) > LINES_MAX] == []
    assert [path for path, text in MODULES.items() if not text.startswith("/**")] == []


async def test_every_import_leads_to_a_file() -> None:
    known = read_assets().keys()
    for path, text in MODULES.items():
        folder = path.split("/")[:-1]
        for target in re.findall(r'from "([^"]+)"|^import "([^"]+)"', text, re.MULTILINE):
            parts = ["vendor-free"] if not "".join(target).startswith(".") else [*folder]
            for step in "".join(target).split("/"):
                parts = parts[:-1] if step == ".." else parts if step == "." else [*parts, step]
            assert "/".join(parts) in known, f"{path} imports {target}"


async def test_the_page_asks_for_all_modules_at_once() -> None:
    modules = {path for path in read_assets() if path.endswith((".js", ".mjs"))}
    asked = re.findall(
        r'<link rel="modulepreload" href="([^"]+)">', (STATIC / "index.html").read_text()
    )

    assert sorted(asked) == sorted(modules - {"main.js"})


async def test_colours_are_named_in_one_file() -> None:
    sheets = {path: asset.content.decode() for path, asset in OWN.items() if path.endswith(".css")}
    assert [path for path, text in sheets.items() if COLOUR.search(text)] == ["style/tokens.css"]


async def test_vendored_libraries_are_the_pinned_ones() -> None:
    pins = re.findall(
        r"^\| (\S+) \|.*\| `(\w{64})` \|$",
        (STATIC / "vendor/VENDORED.md").read_text(),
        re.MULTILINE,
    )
    vendored = {
        path.removeprefix("vendor/") for path in read_assets() if path.startswith("vendor/")
    } - {"VENDORED.md"}

    assert {name for name, _ in pins} == vendored
    for name, digest in pins:
        assert hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == digest
    assert all(len(asset.content) <= ASSET_BYTES_MAX for asset in read_assets().values())
