"""A hub that is elsewhere: its commands travel, and survive the loss of a connection."""

import asyncio
import itertools
import random
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, Final, Self

import msgspec

from interlock.client.conversation import Conversation
from interlock.client.failure import BadKey, CannotConnect
from interlock.kernel.command import Command, Refusal, Reply
from interlock.kernel.errors import ConnectionLost
from interlock.kernel.wire import FRAME_BYTES_SOFT, Abandon, Calls, WireError, encode_command

RECONNECT_S: Final = 30.0
"""How long a client tries to reach a hub that went away before its callers are told."""

PAUSE_S: Final = (0.05, 2.0)
"""The longest first pause between two attempts, and the longest of all. Each is drawn between zero and a limit
that doubles, so that a fleet does not come back at once."""

WELCOME_S: Final = 10.0
"""How long a hub may take to let a client in: one that is stopped takes connections and says nothing."""

LINGER_S: Final = 2.0
"""How long a client that closes waits for the hub to take what was sent."""

NUMBERS: Final = itertools.count(1)

Dial = Callable[[Conversation], Awaitable[Any]]
"""Makes a connection that carries the conversation. Raises `OSError`, `WireError`, `BadKey`."""


class RemoteHub:
    """Carries commands to a hub. All calls of one turn of the loop leave in one frame.

    When the connection breaks it connects again, to the same address, and sends the unanswered commands
    again under their request ids. Made by `RemoteHub.connect`, ended by `close`.
    """

    def __init__(self, dial: Dial, *, address: str, reconnect_s: float = RECONNECT_S) -> None:
        self._dial = dial
        self._address = address
        self._reconnect_s = reconnect_s
        self._loop = asyncio.get_running_loop()
        self._name = uuid.uuid4().hex[:16]
        self._unanswered: dict[int, tuple[bytes, asyncio.Future[Reply]]] = {}
        self._outgoing: list[int] = []
        self._abandoned: list[int] = []
        self._talk: Conversation | None = None
        self._reconnecting: asyncio.Task[None] | None = None
        self._is_scheduled = False
        self._is_closed = False

    @classmethod
    async def connect(cls, dial: Dial, *, address: str, reconnect_s: float = RECONNECT_S) -> Self:
        """Connects to the hub that `dial` reaches. Raises `CannotConnect`."""
        client = cls(dial, address=address, reconnect_s=reconnect_s)
        try:
            await client._open()
        except (OSError, WireError) as error:
            message = f"no hub answers at {address}: {_said(error)}: is it running, and the address right?"
            raise CannotConnect(message) from error
        return client

    async def call(self, command: Command) -> Reply:
        """Sends a command and returns the hub's answer, a refusal included. Raises `ConnectionLost`."""
        if self._is_closed:
            raise ConnectionLost(f"{command.verb}: this client is closed")
        number = next(NUMBERS)
        if not command.request_id and not command.repeatable:
            command = msgspec.structs.replace(command, request_id=f"{self._name}-{number}")
        future: asyncio.Future[Reply] = self._loop.create_future()
        self._unanswered[number] = (encode_command(command), future)
        self._outgoing.append(number)
        self._schedule()
        try:
            return await future
        except asyncio.CancelledError:
            if self._unanswered.pop(number, None) is not None:
                self._abandoned.append(number)
                self._schedule()
            raise

    async def close(self) -> None:
        """Closes the connection; calls still open raise `ConnectionLost`. Safe to call twice."""
        self._is_closed = True
        if self._reconnecting is not None:
            self._reconnecting.cancel()
            await asyncio.gather(self._reconnecting, return_exceptions=True)
        if self._talk is not None:
            talk = self._talk
            talk.close()
            await asyncio.wait([talk.gone], timeout=LINGER_S)
            talk.abort()
            await talk.gone
        self._give_up("this client was closed")

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._is_scheduled = False
        if self._talk is None:
            self._begin_to_reconnect()
            return
        outgoing, self._outgoing = self._outgoing, []
        frame: list[tuple[int, msgspec.Raw]] = []
        bytes_taken = 0
        for number in outgoing:
            entry = self._unanswered.get(number)
            if entry is None:
                continue
            length = len(entry[0])
            if bytes_taken + length > FRAME_BYTES_SOFT and frame:
                self._talk.send(Calls(calls=frame))
                frame, bytes_taken = [], 0
            frame.append((number, msgspec.Raw(entry[0])))
            bytes_taken += length
        if frame:
            self._talk.send(Calls(calls=frame))
        abandoned, self._abandoned = self._abandoned, []
        if abandoned:
            self._talk.send(Abandon(calls=abandoned))

    async def _open(self) -> None:
        talk = Conversation(take=self._take, lost=self._lost)
        try:
            async with asyncio.timeout(WELCOME_S):
                await self._dial(talk)
                await talk.welcome
            if talk.gone.done():
                raise WireError("the hub closed the connection")
        except BaseException:
            talk.abort()
            raise
        self._talk = talk
        self._outgoing = list(self._unanswered)
        self._abandoned = []
        self._flush()

    def _take(self, answers: list[tuple[int, Reply]]) -> None:
        for number, reply in answers:
            entry = self._unanswered.pop(number, None)
            if entry is not None and not entry[1].done():
                entry[1].set_result(reply)

    def _lost(self, talk: Conversation) -> None:
        if self._talk is talk:
            self._talk = None
            self._begin_to_reconnect()

    def _begin_to_reconnect(self) -> None:
        if not self._is_closed and self._reconnecting is None:
            self._reconnecting = self._loop.create_task(self._reconnect())

    async def _reconnect(self) -> None:
        """Until there is a connection, or the callers have waited long enough: the next call tries again."""
        try:
            await self._dial_again()
        except BadKey as error:
            refusal = Refusal(code="unauthenticated", message=str(error))
            self._take([(number, refusal) for number in self._unanswered])
        except (OSError, WireError) as error:
            self._give_up(f"no hub answers at {self._address}: {_said(error)}")
        finally:
            self._reconnecting = None

    async def _dial_again(self) -> None:
        deadline = self._loop.time() + self._reconnect_s
        pause_s, longest_s = PAUSE_S
        while True:
            try:
                return await self._open()
            except (OSError, WireError):
                if self._loop.time() + pause_s > deadline:
                    raise
            await asyncio.sleep(random.uniform(0, pause_s))
            pause_s = min(longest_s, pause_s * 2)

    def _give_up(self, reason: str) -> None:
        unanswered, self._unanswered = self._unanswered, {}
        for _, future in unanswered.values():
            if not future.done():
                future.set_exception(ConnectionLost(reason))


def _said(error: Exception) -> str:
    """What an error says; one that says nothing is a time that ran out."""
    return str(error) or f"it did not answer within {WELCOME_S:g} s"
