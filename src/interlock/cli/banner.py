"""What a server says when it starts: where it is, what it serves, and who may use it."""

import sys

import click

from interlock.cli.inert import inert
from interlock.server.serve import Serving
from interlock.server.settings import Settings

OPEN_WARNING = """\
WARNING: nobody has made a key yet, so this server is OPEN: every process of this machine may do everything.
         Make one with `interlock keys create`; from then on each call needs a key."""


def print_banner(serving: Serving, settings: Settings, *, first_key: str = "") -> None:
    """Prints the address, the console's address, a key that was just made, and loudly if anybody may come in.

    The key is kept nowhere: this is the one time that it is shown.
    """
    lines = [f"Interlock serves {inert(settings.store)}"]
    if first_key:
        lines.append(f"  admin's key, shown this once: {first_key}")
    lines += [
        f"  console  {serving.url}/console",
        f"  API      {serving.url}/v1/",
        f"  docs     {serving.url}/docs",
    ]
    click.echo("\n".join(lines))
    if serving.door.is_open:
        click.secho(OPEN_WARNING, fg="yellow", bold=True, err=True)
    sys.stdout.flush()
