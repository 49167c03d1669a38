"""What is said over one connection, from hello to its loss, whatever carries the frames."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from interlock.kernel.command import Reply
from interlock.kernel.wire import (
    MALFORMED,
    PROTOCOL,
    Abandon,
    Calls,
    Hello,
    Welcome,
    WireError,
    decode_response,
    encode_body,
)


class Link(Protocol):
    """Carries the bodies of frames to a hub. It tells its conversation what comes back, and its end."""

    def send(self, body: bytes) -> None:
        """Sends one frame."""
        ...

    def close(self) -> None:
        """Closes after what was sent went out."""
        ...

    def abort(self) -> None:
        """Closes at once."""
        ...


class Conversation:
    """Its link calls `made`, then `received` for each frame, and `lost` once. `take` hears the answers, `lost`
    that there will be no more."""

    def __init__(
        self,
        *,
        take: Callable[[list[tuple[int, Reply]]], None],
        lost: "Callable[[Conversation], None]",
    ) -> None:
        loop = asyncio.get_running_loop()
        self._take = take
        self._lost = lost
        self._link: Link | None = None
        self.welcome: asyncio.Future[None] = loop.create_future()
        """Done when the hub has let this client in; its error says why it did not."""
        self.gone: asyncio.Future[None] = loop.create_future()

    def made(self, link: Link) -> None:
        """The link can carry frames from now on."""
        self._link = link
        self.send(Hello())

    def received(self, body: bytes) -> None:
        """A frame of the hub."""
        try:
            self._read(decode_response(body))
        except (WireError, *MALFORMED) as error:
            self.fail(WireError(str(error)))

    def lost(self, error: Exception) -> None:
        """The link is gone."""
        self._link = None
        if not self.welcome.done():
            self.welcome.set_exception(error)
        self.gone.set_result(None)
        self._lost(self)

    def fail(self, error: Exception) -> None:
        """The hub does not speak as it should: leaves it."""
        if not self.welcome.done():
            self.welcome.set_exception(error)
        self.close()

    def send(self, message: Hello | Calls | Abandon) -> None:
        """Sends one frame, if the link still stands."""
        if self._link is not None:
            self._link.send(encode_body(message))

    def close(self) -> None:
        """Closes after what was sent went out."""
        if self._link is not None:
            self._link.close()

    def abort(self) -> None:
        """Closes at once."""
        if self._link is not None:
            self._link.abort()

    def _read(self, frame: Any) -> None:
        if not isinstance(frame, Welcome):
            self._take(frame.answers)
        elif frame.protocol != PROTOCOL:
            raise WireError(f"the hub speaks protocol {frame.protocol}, this client {PROTOCOL}")
        elif not self.welcome.done():
            self.welcome.set_result(None)
