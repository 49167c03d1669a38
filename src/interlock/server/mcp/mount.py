"""How MCP stands in the application, whether or not the `mcp` package is installed."""

from importlib.util import find_spec

from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from interlock.kernel.command import Refusal
from interlock.server.door import Door
from interlock.server.mcp.metadata import METADATA_PATH, PATH, serve_metadata
from interlock.server.refusals import refusal_response

MISSING = Refusal(
    code="not_found", message="MCP is not installed here: pip install 'interlock[mcp]'"
)


class Mount:
    """The place of `/mcp`. What serves it is loaded when the server starts, for that takes a second."""

    def __init__(self, door: Door, *, is_fixture: bool = False) -> None:
        self._door = door
        self._is_fixture = is_fixture
        self._served: ASGIApp = _missing
        self._close = _nothing

    async def start(self) -> None:
        """Loads and starts what serves `/mcp`."""
        if find_spec("mcp") is None:
            return
        from interlock.server.mcp.endpoint import Endpoint

        endpoint = Endpoint(self._door, is_fixture=self._is_fixture)
        await endpoint.start()
        self._served, self._close = endpoint, endpoint.close

    async def close(self) -> None:
        """Ends what serves `/mcp`."""
        await self._close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._served(scope, receive, send)


def routes(mount: Mount) -> list[Route]:
    """The paths of MCP."""
    return [
        Route(PATH, mount),
        Route(METADATA_PATH, serve_metadata, methods=["GET"]),
        Route(METADATA_PATH + PATH, serve_metadata, methods=["GET"]),
    ]


async def _missing(scope: Scope, receive: Receive, send: Send) -> None:
    await refusal_response(MISSING)(scope, receive, send)


async def _nothing() -> None:
    return None
