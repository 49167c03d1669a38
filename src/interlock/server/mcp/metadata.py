"""What RFC 9728 lets a client find out about this resource: which address it has, and how keys are sent.

Keys are made by `interlock keys`, not by an authorization server, so none is named.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

PATH: Final = "/mcp"
METADATA_PATH: Final = "/.well-known/oauth-protected-resource"


async def serve_metadata(request: Request) -> Response:
    """The metadata of `/mcp`."""
    return JSONResponse(
        {
            "resource": f"{_origin(request)}{PATH}",
            "resource_name": "Interlock",
            "bearer_methods_supported": ["header"],
        }
    )


def metadata_url(request: Request) -> str:
    """Where the metadata of `/mcp` stands."""
    return f"{_origin(request)}{METADATA_PATH}{PATH}"


def _origin(request: Request) -> str:
    """The address under which the client knows this server. Its host was checked before it came here."""
    return f"{request.url.scheme}://{request.url.netloc}"
