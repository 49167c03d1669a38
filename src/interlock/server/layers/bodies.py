"""Bodies have a limit: a larger one is refused before it fills the memory."""

from typing import Final

from interlock.kernel.ledger import BLOB_BYTES_MAX
from interlock.server.exchange import App, Message, Receive, Scope, Send, header
from interlock.server.refusals import refuse_request, refused

BODY_BYTES_MAX: Final = 1024 * 1024
"""One body, unless the settings say otherwise: the largest command but a blob has a third of it."""

LARGER: Final[dict[str, int]] = {"/v1/put_blob": BLOB_BYTES_MAX * 4 // 3 + 4_096}
"""Paths that take more: a blob comes as base64, which adds a third."""

DRAIN_BYTES_MAX: Final = 8 * 1024 * 1024
"""How much of a body that is refused is still read, so that its sender hears the refusal instead of a broken
connection."""


class _TooLarge(Exception):
    """The body has passed the limit."""


class Bodies:
    """Refuses a body of more than `bytes_max`, by its announced length or when it gets there."""

    def __init__(self, app: App, *, bytes_max: int = BODY_BYTES_MAX) -> None:
        self._app = app
        self._bytes_max = bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        bytes_max = max(self._bytes_max, LARGER.get(scope["path"], 0))
        received_bytes = 0
        has_begun = False

        async def receive_counted() -> Message:
            nonlocal received_bytes
            message = await receive()
            received_bytes += len(message.get("body", b""))
            if received_bytes > bytes_max:
                raise _TooLarge
            return message

        async def send_noted(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            if _announced_bytes(scope) > bytes_max:
                raise _TooLarge
            await self._app(scope, receive_counted, send_noted)
        except _TooLarge:
            if has_begun:
                raise
            await _drain(receive)
            message = f"the body has more than {bytes_max:,} bytes"
            refusal = refused("too_large", message, bytes_max=bytes_max)
            await refuse_request(scope, send, refusal, headers=[(b"connection", b"close")])


def _announced_bytes(scope: Scope) -> int:
    """What Content-Length says; the parser has refused one that is no number."""
    text = header(scope, b"content-length") or "0"
    return int(text) if text.isascii() and text.isdecimal() else 0


async def _drain(receive: Receive) -> None:
    drained_bytes = 0
    while drained_bytes < DRAIN_BYTES_MAX:
        message = await receive()
        if message["type"] != "http.request" or not message.get("more_body"):
            return
        drained_bytes += len(message.get("body", b""))
