"""Pages of other origins may not use this server, unless their origin is allowed by name (CORS)."""

from collections.abc import Iterable
from typing import Final

from interlock.server.exchange import App, Headers, Message, Receive, Scope, Send, answer, header
from interlock.server.refusals import refuse_request, refused

PREFLIGHT_S: Final = 600
"""How long a browser may remember what it was allowed."""

_METHODS: Final = b"GET, HEAD, POST, DELETE"
_HEADERS: Final = (
    b"authorization, content-type, idempotency-key, last-event-id, traceparent, tracestate, "
    b"mcp-protocol-version, mcp-session-id"
)
_EXPOSED: Final = b"retry-after, traceparent, tracestate, mcp-session-id"


class Origins:
    """Refuses what a browser sends for a page of another origin; answers preflights of allowed origins.

    Callers that are no browsers send no Origin and pass. CORS alone would not do: it hides answers from a page, but
    lets its simple requests through.
    """

    def __init__(self, app: App, *, allowed: Iterable[str] = ()) -> None:
        self._app = app
        self._allowed = frozenset(origin.lower().rstrip("/") for origin in allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = header(scope, b"origin") if scope["type"] in ("http", "websocket") else None
        if origin is None or _is_own(origin, scope):
            await self._app(scope, receive, send)
            return
        if origin.lower() not in self._allowed:
            message = f"the origin {origin!r} may not use this server"
            await refuse_request(scope, send, refused("wrong_origin", message))
            return
        found: Headers = [
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"vary", b"origin"),
        ]
        if scope.get("method") == "OPTIONS" and header(scope, b"access-control-request-method"):
            await answer(send, 204, b"", [*found, *_PREFLIGHT])
            return

        async def send_allowed(message: Message) -> None:
            if message["type"] == "http.response.start":
                exposed = (b"access-control-expose-headers", _EXPOSED)
                message["headers"] = [*message["headers"], *found, exposed]
            await send(message)

        await self._app(scope, receive, send_allowed)


_PREFLIGHT: Final[Headers] = [
    (b"access-control-allow-methods", _METHODS),
    (b"access-control-allow-headers", _HEADERS),
    (b"access-control-max-age", b"%d" % PREFLIGHT_S),
]


def _is_own(origin: str, scope: Scope) -> bool:
    """Whether the page came from this server. Its scheme may differ: a proxy may have ended the TLS."""
    _, found, place = origin.lower().partition("://")
    return bool(found) and place == (header(scope, b"host") or "").lower()
