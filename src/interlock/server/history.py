"""`POST /v1/get_state_at` and `GET /v1/state?position=`: the state as it was at any position of the log.

A verb of the server's own: no ledger keeps the past, it is folded from the first event on. That is done by a process of
its own, so that neither the hub's processor time nor its memory pays for it. What was never changes: answers are kept.
"""

import asyncio
import sys
from collections import OrderedDict
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interlock.hub.hub import Hub
from interlock.kernel.access.roles import ROLES
from interlock.kernel.command import Refusal
from interlock.kernel.rights.bearer import forbidden
from interlock.observe.past import PastQuestion, past_of
from interlock.server.api import credential_of
from interlock.server.caller import Caller
from interlock.server.door import Door, Unauthenticated
from interlock.server.refusals import refusal_response
from interlock.server.waiting import NO_KEY
from interlock.store.sqlite import SqliteStore

EVENTS_MAX: Final = 1_500_000
"""How long a history one question may fold: about ten seconds of a processor. `interlock replay` has no limit."""

MEMORY_EVENTS_MAX: Final = 20_000
"""The same for a ledger in memory, which only this process can read."""

FOLDS_MAX: Final = 1
"""Folds at a time: each takes a processor."""

WAITING_MAX: Final = 20
"""Questions that may wait for their turn."""

FOLD_S_MAX: Final = 50.0
KEPT_MAX: Final = 64
"""Answers kept: a slider comes back to where it was."""


class History:
    """Answers what was. Belongs to one server."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._turns = asyncio.Semaphore(FOLDS_MAX)
        self._waiting = 0
        self._kept: OrderedDict[tuple[str, PastQuestion], bytes] = OrderedDict()

    async def answer(self, caller: Caller, question: PastQuestion) -> bytes | Refusal:
        """The state as JSON, or why it cannot be told."""
        hub = self._door.hub(caller)
        refusal = _refuse(caller) or _refuse_position(hub, question)
        if refusal is not None:
            return refusal
        key = (caller.namespace, question)
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept
        if self._waiting >= WAITING_MAX:
            message = f"get_state_at: {WAITING_MAX} questions wait already: ask again later"
            return Refusal(code="limit", message=message)
        self._waiting += 1
        try:
            async with self._turns:
                found = await _fold(hub, question)
        finally:
            self._waiting -= 1
        if isinstance(found, bytes):
            self._kept[key] = found
            if len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        return found


def routes(history: History) -> list[Route]:
    """The routes, which have to stand before those of the verbs."""

    async def get_state_at(request: Request) -> Response:
        door: Door = request.app.state.door
        try:
            caller = door.admit(credential_of(request.scope))
            question = await _question(request)
            found = await history.answer(caller, question)
        except Unauthenticated:
            return refusal_response(NO_KEY)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            refusal = Refusal(code="invalid", message=f"get_state_at: {error}")
            return refusal_response(refusal)
        if isinstance(found, Refusal):
            return refusal_response(found)
        return Response(found, media_type="application/json")

    return [
        Route("/v1/get_state_at", get_state_at, methods=["POST"]),
        Route("/v1/state", get_state_at, methods=["GET"]),
    ]


async def _question(request: Request) -> PastQuestion:
    """What is asked. Raises `ValueError`."""
    if request.method == "POST":
        return msgspec.json.decode(await request.body() or b"{}", type=PastQuestion)
    return msgspec.convert(dict(request.query_params), PastQuestion, strict=False)


def _refuse(caller: Caller) -> Refusal | None:
    """Whoever may read the whole log may see what it adds up to."""
    is_allowed = caller.role in ROLES["read_log"] and not caller.queues
    if is_allowed and (not caller.verbs or "read_log" in caller.verbs):
        return None
    return forbidden("get_state_at: it shows what the whole log says: use a key that may read it")


def _refuse_position(hub: Hub, question: PastQuestion) -> Refusal | None:
    position, head = question.position, hub.head
    if not 0 <= position <= head:
        message = f"get_state_at: there is no position {position}: the log ends at {head}"
        return Refusal(code="invalid", message=message, details={"head": head})
    most = EVENTS_MAX if isinstance(hub.store, SqliteStore) else MEMORY_EVENTS_MAX
    if position > most:
        message = f"get_state_at: {position} events are more than the {most} that are folded here"
        return Refusal(code="limit", message=f"{message}: use `interlock replay`")
    return None


async def _fold(hub: Hub, question: PastQuestion) -> bytes | Refusal:
    store = hub.store
    if not isinstance(store, SqliteStore):
        return msgspec.json.encode(await past_of(store, question, shard=hub.grant.shard))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "interlock.observe.past",
        str(store.path),
        hub.grant.shard,
        msgspec.json.encode(question).decode(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(FOLD_S_MAX):
            out, _ = await process.communicate()
    except TimeoutError:
        return Refusal(code="limit", message=f"get_state_at: it took over {FOLD_S_MAX:.0f} s")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode or out.startswith(b'{"error"'):
        message = "get_state_at: the log could not be folded: run `interlock verify`"
        return Refusal(code="ledger_unavailable", message=message)
    return out
