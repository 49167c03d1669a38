"""`GET /v1/server`: whom the server takes the caller for, what the key allows, and whether a key is needed at all."""

from importlib.metadata import version
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interlock.kernel.access.roles import ROLES
from interlock.server.api import credential_of
from interlock.server.caller import Caller
from interlock.server.door import Door, Unauthenticated
from interlock.server.refusals import refusal_response
from interlock.server.waiting import NO_KEY

PATH: Final = "/v1/server"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What the server tells whoever it lets in. `is_open`: it takes calls without a key. `name` and `role` are the
    key's, `verbs` are those that it allows; which queues and claims it may touch is told by each call."""

    is_open: bool
    version: str
    namespace: str
    role: str
    name: str
    verbs: tuple[str, ...]


def routes() -> list[Route]:
    """The route, which has to stand before those of the nouns."""
    return [Route(PATH, get_server, methods=["GET"])]


async def get_server(request: Request) -> Response:
    """The caller's standing. Who has no key where one is needed learns nothing."""
    door: Door = request.app.state.door
    try:
        caller = door.admit(credential_of(request.scope))
    except Unauthenticated:
        return refusal_response(NO_KEY)
    content = msgspec.json.encode(standing_of(door, caller))
    return Response(content, media_type="application/json", headers={"Cache-Control": "no-store"})


def standing_of(door: Door, caller: Caller) -> Standing:
    """What a caller may know of the server and of itself."""
    return Standing(
        is_open=door.is_open,
        version=version("interlock"),
        namespace=caller.namespace,
        role=caller.role,
        name=caller.agent,
        verbs=tuple(verb for verb in sorted(ROLES) if _may(caller, verb)),
    )


def _may(caller: Caller, verb: str) -> bool:
    return caller.role in ROLES[verb] and (not caller.verbs or verb in caller.verbs)
