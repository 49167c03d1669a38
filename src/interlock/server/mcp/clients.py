"""Where MCP clients keep their servers, and how each spells one. Data, but for the few lines that fill it in."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

Scope = Literal["user", "project"]

KEY_VARIABLE: Final = "INTERLOCK_KEY"
"""Where a project's file lets the client find the key: such files are shared."""

INPUT_ID: Final = "interlock-key"


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """One client's habits."""

    title: str
    user_file: str
    """Under the home folder."""
    project_file: str
    """Under the project's folder."""
    root: str
    """The member that holds the servers by name."""
    http_type: str = ""
    """What `type` says for a server that is reached over HTTP, where the client wants it said."""
    stdio_type: str = ""
    url_field: str = "url"
    reference: str
    """How the file refers to the key instead of holding it."""


_MAC: Final = "Library/Application Support/Code/User/mcp.json"
_LINUX: Final = ".config/Code/User/mcp.json"

CLIENTS: Final[dict[str, Client]] = {
    "claude-code": Client(
        title="Claude Code",
        user_file=".claude.json",
        project_file=".mcp.json",
        root="mcpServers",
        http_type="http",
        stdio_type="stdio",
        reference=f"${{{KEY_VARIABLE}}}",
    ),
    "cursor": Client(
        title="Cursor",
        user_file=".cursor/mcp.json",
        project_file=".cursor/mcp.json",
        root="mcpServers",
        reference=f"${{env:{KEY_VARIABLE}}}",
    ),
    "vscode": Client(
        title="VS Code",
        user_file=_MAC if sys.platform == "darwin" else _LINUX,
        project_file=".vscode/mcp.json",
        root="servers",
        http_type="http",
        stdio_type="stdio",
        reference=f"${{input:{INPUT_ID}}}",
    ),
    "gemini": Client(
        title="Gemini CLI",
        user_file=".gemini/settings.json",
        project_file=".gemini/settings.json",
        root="mcpServers",
        url_field="httpUrl",
        reference=f"${KEY_VARIABLE}",
    ),
}
"""The clients that `interlock mcp install` knows."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What should stand in a client's configuration."""

    client: str
    scope: Scope
    url: str
    key: str = ""
    """Empty for a server without keys."""
    name: str = "interlock"
    command: tuple[str, ...] = ()
    """The program that the client should start; empty if it should reach the server over HTTP."""


def file_of(wish: Wish, *, home: Path, project: Path) -> Path:
    """The file that holds the client's servers."""
    client = CLIENTS[wish.client]
    return home / client.user_file if wish.scope == "user" else project / client.project_file


def with_server(settings: Mapping[str, Any], wish: Wish) -> dict[str, Any]:
    """The client's settings with the server in them; everything else stays."""
    client = CLIENTS[wish.client]
    servers = settings.get(client.root, {})
    if not isinstance(servers, dict):
        raise TypeError(f"{client.root} is no object")
    changed = {**settings, client.root: {**servers, wish.name: _entry(client, wish)}}
    if wish.client == "vscode" and wish.scope == "project" and wish.key:
        changed["inputs"] = _inputs(settings.get("inputs", []))
    return changed


def _entry(client: Client, wish: Wish) -> dict[str, Any]:
    key = client.reference if wish.scope == "project" and wish.key else wish.key
    if wish.command:
        entry: dict[str, Any] = {"type": client.stdio_type} if client.stdio_type else {}
        entry |= {"command": wish.command[0], "args": [*wish.command[1:], "mcp", "--url", wish.url]}
        return {**entry, "env": {KEY_VARIABLE: key}} if key else entry
    entry = {"type": client.http_type} if client.http_type else {}
    entry[client.url_field] = wish.url.rstrip("/").removesuffix("/mcp") + "/mcp"
    return {**entry, "headers": {"Authorization": f"Bearer {key}"}} if key else entry


def _inputs(known: list[Any]) -> list[Any]:
    """VS Code asks for the key once and keeps it out of the file."""
    asked = {
        "type": "promptString",
        "id": INPUT_ID,
        "description": "Interlock key",
        "password": True,
    }
    others = [each for each in known if not isinstance(each, dict) or each.get("id") != INPUT_ID]
    return [*others, asked]
