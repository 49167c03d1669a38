"""A server on stdio that hands every request to a running Interlock over HTTP.

Upstream it speaks protocol 2026-07-28, which keeps no session, so that a restart of the server goes unnoticed: a call
is sent again under its request id, and nothing is done twice. Downstream it speaks whatever the client speaks.
"""

import asyncio
import contextlib
import json
import random
import uuid
from importlib.metadata import version
from typing import Any, Final

import httpx2
import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import NAME_BEARING_METHODS, encode_header_value
from mcp_types.version import LATEST_MODERN_VERSION

from interlock.server.mcp.protocol import INSTRUCTIONS
from interlock.server.mcp.tasks import EXTENSION, TaskParams, TaskUpdateParams
from interlock.server.mcp.visitor import AGENT_HEADER, SESSION_HEADER, Context

TRIES_MAX: Final = 8
"""How often a call is sent while the server is away: some twenty seconds, enough for a restart."""

BACKOFF_S: Final = 0.2
BACKOFF_S_MAX: Final = 5.0

ANSWER_S_MAX: Final = 75.0
"""No sign of life for so long ends a call: the longest poll takes 55 s, and its answer is kept alive by pings."""

GOODBYE_S: Final = 2.0
"""How long ending the session may take: the client waits for this process to end."""

FORWARDED: Final[dict[str, type[types.RequestParams]]] = {
    "tools/list": types.PaginatedRequestParams,
    "tools/call": types.CallToolRequestParams,
    "resources/list": types.PaginatedRequestParams,
    "resources/templates/list": types.PaginatedRequestParams,
    "resources/read": types.ReadResourceRequestParams,
    "prompts/list": types.PaginatedRequestParams,
    "prompts/get": types.GetPromptRequestParams,
    "tasks/get": TaskParams,
    "tasks/update": TaskUpdateParams,
    "tasks/cancel": TaskParams,
}
"""The requests that the server upstream answers."""

NAMED: Final = {
    **NAME_BEARING_METHODS,
    **dict.fromkeys(["tasks/get", "tasks/update", "tasks/cancel"], "taskId"),
}
"""Which parameter of a request its header repeats."""


class Bridge:
    """One client's way to a server. The session is that of this process."""

    def __init__(self, url: str, *, key: str = "", agent: str = "") -> None:
        self._session = str(uuid.uuid4())
        headers = {SESSION_HEADER: self._session}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        if agent:
            headers[AGENT_HEADER] = agent
        self._url = url.rstrip("/").removesuffix("/mcp") + "/mcp"
        self._http = httpx2.AsyncClient(headers=headers, timeout=ANSWER_S_MAX)

    async def aclose(self) -> None:
        """Ends the session and closes the connections. What it holds stays claimed until the leases end."""
        meta = {
            types.PROTOCOL_VERSION_META_KEY: LATEST_MODERN_VERSION,
            types.CLIENT_CAPABILITIES_META_KEY: {},
        }
        named = {"name": "close_session", "arguments": {"session": self._session}, "_meta": meta}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": named}
        with contextlib.suppress(httpx2.TransportError, ValueError, TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                await self._post(_headers("tools/call", named), body)
        await self._http.aclose()

    def server(self) -> Server[Any]:
        """What stands on stdio."""
        server = Server[Any](
            "interlock",
            version=version("interlock"),
            title="Interlock",
            instructions=INSTRUCTIONS,
        )
        server.extensions[EXTENSION] = {}
        for method, kind in FORWARDED.items():
            server.add_request_handler(method, kind, self.forward)
        return server

    async def forward(self, context: Context, params: Any) -> dict[str, Any]:
        """The server's answer to a request of the client."""
        sent = dict(context.params or {})
        if context.method == "tools/call":
            arguments = dict(sent.get("arguments") or {})
            arguments.setdefault("request_id", str(uuid.uuid4()))
            sent["arguments"] = arguments
        sent["_meta"] = {**sent.get("_meta", {}), **_envelope(context)}
        body = {"jsonrpc": "2.0", "id": 1, "method": context.method, "params": sent}
        answer = await self._send(context.method, sent, body)
        if "error" in answer:
            error = answer["error"]
            raise MCPError(code=error["code"], message=error["message"], data=error.get("data"))
        result: dict[str, Any] = answer["result"]
        return result

    async def _send(
        self, method: str, params: dict[str, Any], body: dict[str, Any]
    ) -> dict[str, Any]:
        headers = _headers(method, params)
        for attempt in range(TRIES_MAX):
            if attempt:
                cap_s = min(BACKOFF_S_MAX, BACKOFF_S * 2**attempt)
                await asyncio.sleep(random.uniform(0, cap_s))
            try:
                answer = await self._post(headers, body)
            except httpx2.TransportError:
                continue
            if not _is_closing(answer):
                return answer
        message = f"Interlock at {self._url} does not answer: start it with `interlock up`, or check --url"
        raise MCPError(code=types.INTERNAL_ERROR, message=message)

    async def _post(self, headers: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        async with self._http.stream("POST", self._url, headers=headers, json=body) as response:
            kind = response.headers.get("content-type", "")
            if kind.startswith("text/event-stream"):
                return await _last_event(response)
            text = (await response.aread()).decode()
            try:
                answer = json.loads(text)
            except ValueError:
                answer = None
            if isinstance(answer, dict) and answer.get("jsonrpc") == "2.0":
                return answer
            return _not_of_the_protocol(response.status_code, answer)


def _headers(method: str, params: dict[str, Any]) -> dict[str, str]:
    """What the protocol says twice: in the body, and for whoever routes by headers."""
    headers = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": LATEST_MODERN_VERSION,
        "Mcp-Method": method,
    }
    if method in NAMED:
        headers["Mcp-Name"] = encode_header_value(str(params.get(NAMED[method], "")))
    return headers


async def _last_event(response: httpx2.Response) -> dict[str, Any]:
    """The answer at the end of a stream."""
    async for line in response.aiter_lines():
        if line.startswith("data:"):
            message = json.loads(line.removeprefix("data:"))
            if isinstance(message, dict) and "id" in message:
                return message
    raise httpx2.RemoteProtocolError("the stream ended without an answer")


def _envelope(context: Context) -> dict[str, Any]:
    """What protocol 2026-07-28 says with each request about its client."""
    introduced = context.session.client_params
    capabilities = context.session.client_capabilities or types.ClientCapabilities()
    found: dict[str, Any] = {
        types.PROTOCOL_VERSION_META_KEY: LATEST_MODERN_VERSION,
        types.CLIENT_CAPABILITIES_META_KEY: _dumped(capabilities),
    }
    if introduced is not None:
        found[types.CLIENT_INFO_META_KEY] = _dumped(introduced.client_info)
    return found


def _dumped(value: Any) -> Any:
    return value.model_dump(by_alias=True, mode="json", exclude_none=True)


def _is_closing(answer: dict[str, Any]) -> bool:
    """Whether a hub said that it is shutting down: its successor answers."""
    found = answer.get("result", {}).get("structuredContent")
    error = found.get("error") if isinstance(found, dict) else None
    return isinstance(error, dict) and error.get("code") == "closing"


def _not_of_the_protocol(status: int, answer: Any) -> dict[str, Any]:
    """An error of the server's outer layers, such as a missing key."""
    error = answer.get("error") if isinstance(answer, dict) else None
    if isinstance(error, dict):
        message = f"{error.get('message')}. {error.get('hint', '')}".strip()
    else:
        message = f"the server answered with HTTP status {status}: is --url that of an Interlock?"
    return {"error": {"code": types.INVALID_REQUEST, "message": message}}
