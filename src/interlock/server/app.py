"""The application: which path leads to what."""

import json

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from interlock.kernel.command import Refusal
from interlock.server.console.routes import routes as console_routes
from interlock.server.door import Door, Unauthenticated
from interlock.server.refusals import refusal_response
from interlock.server.render import builtins_of


def build_app(door: Door) -> Starlette:
    """The whole server as one ASGI application. `app.state.door` is the door."""
    app = Starlette(
        routes=[
            Route("/healthz", healthz, methods=["GET"]),
            Route("/v1/{verb}", call_verb, methods=["POST"]),
            *console_routes(),
        ]
    )
    app.state.door = door
    return app


async def healthz(request: Request) -> Response:
    """The process answers."""
    del request
    return JSONResponse({"status": "ok"})


async def call_verb(request: Request) -> Response:
    """Carries out the verb that the path names."""
    door: Door = request.app.state.door
    try:
        caller = door.admit(credential_of(request))
    except Unauthenticated:
        return refusal_response(Refusal(code="unauthenticated", message="a key is needed"))
    try:
        fields = json.loads(await request.body() or b"{}")
    except ValueError as error:
        return refusal_response(Refusal(code="invalid", message=f"the body is no JSON: {error}"))
    reply = await door.call(caller, request.path_params["verb"], fields)
    if isinstance(reply, Refusal):
        return refusal_response(reply)
    return JSONResponse(builtins_of(reply))


def credential_of(request: Request) -> str:
    """The bearer credential of a request, or nothing."""
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else ""
