"""What nobody foresaw: the caller hears that the server failed, the log hears how."""

import logging

from interlock.server.exchange import App, Message, Receive, Scope, Send, exchange_of
from interlock.server.refusals import refuse_request, refused

log = logging.getLogger(__name__)


class Faults:
    """Turns an exception into a refusal with the code `internal`; nothing of the exception is told."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def send_noted(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        except Exception as error:  # whatever it was, the caller gets an answer
            trace = exchange_of(scope).trace
            where = f"{scope.get('method', scope['type'])} {scope.get('path', '')}"
            trace_id = trace.trace_id if trace else ""
            log.exception("%s failed as nothing should; trace %s", where, trace_id)
            if has_begun or scope["type"] != "http":
                raise
            exchange_of(scope).code = "internal"
            message = f"the server failed: {type(error).__name__}; its log has the trace {trace_id}"
            await refuse_request(scope, send, refused("internal", message, trace_id=trace_id))
