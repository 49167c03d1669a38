"""What a client can read by its address: the fleet, a task and its story, a message, a thread, an agent and its state.
Whole, where a tool's answer was cut."""

import json
import re
from typing import Any, Final
from urllib.parse import unquote

import mcp_types as types
from mcp.shared.exceptions import MCPError

from interlock.kernel.command import Refusal, Reply
from interlock.server.mcp.answers import structured_of
from interlock.server.mcp.desk import Desk
from interlock.server.mcp.thread import VERB as SEARCH
from interlock.server.mcp.thread import read_thread
from interlock.server.mcp.visitor import Context, Lobby

FLEET_URI: Final = "interlock://fleet"
JSON: Final = "application/json"

RESOURCES: Final = (
    types.Resource(
        uri=FLEET_URI,
        name="fleet",
        description="The fleet at a glance: agents, queues, open work, trouble.",
        mime_type=JSON,
    ),
)

TEMPLATES: Final = tuple(
    types.ResourceTemplate(uri_template=uri, name=name, description=description, mime_type=JSON)
    for uri, name, description in (
        (
            "interlock://tasks/{id}",
            "task",
            "A task with its instructions, payload, result and causes.",
        ),
        (
            "interlock://tasks/{id}/timeline",
            "task-timeline",
            "What happened to a task, oldest first.",
        ),
        (
            "interlock://threads/{id}",
            "thread",
            "The messages of a thread, oldest first, each with the beginning of its text.",
        ),
        ("interlock://messages/{id}", "message", "What was sent under a message id."),
        ("interlock://agents/{name}", "agent", "What is known of an agent."),
        (
            "interlock://agents/{name}/state",
            "agent-state",
            "What an agent hands to its next session.",
        ),
    )
)

PLACES: Final = (
    (re.compile(r"interlock://fleet"), "get_fleet", ""),
    (re.compile(r"interlock://tasks/([^/]+)"), "get_task", "task_id"),
    (re.compile(r"interlock://tasks/([^/]+)/timeline"), "get_timeline", "task_id"),
    (re.compile(r"interlock://threads/([^/]+)"), SEARCH, "thread_id"),
    (re.compile(r"interlock://messages/([^/]+)"), "get_message", "message_id"),
    (re.compile(r"interlock://agents/([^/]+)"), "get_agent", "name"),
    (re.compile(r"interlock://agents/([^/]+)/state"), "get_program_state", "agent"),
)
"""Which verb reads what stands at an address, and the field that its name goes into."""


class Library:
    """Reads for the visitor who asks, with what their key may see."""

    def __init__(self, desk: Desk, lobby: Lobby) -> None:
        self._desk = desk
        self._lobby = lobby

    async def list_resources(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        """What has one address."""
        del context, params
        return types.ListResourcesResult(resources=list(RESOURCES))

    async def list_templates(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        """What has one address for each."""
        del context, params
        return types.ListResourceTemplatesResult(resource_templates=list(TEMPLATES))

    async def read(
        self, context: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        """What stands at the address now."""
        uri = str(params.uri)
        for pattern, verb, field in PLACES:
            found = pattern.fullmatch(uri)
            if found:
                fields = {field: unquote(found[1])} if field else {}
                plain = await self._look(context, verb, fields, uri)
                text = json.dumps(plain, ensure_ascii=False)
                contents = types.TextResourceContents(uri=uri, mime_type=JSON, text=text)
                return types.ReadResourceResult(contents=[contents])
        raise _missing(uri, "nothing has this address")

    async def _look(
        self, context: Context, verb: str, fields: dict[str, Any], uri: str
    ) -> dict[str, Any]:
        visitor = self._lobby.visitor(context)
        reply: Reply | dict[str, Any]
        if verb == SEARCH:
            reply = await read_thread(self._desk, visitor, fields["thread_id"])
        else:
            reply = await self._desk.reply(visitor, verb, fields)
        if isinstance(reply, Refusal):
            raise _missing(uri, reply.message)
        return reply if isinstance(reply, dict) else structured_of(verb, reply, is_camel=False)


def _missing(uri: str, message: str) -> MCPError:
    return MCPError(code=types.INVALID_PARAMS, message=message, data={"uri": uri})
