"""The MCP server: lists the tools of a caller and hands their calls to the desk."""

from importlib.metadata import version
from typing import Any, Final

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server

from interlock.server.caller import Caller
from interlock.server.mcp.catalog import TOOLS, schema_of
from interlock.server.mcp.desk import Desk, Outcome
from interlock.server.mcp.identity import Visitor
from interlock.server.mcp.profiles import tools_of

CALLER_KEY: Final = "interlock.caller"
"""Where the HTTP end leaves the caller of a request, in its ASGI scope."""

SESSION_HEADER: Final = "interlock-session"
"""Names the session for calls that name none: a client that can set headers keeps its processes apart with it."""

INSTRUCTIONS: Final = (
    "Interlock coordinates a fleet of agents. At the start call get_program_state, then get_messages, then "
    "claim_task. Extend the lease of a task while you work on it; end it with complete_task, fail_task or "
    "release_task. Save what your next session needs with update_program_state before your context is full."
)

Context = ServerRequestContext[Any, Any]


def build_server(desk: Desk, *, resident: Visitor | None = None) -> Server[Any]:
    """The protocol's server over a desk. `resident` is who calls where there is no HTTP request: over stdio."""
    front = Front(desk, resident)
    return Server(
        "interlock",
        version=version("interlock"),
        title="Interlock",
        instructions=INSTRUCTIONS,
        get_tool_input_schema=lambda name: None,
        on_list_tools=front.list_tools,
        on_call_tool=front.call_tool,
    )


class Front:
    """The protocol's requests, each with the visitor that it comes from."""

    def __init__(self, desk: Desk, resident: Visitor | None) -> None:
        self._desk = desk
        self._resident = resident

    async def list_tools(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        """The tools of the caller's profile, on one page."""
        del params
        caller = self.visitor(context).caller
        return types.ListToolsResult(tools=[tool_of(verb) for verb in tools_of(caller)])

    async def call_tool(
        self, context: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        """Carries out a tool call."""
        visitor = self.visitor(context)
        return result_of(await self._desk.call(visitor, params.name, params.arguments or {}))

    def visitor(self, context: Context) -> Visitor:
        """Who sent this request."""
        introduced = context.session.client_params
        client = introduced.client_info.name if introduced else ""
        request = context.request
        if request is None:
            assert self._resident is not None, "a request without HTTP needs a resident"
            resident = self._resident
            return resident if resident.client else _named(resident, client)
        caller: Caller = request.scope[CALLER_KEY]
        return Visitor(
            caller=caller,
            client=client,
            connection=request.headers.get("mcp-session-id", ""),
            session=request.headers.get(SESSION_HEADER, ""),
        )


def tool_of(verb: str) -> types.Tool:
    """A tool as it is listed."""
    tool = TOOLS[verb]
    return types.Tool(
        name=verb,
        description=tool.description,
        input_schema=schema_of(verb),
        annotations=types.ToolAnnotations(read_only_hint=tool.is_read_only, open_world_hint=False),
    )


def result_of(outcome: Outcome) -> types.CallToolResult:
    """An outcome in the protocol's words."""
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=outcome.text)],
        structured_content=outcome.structured,
        is_error=outcome.is_error,
    )


def _named(resident: Visitor, client: str) -> Visitor:
    return Visitor(
        caller=resident.caller,
        client=client,
        connection=resident.connection,
        session=resident.session,
    )
