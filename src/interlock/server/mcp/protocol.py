"""The MCP server: lists the tools of a caller and hands their calls to the desk."""

from importlib.metadata import version
from typing import Any, Final

import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError

from interlock.kernel.decide import VERBS
from interlock.kernel.task.view import TaskView
from interlock.server.exchange import exchange_of
from interlock.server.mcp.answers import structured_of
from interlock.server.mcp.catalog import TOOLS, schema_of
from interlock.server.mcp.desk import Desk, Outcome, outcome_of
from interlock.server.mcp.profiles import tools_of
from interlock.server.mcp.prompts import Briefing
from interlock.server.mcp.resources import Library
from interlock.server.mcp.tasks import EXTENSION, created, serve_tasks
from interlock.server.mcp.toolbox import COMPOSITES, Toolbox
from interlock.server.mcp.visitor import Context, Lobby, has_extension

INSTRUCTIONS: Final = (
    "Interlock coordinates a fleet of agents. At the start call get_program_state, then get_messages, then "
    "claim_task. Extend the lease of a task while you work on it; end it with complete_task, fail_task or "
    "release_task. Save what your next session needs with update_program_state before your context is full."
)


def build_server(desk: Desk, lobby: Lobby) -> Server[Any]:
    """The protocol's server over a desk."""
    front = Front(desk, lobby)
    library = Library(desk, lobby)
    briefing = Briefing(desk, lobby)
    server = Server[Any](
        "interlock",
        version=version("interlock"),
        title="Interlock",
        instructions=INSTRUCTIONS,
        get_tool_input_schema=lambda name: None,
        on_list_tools=front.list_tools,
        on_call_tool=front.call_tool,  # type: ignore[arg-type] # a task is a result of the extension
        on_list_resources=library.list_resources,
        on_list_resource_templates=library.list_templates,
        on_read_resource=library.read,
        on_list_prompts=briefing.list_prompts,
        on_get_prompt=briefing.get_prompt,
    )
    serve_tasks(server, desk, lobby)
    return server


class Front:
    """The tools of the protocol, each call with the visitor that it comes from."""

    def __init__(self, desk: Desk, lobby: Lobby) -> None:
        self._toolbox = Toolbox(desk)
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
    ) -> types.CallToolResult | dict[str, Any]:
        """Carries out a tool call. `run_task` becomes a task of the protocol for a client that has those."""
        if params.name not in VERBS and params.name not in COMPOSITES:
            message = f"there is no tool {params.name}: tools/list names them"
            raise MCPError(code=types.INVALID_PARAMS, message=message)
        visitor = self._lobby.visitor(context)
        arguments = params.arguments or {}
        if context.request is not None and params.name in VERBS:
            exchange = exchange_of(context.request.scope)
            exchange.verb = params.name
            exchange.is_waiting = "wait_s" in VERBS[params.name].__struct_fields__
        if params.name == "run_task" and has_extension(context, EXTENSION):
            view = await self._toolbox.create(visitor, arguments)
            if isinstance(view, TaskView):
                return created(view.task)
            return result_of(
                outcome_of(structured_of("run_task", view, is_camel=False), is_error=True)
            )
        return result_of(await self._toolbox.call(visitor, params.name, arguments))


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
