"""Who sent a request of the protocol, and what their client says that it can do."""

from typing import Any, Final

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from msgspec.structs import replace

from interlock.server.caller import Caller
from interlock.server.exchange import exchange_of
from interlock.server.mcp.identity import Visitor
from interlock.server.trace import read_parent

CALLER_KEY: Final = "interlock.caller"
"""Where the HTTP end leaves the caller of a request, in its ASGI scope."""

SESSION_HEADER: Final = "interlock-session"
"""Names the session for calls that name none: a client that can set headers keeps its processes apart with it."""

AGENT_HEADER: Final = "interlock-agent"
"""Names the agent on a server without keys."""

Context = ServerRequestContext[Any, Any]


class Lobby:
    """Finds the visitor of each request. `resident` is who calls where there is no HTTP request: over stdio."""

    def __init__(self, resident: Visitor | None = None) -> None:
        self._resident = resident

    def visitor(self, context: Context) -> Visitor:
        """Who sent this request."""
        introduced = context.session.client_params
        client = introduced.client_info.name if introduced else ""
        request = context.request
        if request is None:
            assert self._resident is not None, "a request without HTTP needs a resident"
            resident = self._resident
            return replace(resident, client=client, traceparent=_trace_of(context))
        caller: Caller = request.scope[CALLER_KEY]
        return Visitor(
            caller=caller,
            agent=request.headers.get(AGENT_HEADER, ""),
            client=client,
            connection=request.headers.get("mcp-session-id", ""),
            session=request.headers.get(SESSION_HEADER, ""),
            traceparent=_trace_of(context),
        )


def has_extension(context: Context, extension: str) -> bool:
    """Whether the client said, with this request, that it speaks the extension."""
    declared = context.session.client_capabilities
    return bool(declared and declared.extensions and extension in declared.extensions)


def demand(context: Context, capability: types.ClientCapabilities) -> None:
    """Refuses a client that did not declare the capability."""
    if not context.session.check_client_capability(capability):
        raise missing(capability)


def missing(capability: types.ClientCapabilities) -> MCPError:
    """The refusal of a request that needs a capability of the client."""
    return MCPError(
        code=types.MISSING_REQUIRED_CLIENT_CAPABILITY,
        message="this request needs a capability that the client did not declare",
        data={
            "requiredCapabilities": capability.model_dump(
                by_alias=True, mode="json", exclude_none=True
            )
        },
    )


def _trace_of(context: Context) -> str:
    """The trace that the request goes on: that of its header, or else that of its `_meta`."""
    trace = exchange_of(context.request.scope).trace if context.request else None
    if trace is not None and trace.was_sent:
        return trace.traceparent
    told = (context.meta or {}).get("traceparent")
    return told if isinstance(told, str) and read_parent(told) is not None else ""
