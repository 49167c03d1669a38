"""`interlock worker`: the processes of an agent."""

import click

from interlock.plane import is_url
from interlock.worker.pool import KEY_VARIABLE, KILL_AFTER_S
from interlock.worker.serve import LogStyle, Order, main


@click.command()
@click.argument("target")
@click.argument("arguments", nargs=-1)
@click.option("--connect", default="", help="The ledger that another process has open.")
@click.option("--url", default="", envvar="INTERLOCK_URL", show_envvar=True, help="Or a server.")
@click.option(
    "--key",
    default="",
    envvar=KEY_VARIABLE,
    show_envvar=True,
    help="The server's key. On a command line others can read it: better give the variable.",
)
@click.option("--processes", type=click.IntRange(min=1), default=1, show_default=True)
@click.option(
    "--log", type=click.Choice(["plain", "json", "none"]), default="plain", show_default=True
)
@click.option("--kill-after-s", type=float, default=KILL_AFTER_S, show_default=True)
@click.pass_context
def worker(
    ctx: click.Context,
    target: str,
    arguments: tuple[str, ...],
    connect: str,
    url: str,
    key: str,
    processes: int,
    log: LogStyle,
    kill_after_s: float,
) -> None:
    """Run the handlers of an app against a ledger that another process has open, or a server.

    TARGET is module:app or file.py:app; a function is called with ARGUMENTS and returns the app. SIGTERM drains:
    what runs is finished or given back. With more than one process, those that crash are started again.
    """
    is_told_url = ctx.get_parameter_source("url") is click.core.ParameterSource.COMMANDLINE
    if (connect and is_told_url) or not (connect or url):
        raise click.UsageError("say where the work is: either --connect LEDGER or --url URL")
    address = connect or url
    order = Order(
        target=target,
        arguments=arguments,
        connect=address,
        key=key if is_url(address) else "",
        processes=processes,
        log=log,
        kill_after_s=kill_after_s,
    )
    ctx.exit(main(order))
