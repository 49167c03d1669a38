"""The API's description for programs (`/openapi.json`) and for people (`/docs`)."""

from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from interlock.server.layers.headers import PAGE_POLICY
from interlock.server.openapi import document

PAGES: Final = {
    "/docs": ("docs.html", "text/html"),
    "/docs/page.js": ("page.js", "text/javascript"),
    "/docs/page.css": ("page.css", "text/css"),
    "/docs/icon.svg": ("icon.svg", "image/svg+xml"),
}
"""The page and its own files; it loads nothing else."""


def routes() -> list[BaseRoute]:
    """The description, and the page that shows it."""
    return [
        Route("/openapi.json", openapi, methods=["GET"]),
        *(Route(path, page, methods=["GET"]) for path in PAGES),
    ]


async def openapi(request: Request) -> Response:
    """The OpenAPI document."""
    del request
    return Response(document(), media_type="application/json", headers=_MAY_BE_KEPT)


async def page(request: Request) -> Response:
    """The page, or one of its files."""
    name, media_type = PAGES[request.url.path]
    content = files("interlock.server").joinpath("pages", name).read_bytes()
    headers = {"Content-Security-Policy": PAGE_POLICY, **_MAY_BE_KEPT}
    return Response(content, media_type=media_type, headers=headers)


_MAY_BE_KEPT: Final = {"Cache-Control": "no-cache"}
"""Asked for again each time, so that a new version shows at once."""
