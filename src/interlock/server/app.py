"""The application: which path leads to what, and what stands around it."""

from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interlock.kernel.decide import VERBS
from interlock.server import documentation, health, standing, token_route
from interlock.server.api import PREFIX, Api
from interlock.server.console.routes import routes as console_routes
from interlock.server.door import Door
from interlock.server.events import Streams
from interlock.server.events import routes as event_routes
from interlock.server.exchange import App, Receive, Scope, Send, exchange_of
from interlock.server.history import History
from interlock.server.history import routes as history_routes
from interlock.server.layers.bodies import Bodies
from interlock.server.layers.faults import Faults
from interlock.server.layers.headers import StrictHeaders
from interlock.server.layers.hosts import Hosts
from interlock.server.layers.measures import Measures
from interlock.server.layers.origins import Origins
from interlock.server.layers.tracing import Tracing
from interlock.server.mcp.mount import Mount
from interlock.server.mcp.mount import routes as mcp_routes
from interlock.server.metrics import Metrics
from interlock.server.refusals import refusal_response, refused
from interlock.server.settings import Settings
from interlock.server.websocket import Sockets

_METHOD_NOT_ALLOWED: Final = 405


def build_app(door: Door, settings: Settings | None = None) -> Starlette:
    """The whole server as one ASGI application. `app.state.door` is the door."""
    told = settings or Settings()
    api = Api(door)
    metrics = Metrics(door)
    sockets = Sockets(door)
    streams = Streams(door)
    mcp = Mount(door, is_fixture=told.conformance)
    app = Starlette(
        routes=[
            *health.routes(door, metrics),
            *documentation.routes(),
            *token_route.routes(),
            *standing.routes(),
            *history_routes(History(door)),
            *sockets.routes(),
            *event_routes(streams),
            *console_routes(),
            Route("/v1/{rest:path}", api),
            *mcp_routes(mcp),
        ],
        middleware=[
            # From the outside inwards. What guards comes before what costs.
            Middleware(Measures, metrics=metrics, access_log=told.access_log),
            Middleware(Tracing),
            Middleware(StrictHeaders),
            Middleware(Faults),
            Middleware(Hosts, allowed=told.allowed_hosts),
            Middleware(Origins, allowed=told.allowed_origins),
            Middleware(Bodies, bytes_max=told.body_bytes_max),
            Middleware(_Shortcut, api=api),
        ],
        exception_handlers={HTTPException: _refuse_path},
    )
    app.router.redirect_slashes = False  # a path that leads nowhere says so
    app.state.door = door
    app.state.metrics = metrics
    app.state.sockets = sockets
    app.state.streams = streams
    app.state.mcp = mcp
    return app


class _Shortcut:
    """Calls of verbs go straight to the API: the router looks at each route in turn."""

    def __init__(self, app: App, *, api: Api) -> None:
        self._app = app
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_call = scope["type"] == "http" and scope["method"] == "POST"
        chosen = self._api if is_call and is_verb_path(scope["path"]) else self._app
        await chosen(scope, receive, send)


def is_verb_path(path: str) -> bool:
    """Whether the path names a verb."""
    return path.startswith(PREFIX) and path[len(PREFIX) :] in VERBS


async def _refuse_path(request: Request, error: Exception) -> Response:
    """Paths and methods that lead nowhere."""
    assert isinstance(error, HTTPException)
    where = f"{request.method} {request.url.path}"
    if error.status_code == _METHOD_NOT_ALLOWED and request.method == "OPTIONS":
        return Response(status_code=204, headers=error.headers)
    if error.status_code == _METHOD_NOT_ALLOWED:
        refusal = refused("method_not_allowed", f"{where}: the path is there, the method is not")
    else:
        refusal = refused("not_found", f"{where} leads nowhere")
    exchange_of(request.scope).code = refusal.code
    return refusal_response(refusal, headers=dict(error.headers or {}))
