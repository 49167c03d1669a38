"""What a server says when it starts: where it is, what it serves, and who may use it."""

import sys

import click

from interlock.cli.inert import inert
from interlock.server.serve import Serving
from interlock.server.settings import Settings

OPEN_WARNING = """\
WARNING: no key exists, so this server is OPEN: every process of this machine may do everything.
         Make the first key with `interlock keys create`; from then on a key is asked for."""


def print_banner(serving: Serving, settings: Settings) -> None:
    """Prints the address, the console's address, and loudly if anybody may come in."""
    lines = [
        f"Interlock serves {inert(settings.store)}",
        f"  API      {serving.url}/v1/",
        f"  docs     {serving.url}/docs",
        f"  console  {serving.url}/console",
    ]
    click.echo("\n".join(lines))
    if serving.door.is_open:
        click.secho(OPEN_WARNING, fg="yellow", bold=True, err=True)
    sys.stdout.flush()
