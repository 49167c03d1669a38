"""`interlock mcp`: the tools for a client that starts its own servers, and how to tell a client of them."""

import asyncio
import shutil
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import click

from interlock.cli.group import Commands, Failed, Unusable
from interlock.cli.inert import inert
from interlock.cli.ledger import json_option
from interlock.cli.screen import print_json

CLIENT_NAMES = ("claude-code", "cursor", "vscode", "gemini")

KEY_OPTION = click.option("--key", envvar="INTERLOCK_KEY", default="", help="The agent's key.")
URL = "http://127.0.0.1:7470"


@click.group(cls=Commands, invoke_without_command=True)
@click.option("--url", envvar="INTERLOCK_URL", help=f"A running Interlock.  [default: {URL}]")
@click.option("--store", type=click.Path(path_type=Path), help="A ledger, without any server.")
@KEY_OPTION
@click.option("--agent", default="", help="The agent to speak for where there are no keys.")
@click.pass_context
def mcp(ctx: click.Context, url: str | None, store: Path | None, key: str, agent: str) -> None:
    """Serve the tools on standard input and output, or `install` them into a client.

    With --url (or INTERLOCK_URL) the calls go to a running `interlock up`, and outlast its restarts. With --store this
    process owns the ledger meanwhile.
    """
    if ctx.invoked_subcommand is not None:
        return
    if url and store:
        raise click.UsageError("--url and --store exclude each other: a ledger has one owner")
    if store is not None:
        _run(lambda served: served.serve_store(str(store), key=key, agent=agent))
    else:
        _run(lambda served: served.serve_url(url or URL, key=key, agent=agent))


@mcp.command()
@click.argument("client", type=click.Choice(CLIENT_NAMES))
@click.option("--url", envvar="INTERLOCK_URL", default=URL, show_default=True, help="The server.")
@KEY_OPTION
@click.option("--scope", type=click.Choice(["user", "project"]), default="user", show_default=True)
@click.option("--stdio", is_flag=True, help="Let the client start `interlock mcp` instead.")
@click.option("--name", default="interlock", show_default=True, help="The server's name there.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Show the change and leave it.")
@json_option
def install(
    client: str,
    url: str,
    key: str,
    scope: Any,
    stdio: bool,
    name: str,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write Interlock into a client's configuration, after showing the change.

    What else stands in the file stays, and the old file is kept beside it. A project's file is shared: there the key
    is not written, the client takes it from INTERLOCK_KEY or asks for it.
    """
    from interlock.server.mcp.clients import Wish
    from interlock.server.mcp.install import CannotInstall, carry_out, plan

    if not url.startswith(("http://", "https://")):
        raise click.UsageError("--url begins with http:// or https://")
    command = _command(scope) if stdio else ()
    wish = Wish(client=client, scope=scope, url=url, key=key, name=name, command=command)
    try:
        change = plan(wish, home=Path.home(), project=Path.cwd())
    except CannotInstall as error:
        raise Failed(str(error)) from error
    told: dict[str, Any] = {"path": str(change.path), "changed": False, "backup": None}
    if not as_json:
        click.echo(_shown(change))
    else:
        told["diff"] = change.diff()
    if change.is_needed and not dry_run:
        if not yes and not as_json:
            click.confirm("Write this?", abort=True)
        elif not yes:
            raise click.UsageError("--json does not ask: give --yes or --dry-run as well")
        backup = carry_out(change)
        told |= {"changed": True, "backup": str(backup) if backup else None}
        if not as_json:
            kept = f", the old one is kept as {backup.name}" if backup else ""
            click.echo(f"Wrote {change.shown_path}{kept}")
    if as_json:
        print_json(told)


def _shown(change: Any) -> str:
    if not change.is_needed:
        return f"{change.shown_path} says so already."
    return "\n".join(inert(line) for line in change.diff().splitlines())


def _command(scope: str) -> tuple[str, ...]:
    """How a client starts this program: by its full path, but by its name in a file that is shared."""
    found = shutil.which("interlock")
    if scope == "project" or found is None:
        return ("interlock",) if scope == "project" else (sys.executable, "-m", "interlock")
    return (found,)


def _run(serve: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
    try:
        from interlock.server.door import Unauthenticated
        from interlock.server.mcp import stdio
    except ImportError as error:
        raise Unusable(f"MCP needs {error.name}: install interlock[mcp]") from error
    try:
        asyncio.run(serve(stdio))
    except Unauthenticated as error:
        message = "this ledger has keys: give one with --key or INTERLOCK_KEY"
        raise Unusable(message) from error
