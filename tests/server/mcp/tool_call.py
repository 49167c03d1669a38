"""How the tests call tools."""

from typing import Any

from mcp import Client


async def call(client: Client, tool: str, arguments: dict[str, Any] | None = None) -> Any:
    """The structured content of a call that must not be refused."""
    result = await client.call_tool(tool, arguments or {})
    assert not result.is_error, result.structured_content
    return result.structured_content


async def refused(client: Client, tool: str, arguments: dict[str, Any] | None = None) -> Any:
    """The error of a call that must be refused."""
    result = await client.call_tool(tool, arguments or {})
    assert result.is_error, result.structured_content
    return result.structured_content["error"]
