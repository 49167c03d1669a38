"""The MCP server: lists the tools of a caller and hands their calls to the desk."""

from importlib.metadata import version
from typing import Any, Final

import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError

from interlock.kernel.decide import VERBS
from interlock.server.mcp.catalog import TOOLS, schema_of
from interlock.server.mcp.desk import Desk, Outcome
from interlock.server.mcp.profiles import tools_of
from interlock.server.mcp.tasks import serve_tasks
from interlock.server.mcp.visitor import Context, Lobby

INSTRUCTIONS: Final = (
    "Interlock coordinates a fleet of agents. At the start call get_program_state, then get_messages, then "
    "claim_task. Extend the lease of a task while you work on it; end it with complete_task, fail_task or "
    "release_task. Save what your next session needs with update_program_state before your context is full."
)


def build_server(desk: Desk, lobby: Lobby) -> Server[Any]:
    """The protocol's server over a desk."""
    front = Front(desk, lobby)
    server = Server[Any](
        "interlock",
        version=version("interlock"),
        title="Interlock",
        instructions=INSTRUCTIONS,
        get_tool_input_schema=lambda name: None,
        on_list_tools=front.list_tools,
        on_call_tool=front.call_tool,
    )
    serve_tasks(server, desk, lobby)
    return server


class Front:
    """The tools of the protocol, each call with the visitor that it comes from."""

    def __init__(self, desk: Desk, lobby: Lobby) -> None:
        self._desk = desk
        self._lobby = lobby

    async def list_tools(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        """The tools of the caller's profile, on one page."""
        del params
        caller = self._lobby.visitor(context).caller
        return types.ListToolsResult(tools=[tool_of(verb) for verb in tools_of(caller)])

    async def call_tool(
        self, context: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        """Carries out a tool call."""
        if params.name not in VERBS:
            message = f"there is no tool {params.name}: tools/list names them"
            raise MCPError(code=types.INVALID_PARAMS, message=message)
        visitor = self._lobby.visitor(context)
        return result_of(await self._desk.call(visitor, params.name, params.arguments or {}))


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
