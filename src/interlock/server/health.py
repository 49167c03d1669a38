"""Whether the server lives, whether it can work, and how it fares."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from interlock.hub.batch import settled
from interlock.kernel.command import Refusal
from interlock.kernel.task.queue import GetQueue
from interlock.server.api import credential_of
from interlock.server.caller import HOME
from interlock.server.door import Door, Unauthenticated
from interlock.server.metrics import CONTENT_TYPE, Metrics
from interlock.server.refusals import refusal_response, refused

_PROBE: Final = GetQueue(queue="default")
"""A question that a hub answers only while it owns its shard and is not closing."""


def routes(door: Door, metrics: Metrics) -> list[BaseRoute]:
    """The paths that whoever watches the server asks for."""

    async def healthz(request: Request) -> Response:
        """The process answers."""
        del request
        return _status("ok")

    async def readyz(request: Request) -> Response:
        """It owns its shard and takes commands."""
        del request
        hub = door.namespaces.get(HOME)
        found = await settled(hub.submit(_PROBE)) if hub else None
        if isinstance(found, Refusal):
            return refusal_response(found)
        if hub is None:
            return refusal_response(refused("closing", "the server is shutting down"))
        return _status("ready")

    async def figures(request: Request) -> Response:
        """The figures of the caller's ledger: names of queues are not for everybody."""
        try:
            hub = door.hub(door.admit(credential_of(request.scope)))
        except Unauthenticated:
            return refusal_response(refused("unauthenticated", "the figures are shown for a key"))
        return Response(metrics.page(hub), media_type=CONTENT_TYPE)

    return [
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        Route("/metrics", figures, methods=["GET"]),
    ]


def _status(word: str) -> Response:
    return Response(b'{"status":"%s"}' % word.encode(), media_type="application/json")
