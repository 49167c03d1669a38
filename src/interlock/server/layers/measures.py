"""Counts every answer and how long it took."""

from time import perf_counter

from interlock.server.exchange import App, Message, Receive, Scope, Send, exchange_of
from interlock.server.metrics import Metrics


class Measures:
    """Notes each answer when its head is sent."""

    def __init__(self, app: App, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = exchange_of(scope)
        began_s = perf_counter()

        async def send_measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                seconds = perf_counter() - began_s
                self._metrics.note(exchange, status=message["status"], seconds=seconds)
            await send(message)

        await self._app(scope, receive, send_measured)
