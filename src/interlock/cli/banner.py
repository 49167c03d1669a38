"""What a server says when it starts: where it is, what it serves, and who may use it."""

import sys

import click

from interlock.cli.inert import inert
from interlock.server.serve import Serving
from interlock.server.settings import Settings

OPEN_WARNING = """\
WARNING: nobody has made a key yet, so this server is OPEN: every process of this machine may do everything.
         Make one with `interlock keys create NAME`; from then on a key is asked for."""

ADMIN_KEY = """\
  admin key  {}
             Keep it: it is shown this one time. It opens the console once keys are asked for."""


def print_banner(serving: Serving, settings: Settings, *, admin_key: str = "") -> None:
    """Prints the address, the console's address, the key of a first start, and loudly if anybody may come in."""
    lines = [
        f"Interlock serves {inert(settings.store)}",
        f"  console  {serving.url}/console",
        f"  API      {serving.url}/v1/",
        f"  MCP      {serving.url}/mcp",
        f"  docs     {serving.url}/docs",
    ]
    if admin_key:
        lines.append(ADMIN_KEY.format(admin_key))
    click.echo("\n".join(lines))
    if serving.door.is_open:
        click.secho(OPEN_WARNING, fg="yellow", bold=True, err=True)
    sys.stdout.flush()
