"""One request and its answer, as the layers around the application speak of it to each other."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, TypeAlias

from interlock.server.trace import Trace

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers: TypeAlias = list[tuple[bytes, bytes]]

_KEY: Final = "interlock.exchange"


class Exchange:
    """What is known of a request so far: its trace, the verb that it came to, and the code of its answer."""

    __slots__ = ("code", "is_waiting", "trace", "verb")

    def __init__(self) -> None:
        self.trace: Trace | None = None
        self.verb = ""
        """Empty for what is no verb, such as a page."""
        self.code = ""
        """The code of a refusal; empty for an answer."""
        self.is_waiting = False
        """Whether it is a long poll: how long it took tells nothing of the server."""


def exchange_of(scope: Scope) -> Exchange:
    """The exchange that this scope belongs to; the first who asks begins it."""
    found: Exchange | None = scope.get(_KEY)
    if found is None:
        found = scope[_KEY] = Exchange()
    return found


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of a request with this lower-case name."""
    for found, value in scope["headers"]:
        if found == name:
            text: str = value.decode("latin-1")
            return text
    return None


async def answer(send: Send, status: int, body: bytes, headers: Headers) -> None:
    """Sends a whole response."""
    headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
