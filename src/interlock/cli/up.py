"""`interlock up`: the plane as a server."""

import asyncio
import os
import resource
import signal
from pathlib import Path
from typing import Any

import click

from interlock.cli.group import Unusable
from interlock.cli.inert import inert

FLAGS = (
    click.option("--store", metavar="PATH", help="The ledger.  [default: interlock.db]"),
    click.option("--host", help="The address to listen on.  [default: 127.0.0.1]"),
    click.option("--port", type=int, help="0 for any free one.  [default: 7470]"),
    click.option(
        "--require-keys/--allow-open", default=None, help="Ask for a key before one was made, too."
    ),
    click.option("--allowed-hosts", multiple=True, help="A name under which it may be called."),
    click.option("--allowed-origins", multiple=True, help="An origin whose pages may use it."),
    click.option("--webhook-networks", multiple=True, help="A network webhooks may reach."),
    click.option("--webhook-http/--webhook-https", default=None, help="Post without TLS, too."),
    click.option("--body-bytes-max", type=int, help="The largest body.  [default: 1048576]"),
    click.option("--log-json/--log-plain", default=None, help="Log JSON for programs."),
    click.option("--access-log/--no-access-log", default=None, help="Log each request."),
    click.option(
        "--conformance", is_flag=True, default=None, help="Serve what MCP's test suite wants."
    ),
)


@click.command()
@click.option(
    "--config",
    envvar="INTERLOCK_CONFIG",
    type=click.Path(path_type=Path),
    help="A toml file with settings.",
)
def up(config: Path | None, **flags: Any) -> None:
    """Serve a ledger: the API, MCP, events and the console on one port.

    Each setting may also stand in the environment (INTERLOCK_PORT=7470) or in the toml file of --config
    (port = 7470); flags go first, then the environment. SIGTERM or Ctrl-C ends it: long polls are answered, the
    answers go out, and the ledger is closed.
    """
    try:
        from interlock.server.logs import start_logging
        from interlock.server.serve import CannotListen
        from interlock.server.settings import BadSettings, read_settings
        from interlock.server.threshold import CannotServe
    except ImportError as error:
        message = f"the server needs {error.name}: install interlock[server]"
        raise Unusable(message) from error

    given = {name: value for name, value in flags.items() if value not in (None, ())}
    try:
        settings = read_settings(given, environment=os.environ, config=config)
    except BadSettings as error:
        raise click.UsageError(inert(str(error))) from error
    start_logging(as_json=settings.log_json)
    _allow_many_connections()
    try:
        asyncio.run(_serve(settings))
    except (CannotListen, CannotServe) as error:
        raise Unusable(inert(str(error))) from error


for flag in reversed(FLAGS):
    up = flag(up)


async def _serve(settings: Any) -> None:
    from interlock.cli.banner import print_banner
    from interlock.server.door import first_key
    from interlock.server.serve import serve

    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    async with serve(settings) as serving:
        print_banner(serving, settings, admin_key=await first_key(serving.door))
        await ending.wait()


def _allow_many_connections() -> None:
    """A fleet holds a connection for each agent: take as many files as the system lets a process have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
