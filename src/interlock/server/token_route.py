"""`POST /v1/create_token`: the one verb that is the server's own, because the ledger keeps nothing of it."""

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from interlock.kernel.command import Refusal
from interlock.server.api import credential_of
from interlock.server.door import Door, Unauthenticated
from interlock.server.refusals import refusal_response
from interlock.server.token import TokenWish
from interlock.server.waiting import NO_KEY


def routes() -> list[Route]:
    """The route, which has to stand before that of the other verbs."""
    return [Route("/v1/create_token", create_token, methods=["POST"])]


async def create_token(request: Request) -> Response:
    """Lends some of the key's rights for some minutes."""
    door: Door = request.app.state.door
    try:
        caller = door.admit(credential_of(request.scope))
        wish = msgspec.json.decode(await request.body() or b"{}", type=TokenWish)
    except Unauthenticated:
        return refusal_response(NO_KEY)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return refusal_response(Refusal(code="invalid", message=f"create_token: {error}"))
    made = door.make_token(caller, wish)
    if isinstance(made, Refusal):
        return refusal_response(made)
    return JSONResponse(msgspec.to_builtins(made))
