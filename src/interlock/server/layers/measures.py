"""Counts every answer and how long it took."""

import logging
from time import perf_counter
from typing import Final

from interlock.server.exchange import App, Exchange, Message, Receive, Scope, Send, exchange_of
from interlock.server.metrics import Metrics

PATH_CHARS_MAX: Final = 200
"""A longer path is nothing of ours: its beginning is enough to see that."""

log = logging.getLogger("interlock.access")


class Measures:
    """Notes each answer when its head is sent, and with `access_log` writes a line for it.

    The line holds the path without its query, and no header: neither keys nor payloads get into the log.
    """

    def __init__(self, app: App, *, metrics: Metrics, access_log: bool = False) -> None:
        self._app = app
        self._metrics = metrics
        self._access_log = access_log

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
                if self._access_log:
                    _write(scope, exchange, status=message["status"], seconds=seconds)
            await send(message)

        await self._app(scope, receive, send_measured)


def _write(scope: Scope, exchange: Exchange, *, status: int, seconds: float) -> None:
    told = {
        "method": scope["method"],
        "path": scope["path"][:PATH_CHARS_MAX],
        "status": status,
        "code": exchange.code,
        "ms": round(seconds * 1_000, 2),
        "trace_id": exchange.trace.trace_id if exchange.trace else "",
    }
    log.info("request", extra=told)
