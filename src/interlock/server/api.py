"""The API: `POST /v1/<verb>` for every verb, and `GET /v1/<noun>` for what can be read."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final
from urllib.parse import parse_qs

from interlock.kernel.command import Command, Refusal, Reply
from interlock.kernel.decide import VERBS
from interlock.kernel.errors import Invalid
from interlock.server.caller import Caller
from interlock.server.door import Door, Unauthenticated
from interlock.server.exchange import (
    Exchange,
    Receive,
    Scope,
    Send,
    answer,
    exchange_of,
    header,
)
from interlock.server.intake import Envelope, check_request_id, invalid, read_command, read_query
from interlock.server.nouns import LISTED, THINGS, Noun
from interlock.server.refusals import refuse_request, refused
from interlock.server.render import encode_reply
from interlock.server.waiting import NO_KEY

PREFIX: Final = "/v1/"

PARAMETERS_MAX: Final = 100
"""Parameters of a query: more than any verb has fields, less than a parser should chew."""

JSON: Final = b"application/json"

_EMPTY: Final = Envelope()
_READS: Final = "GET, HEAD, OPTIONS"
_CALLS: Final = "POST, OPTIONS"


class _Gone(Exception):
    """The caller went away while it waited."""


class Api:
    """All of `/v1` that is made from the verbs, as one ASGI application."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method: str = scope["method"]
        name, *rest = _parts(scope)
        is_verb = name in VERBS and not rest
        noun = THINGS.get(name) if rest else LISTED.get(name)
        if is_verb and method == "POST":
            await self._finish(scope, send, self._call(scope, receive, VERBS[name]))
        elif noun and method in ("GET", "HEAD"):
            await self._finish(scope, send, self._read(scope, receive, noun, rest))
        elif is_verb or noun:
            allow = (_READS if noun else _CALLS).encode()
            await _refuse_method(scope, send, allow)
        else:
            message = f"there is no verb or noun {'/'.join([name, *rest])}"
            await refuse_request(scope, send, refused("not_found", message))

    async def _finish(self, scope: Scope, send: Send, work: Coroutine[Any, Any, Reply]) -> None:
        """Answers with what comes out of the work."""
        try:
            reply = await work
        except Unauthenticated:
            reply = NO_KEY
        except Invalid as error:
            reply = Refusal(code=error.code, message=error.message, details=error.details)
        except _Gone:
            return
        if isinstance(reply, Refusal):
            await refuse_request(scope, send, reply)
        else:
            await answer(send, 200, encode_reply(reply), [(b"content-type", JSON)])

    async def _call(self, scope: Scope, receive: Receive, kind: type[Command]) -> Reply:
        caller = self._door.admit(credential_of(scope))
        exchange = exchange_of(scope)
        exchange.verb = kind.verb
        body = await _body(receive)
        command = read_command(kind, body, _envelope(scope, exchange))
        return await self._carry_out(caller, command, receive, exchange)

    async def _read(self, scope: Scope, receive: Receive, noun: Noun, rest: list[str]) -> Reply:
        caller = self._door.admit(credential_of(scope))
        exchange = exchange_of(scope)
        exchange.verb = noun.kind.verb
        fields = noun.fields(rest) if rest else {}
        if fields is None:
            return refused("not_found", f"{noun.path} is how one of {noun.name} is addressed")
        parameters = _parameters(scope)
        if doubled := fields.keys() & parameters.keys():
            raise invalid(f"{noun.kind.verb}: the path gives {', '.join(sorted(doubled))} already")
        parameters.update((name, [value]) for name, value in fields.items())
        command = read_query(noun.kind, parameters)
        return await self._carry_out(caller, command, receive, exchange)

    async def _carry_out(
        self, caller: Caller, command: Command, receive: Receive, exchange: Exchange
    ) -> Reply:
        found = self._door.submit(caller, command)
        if not isinstance(found, asyncio.Future):
            return found
        if getattr(command, "wait_s", 0.0) <= 0:
            return await found
        exchange.is_waiting = True
        return await _unless_gone(found, receive)


def credential_of(scope: Scope) -> str:
    """The bearer credential of a request, or nothing."""
    scheme, _, credential = (header(scope, b"authorization") or "").partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else ""


def _parts(scope: Scope) -> list[str]:
    """The parts of the path behind `/v1/`, still escaped, so that an escaped slash does not part them."""
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw_path.decode("latin-1").removeprefix(PREFIX).split("/")


def _envelope(scope: Scope, exchange: Exchange) -> Envelope:
    """What the headers say for the command."""
    key = header(scope, b"idempotency-key")
    trace = exchange.trace
    was_traced = trace is not None and trace.was_sent
    if key is None and not was_traced:
        return _EMPTY
    return Envelope(
        request_id=check_request_id(key) if key else "",
        traceparent=trace.traceparent if trace and was_traced else "",
    )


def _parameters(scope: Scope) -> dict[str, list[str]]:
    query: bytes = scope["query_string"]
    try:
        return parse_qs(
            query.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(query),
            errors="strict",
            max_num_fields=PARAMETERS_MAX,
        )
    except ValueError as error:
        raise invalid(f"the query cannot be read: {error}") from error


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        if message["type"] == "http.disconnect":
            raise _Gone
        return body
    parts = [body]
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        parts.append(message.get("body", b""))
    return b"".join(parts)


async def _unless_gone(found: asyncio.Future[Reply], receive: Receive) -> Reply:
    """The answer to a long poll; a caller that goes away takes its place in the line with it."""
    going = asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait((found, going), return_when=asyncio.FIRST_COMPLETED)
        if not found.done():
            raise _Gone
        return found.result()
    finally:
        going.cancel()
        found.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse_method(scope: Scope, send: Send, allow: bytes) -> None:
    if scope["method"] == "OPTIONS":
        await answer(send, 204, b"", [(b"allow", allow)])
        return
    message = f"{scope['method']} does not go with {scope['path']}"
    refusal = refused("method_not_allowed", message)
    await refuse_request(scope, send, refusal, headers=[(b"allow", allow)])
