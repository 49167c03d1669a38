"""`GET /v1/events`: the log as server-sent events, from any position on, for as long as the watcher stays.

The id of each event is its position in the log, so a watcher that comes back with the last id that it saw misses
nothing. What a filter passes over still moves that id on.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterator
from functools import partial
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from interlock.hub.hub import Hub
from interlock.kernel.command import Refusal
from interlock.kernel.limits import I64_MAX
from interlock.kernel.selection import Selection, unknown_types
from interlock.server.api import credential_of
from interlock.server.caller import Caller
from interlock.server.door import Door, Unauthenticated
from interlock.server.refusals import refusal_response
from interlock.server.tail import Tail
from interlock.store.contract import StoreError

WATCHERS_MAX: Final = 1_000
"""Streams of one server: each holds a connection and a task for as long as it likes."""

RETRY_MS: Final = 2_000
"""When a browser should come back after it lost the stream."""

HEARTBEAT_S: Final = 15.0
"""How long a stream is silent at the most: proxies cut connections that are idle for half a minute."""

MARK_EVENTS: Final = 10_000
"""After so many events that a filter passed over, the watcher is told how far it has come."""

CLOSE_S: Final = 2.0
"""How long a server that closes waits for its streams to end by themselves."""

_LISTS: Final = {
    "types": "types",
    "task_id": "task_ids",
    "agent": "agents",
    "queue": "queues",
    "topic": "topics",
    "run_id": "run_ids",
    "correlation_id": "correlation_ids",
}
"""The parameters that filter, and the fields of `Selection` behind them. Each may be given more than once."""

_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


class InvalidParameter(ValueError):
    """A parameter of the stream cannot be used; the text says which, and why."""


class Streams:
    """The streams that are open, and the tails that they share. Belongs to one server."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._tails: dict[str, Tail] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._is_closed = False

    @property
    def count(self) -> int:
        """Streams that are open now."""
        return len(self._running)

    def tail(self, namespace: str, hub: Hub) -> Tail:
        """The tail of a namespace; a new one when its hub is new or the old one has ended."""
        found = self._tails.get(namespace)
        if found is None or found.hub is not hub or (found.ended and not self._is_closed):
            found = self._tails[namespace] = Tail(hub)
            if self._is_closed:
                found.end("the server is closing")
        return found

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Counts the stream of the present task."""
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            yield
        finally:
            self._running.discard(task)

    async def close(self) -> None:
        """Ends every stream; whoever takes nothing is cut off."""
        self._is_closed = True
        for tail in self._tails.values():
            tail.end("the server is closing")
        if self._running:
            _, stuck = await asyncio.wait(self._running, timeout=CLOSE_S)
            for task in stuck:
                task.cancel()


def routes(streams: Streams) -> list[Route]:
    """The routes of this module."""

    async def events(request: Request) -> Response:
        return await open_stream(request, streams)

    return [Route("/v1/events", events, methods=["GET"])]


async def open_stream(request: Request, streams: Streams) -> Response:
    """The response that streams, or a refusal."""
    door: Door = request.app.state.door
    credential = credential_of(request.scope)
    try:
        caller = door.admit(credential)
        hub = door.hub(caller)
    except Unauthenticated:
        return refusal_response(Refusal(code="unauthenticated", message="a key is needed"))
    bound = bound_of(caller)
    if isinstance(bound, Refusal):
        return refusal_response(bound)
    if streams.count >= WATCHERS_MAX:
        message = f"{WATCHERS_MAX} streams are open already: close one, or try again later"
        return refusal_response(Refusal(code="limit", message=message))
    try:
        selection = selection_of(request)
        after = after_of(request, head=hub.head)
    except InvalidParameter as error:
        return refusal_response(Refusal(code="invalid", message=f"events: {error}"))
    if request.method == "HEAD":
        return Response(headers={name.decode(): value.decode() for name, value in _HEADERS})
    tail = streams.tail(caller.namespace, hub)
    selections = tuple(one for one in (selection, bound) if one != Selection())

    watch = Watch(tail, selections, after=after)
    return EventStream(watch, streams=streams, is_welcome=partial(door.is_alive, caller))


def bound_of(caller: Caller) -> Selection | Refusal:
    """What a caller may see at the most: people all of it, an agent what it has a part in, a key for queues what
    concerns these."""
    if caller.verbs and "read_log" not in caller.verbs:
        message = "events: the key does not allow the verb read_log: use another key"
        return Refusal(code="forbidden", message=message)
    agents = (caller.agent,) if caller.role == "agent" else ()
    return Selection(agents=agents, queues=caller.queues)


def selection_of(request: Request) -> Selection:
    """The filters of a request. Raises `InvalidParameter`."""
    fields: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        if name == "after":
            continue
        if name not in _LISTS:
            known = ", ".join(["after", *_LISTS])
            raise InvalidParameter(f"there is no parameter {name!r}: there are {known}")
        values = value.split(",") if name == "types" else [value]
        fields.setdefault(_LISTS[name], []).extend(values)
    try:
        selection = msgspec.convert(fields, Selection)
    except msgspec.ValidationError as error:
        raise InvalidParameter(str(error)) from error
    unknown = unknown_types(selection.types)
    if unknown:
        raise InvalidParameter(f"no event has the type {unknown[0]!r}")
    return selection


def after_of(request: Request, *, head: int) -> int:
    """The position behind which the stream begins: the last id seen, else `after`, else the present end."""
    text = request.headers.get("last-event-id") or request.query_params.get("after")
    if text is None:
        return head
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= I64_MAX):
        raise InvalidParameter(f"{text!r} is no position: give a number, 0 for the whole log")
    if int(text) > head:
        message = f"the position {text} is beyond the end of this log, {head}: begin again"
        raise InvalidParameter(message)
    return int(text)


class Watch:
    """One watcher's way through the log: what to send next, position by position."""

    def __init__(self, tail: Tail, selections: tuple[Selection, ...], *, after: int) -> None:
        self.tail = tail
        self.position = after
        """How far the log was looked through."""
        self._selections = selections
        self._marked = after
        self._clock = asyncio.get_running_loop().time
        self._sent_s = self._clock()

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """What is to be sent, until the tail ends; an empty chunk where the caller may look around."""
        yield f"retry: {RETRY_MS}\nid: {self.position}\n\n".encode()
        while not self.tail.ended:
            batch = await self.tail.batch_behind(self.position)
            if batch is None:
                await self.tail.news()
                yield self._sign_of_life()
                continue
            found = await batch.chunks(self._selections, self.tail.subjects, after=self.position)
            self.position = batch.last
            for chunk in found:
                yield chunk
            if found:
                self._sent_s, self._marked = self._clock(), self.position
            else:
                yield self._sign_of_life()

    def _sign_of_life(self) -> bytes:
        """How far it has come, when that is worth a word; else nothing."""
        is_due = self._clock() - self._sent_s >= HEARTBEAT_S
        if not is_due and self.position - self._marked < MARK_EVENTS:
            return b""
        sign = b": alive\n\n" if self.position == self._marked else b"id: %d\n\n" % self.position
        self._sent_s, self._marked = self._clock(), self.position
        return sign


class EventStream(Response):
    """The response of one stream. It ends when the watcher leaves, is not welcome any more, or takes nothing."""

    def __init__(self, watch: Watch, *, streams: Streams, is_welcome: Callable[[], bool]) -> None:
        super().__init__()
        self.raw_headers = list(_HEADERS)
        self._watch = watch
        self._streams = streams
        self._is_welcome = is_welcome

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends until one of the two sides ends it."""
        del scope
        with self._streams.running(), self._watch.tail.watching():
            sending = asyncio.ensure_future(self._send(send))
            leaving = asyncio.ensure_future(_left(receive))
            try:
                await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                leaving.cancel()
                sending.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await sending

    async def _send(self, send: Send) -> None:
        head = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(head)
        with contextlib.suppress(StoreError):
            async with contextlib.aclosing(self._watch.chunks()) as chunks:
                async for chunk in chunks:
                    if not self._is_welcome():
                        break
                    if chunk:
                        await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
