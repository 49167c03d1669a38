"""The command: `python -m bench [--quick] [--json FILE] [--only NAME ...] [--list]`.
`--markdown FILE ...` measures nothing: it prints the medians of earlier runs.

Exit status 0 when every chosen scenario gave figures, 1 when one failed, 2 for a wrong argument.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

if __package__ in (None, ""):
    # Started as a file: the folder `bench` itself must not be on the path, its parent must.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from rich.console import Console
from rich.markup import escape

from bench.isolation import Outcome, run_in_child
from bench.machine import machine_facts
from bench.markdown import markdown, read_reports
from bench.report import gathered, print_report, readable, write_json
from bench.scenario import Scenario, all_scenarios, chosen

TABLE_COLUMNS = 140
"""The width of the table where no terminal tells one, as in a log file."""


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    if options.markdown:
        print(markdown(read_reports(options.markdown)))
        return 0
    console = Console()
    if not console.is_terminal:
        console = Console(width=TABLE_COLUMNS)
    try:
        scenarios = chosen(all_scenarios(), only=options.only)
    except ValueError as unknown:
        console.print(f"[red]{escape(str(unknown))}[/red]")
        return 2
    if options.list:
        for scenario in scenarios:
            console.print(escape(scenario.name))
        return 0
    with tempfile.TemporaryDirectory(prefix="interlock-bench-", dir=options.scratch) as scratch:
        scratch_root = Path(scratch)
        scratch_root.chmod(0o711)
        machine = machine_facts(scratch_root)
        outcomes = _measure_all(scenarios, options.quick, scratch_root, console)
    report = gathered(
        outcomes,
        machine=machine,
        is_quick=options.quick,
        left_out=[one.name for one in scenarios if one.workload(is_quick=options.quick) is None],
    )
    print_report(report, console=console)
    if options.json is not None:
        write_json(report, path=options.json)
    return 1 if report.failures else 0


def _measure_all(
    scenarios: list[Scenario], is_quick: bool, scratch_root: Path, console: Console
) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for scenario in scenarios:
        workload = scenario.workload(is_quick=is_quick)
        if workload is None:
            continue
        outcome = run_in_child(scenario, workload=workload, scratch_root=scratch_root)
        outcomes.append(outcome)
        console.print(f"{outcome.elapsed_s:6.1f} s  {escape(scenario.name)}  {_headline(outcome)}")
    return outcomes


def _headline(outcome: Outcome) -> str:
    if outcome.error:
        return "[red]failed[/red]"
    first = outcome.rows[0]
    return escape(f"{first.metric} {readable(first.value)} {first.unit}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="short loops, under four minutes in all"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the report as JSON")
    parser.add_argument(
        "--markdown",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE",
        help="print the medians of JSON reports as Markdown and leave",
    )
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="NAME",
        help="scenario names, or leading parts of them",
    )
    parser.add_argument(
        "--list", action="store_true", help="print the names of the scenarios and leave"
    )
    parser.add_argument(
        "--scratch",
        type=Path,
        default=_scratch_default(),
        metavar="DIR",
        help="folder for the databases; must be on a real disk (default: %(default)s)",
    )
    return parser


def _scratch_default() -> Path:
    # /tmp often lies in memory, where an fsync costs nothing; /var/tmp is kept on a disk.
    persistent = Path("/var/tmp")
    return persistent if persistent.is_dir() else Path(tempfile.gettempdir())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
