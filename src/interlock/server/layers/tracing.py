"""Puts each request into its trace, and tells the caller which one that is."""

from interlock.server.exchange import App, Message, Receive, Scope, Send, exchange_of
from interlock.server.trace import trace_of


class Tracing:
    """Continues the caller's trace or starts one; the answer carries it in `traceparent`."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        trace = exchange_of(scope).trace = trace_of(scope["headers"])

        async def send_traced(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"traceparent", trace.traceparent.encode()),
                    *([(b"tracestate", trace.state.encode("latin-1"))] if trace.state else ()),
                ]
            await send(message)

        await self._app(scope, receive, send_traced)
