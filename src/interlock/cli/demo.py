"""`interlock demo`: a fleet of agents works through a folder of documents, and proves afterwards what it did."""

import asyncio
import contextlib
import logging
import secrets
import signal
import tempfile
from pathlib import Path
from typing import Final

import click
import msgspec

from interlock.cli.figures import Figures, print_figures, summarise_run, write_report
from interlock.cli.group import FOUND_WRONG, Failed
from interlock.cli.inert import inert
from interlock.cli.ledger import with_reader
from interlock.demo.display import Display, ProgressConsole
from interlock.demo.fleet import AgentsGone, Fleet, Order
from interlock.demo.intake import take_in
from interlock.demo.outcome import Outcome
from interlock.demo.roles import ROLES
from interlock.demo.sample_set import TooManyDocuments, write_samples
from interlock.kernel.errors import Refused
from interlock.observe.facts import LedgerFacts, read_facts
from interlock.observe.verify import Verification, verify_ledger
from interlock.store.contract import Store
from interlock.worker import PoolExhausted

PROCESSES_MAX: Final = 16
KILLS_MAX: Final = 50
INTERRUPTED: Final = 130
SEEDS: Final = 2**32


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line asks for."""

    docs: Path | None
    processes: int
    kills: int
    json_file: Path | None
    keep: Path | None
    report: Path
    seed: int


@click.command()
@click.option(
    "--docs",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder with the documents; without it, the samples that come with Interlock.",
)
@click.option(
    "--processes",
    type=click.IntRange(1, PROCESSES_MAX),
    default=1,
    show_default=True,
    metavar="N",
    help="Processes of each agent.",
)
@click.option(
    "--kill",
    "kills",
    type=click.IntRange(0, KILLS_MAX),
    default=0,
    metavar="K",
    help="Kill K workers (SIGKILL) in mid-task.",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the figures and each document's end to FILE.",
)
@click.option(
    "--keep",
    type=click.Path(path_type=Path),
    metavar="LEDGER_PATH",
    help="Keep the ledger there; without it, it is thrown away.",
)
@click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("interlock-report"),
    show_default=True,
    metavar="DIR",
    help="The folder for the report.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, SEEDS - 1),
    metavar="S",
    help="Which workers are killed, and when; drawn and printed when not given.",
)
@click.pass_context
def demo(
    ctx: click.Context,
    docs: Path | None,
    processes: int,
    kills: int,
    json_file: Path | None,
    keep: Path | None,
    report: Path,
    seed: int | None,
) -> None:
    """Run a fleet of agents over a folder of documents.

    Five specialists and a generalist, each in processes of its own, read, extract, classify, summarise and
    file what is in the folder. Exit status 0 only if each document reached a result or a named dead letter,
    nothing was lost or doubled, and the ledger verifies.
    """
    request = Request(
        docs=docs,
        processes=processes,
        kills=kills,
        json_file=json_file,
        keep=keep,
        report=report,
        seed=secrets.randbelow(SEEDS) if seed is None else seed,
    )
    with tempfile.TemporaryDirectory(prefix="interlock-demo-") as folder:
        figures = _run(request, Path(folder))
    print_figures(figures)
    if figures.outcome.is_stopped:
        ctx.exit(INTERRUPTED)
    ctx.exit(0 if figures.summary.is_complete else FOUND_WRONG)


def _run(request: Request, folder: Path) -> Figures:
    order = _order(request, folder)
    console = ProgressConsole()
    processes = len(ROLES) * order.processes
    console.print(f"{len(order.documents)} documents, {len(ROLES)} agents, {processes} processes")
    if request.kills:
        console.print(f"killing {request.kills} workers in mid-task, seed {request.seed}")
    # What becomes of the workers is on the ledger and on the screen; their logs would tear it.
    logging.getLogger("interlock").addHandler(logging.NullHandler())
    with Display(console, documents=len(order.documents)) as display:
        try:
            outcome = asyncio.run(_work(Fleet(order, watcher=display)))
        except (AgentsGone, PoolExhausted, Refused) as error:
            raise Failed(inert(str(error))) from error
    facts, verification = with_reader(order.ledger, _prove)
    figures = summarise_run(order, outcome, facts=facts, verification=verification)
    figures = msgspec.structs.replace(figures, is_kept=request.keep is not None)
    return write_report(figures, folder=request.report, json_file=request.json_file)


def _order(request: Request, folder: Path) -> Order:
    """Refuses what cannot be begun or written down, before anything is done."""
    ledger = request.keep or folder / "fleet.db"
    if ledger.exists():
        raise click.UsageError(f"--keep: {inert(str(ledger))} exists: name a new ledger")
    for option, path in (("--keep", request.keep), ("--json", request.json_file)):
        if path is not None and not path.absolute().parent.is_dir():
            raise click.UsageError(f"{option}: there is no folder {inert(str(path.parent))}")
    try:
        request.report.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"--report: {inert(str(error))}") from error
    docs = request.docs
    if docs is None:
        docs = folder / "documents"
        write_samples(docs)
    try:
        documents = take_in(docs)
    except TooManyDocuments as error:
        raise click.UsageError(f"--docs: {inert(str(error))}") from error
    if not documents:
        raise click.UsageError(f"--docs: there are no documents in {inert(str(docs))}")
    return Order(
        ledger=ledger,
        documents=documents,
        processes=request.processes,
        kills=request.kills,
        seed=request.seed,
    )


async def _work(fleet: Fleet) -> Outcome:
    """Runs the fleet; a signal lets it finish what it has in hand, a second one hurries it."""
    loop = asyncio.get_running_loop()
    with contextlib.ExitStack() as stack:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, fleet.stop)
            stack.callback(loop.remove_signal_handler, number)
        return await fleet.run()


async def _prove(store: Store) -> tuple[LedgerFacts, Verification]:
    return await read_facts(store), await verify_ledger(store)
