"""`interlock worker`: the processes of an agent."""

import click

from interlock.worker.pool import KILL_AFTER_S
from interlock.worker.serve import LogStyle, Order, main


@click.command()
@click.argument("target")
@click.argument("arguments", nargs=-1)
@click.option("--connect", required=True, help="The ledger, or the address of its owner.")
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
    processes: int,
    log: LogStyle,
    kill_after_s: float,
) -> None:
    """Run the handlers of an app against a ledger that another process has open.

    TARGET is module:app or file.py:app; a function is called with ARGUMENTS and returns the app. SIGTERM drains:
    what runs is finished or given back. With more than one process, those that crash are started again.
    """
    order = Order(
        target=target,
        arguments=arguments,
        connect=connect,
        processes=processes,
        log=log,
        kill_after_s=kill_after_s,
    )
    ctx.exit(main(order))
