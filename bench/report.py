"""What a run leaves behind: the JSON document and the table."""

from __future__ import annotations

from pathlib import Path

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench.isolation import Outcome
from bench.machine import Machine
from bench.row import Row
from bench.targets import judged

FORMAT_VERSION = 1

FAIRNESS = (
    "Peers run clients and workers in one process, beside their server where they have one: read them "
    "beside the embedded rows. In the socket rows hub and clients are processes of their own, which "
    "share the same cores. A lifecycle of Interlock is four acknowledged steps with an event each; "
    "the notes tell what one is for each peer, and it is never more."
)


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario that gave no figures, and why."""

    name: str
    error: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One whole run. `left_out` names the scenarios that a quick run does not measure."""

    format_version: int
    is_quick: bool
    elapsed_s: float
    machine: Machine
    rows: list[Row]
    failures: list[Failure]
    left_out: list[str]


def gathered(
    outcomes: list[Outcome], *, machine: Machine, is_quick: bool, left_out: list[str]
) -> Report:
    return Report(
        format_version=FORMAT_VERSION,
        is_quick=is_quick,
        elapsed_s=sum(outcome.elapsed_s for outcome in outcomes),
        machine=machine,
        rows=[row for outcome in outcomes for row in outcome.rows],
        failures=[Failure(name=one.name, error=one.error) for one in outcomes if one.error],
        left_out=left_out,
    )


def write_json(report: Report, *, path: Path) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")


def print_report(report: Report, *, console: Console) -> None:
    _print_machine(report.machine, console)
    console.print(_table(report.rows))
    _print_targets(report, console)
    console.print(FAIRNESS, style="dim")
    for peer, note in dict.fromkeys((row.peer, row.note) for row in report.rows):
        console.print(f"{escape(peer)}: {escape(note)}", style="dim")
    for failure in report.failures:
        # A traceback ends with the error itself; the whole text stands in the JSON.
        reason = failure.error.strip().splitlines()
        console.print(f"[red]failed[/red] {escape(failure.name)}: {escape(reason[0])}")
        if len(reason) > 1:
            console.print(f"       {escape(reason[-1])}")
    if report.left_out:
        console.print(f"not in a quick run: {escape(', '.join(report.left_out))}", style="dim")


def _print_machine(machine: Machine, console: Console) -> None:
    fsync = machine.fsync_us
    console.print(
        f"{machine.cpu}, {machine.cores} cores, {machine.system}; {machine.python}; "
        f"SQLite {machine.sqlite_apsw} (apsw), {machine.sqlite_stdlib} (stdlib); "
        f"load before {machine.load_before:.2f}"
    )
    console.print(
        f"fsync of 4 KiB appended on {machine.scratch_file_system}: "
        f"p50 {fsync.p50:.0f} us, p95 {fsync.p95:.0f} us, p99 {fsync.p99:.0f} us"
    )
    if machine.has_cheap_fsync:
        console.print(
            "[yellow]the scratch folder lies in memory: durable figures mean nothing here[/yellow]"
        )


def _print_targets(report: Report, console: Console) -> None:
    for one in judged(report.rows, is_quick=report.is_quick):
        outcome = "[green]reached[/green]" if one.is_reached else "[red]missed[/red] "
        console.print(
            f"{outcome}  {one.promise}: {readable(one.value)} {one.unit}, "
            f"{'at least' if one.is_floor else 'at most'} {readable(one.bound)}"
        )


def _table(rows: list[Row]) -> Table:
    table = Table(title="Measured in this run", title_justify="left")
    for heading in ("scenario", "peer", "metric"):
        table.add_column(heading, overflow="fold")
    table.add_column("value", justify="right")
    table.add_column("unit")
    table.add_column("conc.", justify="right")
    table.add_column("durable")
    last_name = ""
    for row in rows:
        is_new = row.name != last_name
        table.add_row(
            escape(row.name) if is_new else "",
            escape(row.peer) if is_new else "",
            escape(row.metric),
            readable(row.value),
            row.unit,
            str(row.concurrency),
            "yes" if row.durable else "no",
            style=None if row.durable else "dim",
        )
        last_name = row.name
    return table


def readable(value: float) -> str:
    """Three figures for small values, whole numbers with separators for large ones."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
