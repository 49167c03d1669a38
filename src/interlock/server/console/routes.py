"""The console's paths and the headers that keep foreign text from acting in the page."""

from functools import cache
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from interlock.server.console.assets import INDEX, Asset, read_assets

POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
)
"""Only files of this server run, style and talk; no frame holds the page, and no text can become markup."""

HEADERS: Final[dict[str, str]] = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # The names of the files do not change with their content, so each use asks whether it is still the same.
    "Cache-Control": "no-cache",
}


def routes() -> list[BaseRoute]:
    """The console under `/console/`. It needs no key: its files hold nothing of any fleet."""
    return [
        Route("/console", to_console, methods=["GET"]),
        Route("/console/{path:path}", serve_asset, methods=["GET"]),
    ]


async def to_console(request: Request) -> Response:
    """The console has one address, so that its relative links hold."""
    del request
    return RedirectResponse("/console/", status_code=308)


async def serve_asset(request: Request) -> Response:
    """One file, or the news that the browser's copy is still good."""
    asset = assets().get(request.path_params["path"] or INDEX)
    if asset is None:
        return PlainTextResponse("There is no such page.\n", status_code=404, headers=HEADERS)
    headers = {**HEADERS, "ETag": asset.tag}
    if asset.tag in tags_of(request):
        return Response(status_code=304, headers=headers)
    return Response(asset.content, media_type=asset.media_type, headers=headers)


def tags_of(request: Request) -> list[str]:
    """The entity tags that the browser holds."""
    known = request.headers.get("if-none-match", "")
    return [tag.strip().removeprefix("W/") for tag in known.split(",")]


@cache
def assets() -> dict[str, Asset]:
    """The files; they are the package's, so all servers of a process share them."""
    return read_assets()
