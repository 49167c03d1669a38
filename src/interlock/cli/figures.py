"""What a run of the fleet came to: its figures on the screen, and its report as a page and as JSON."""

import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, Final

import msgspec

from interlock.cli.inert import inert
from interlock.cli.screen import print_table, say
from interlock.demo.fleet import Order
from interlock.demo.intake import Intake
from interlock.demo.outcome import Outcome
from interlock.demo.report import (
    AgentLatency,
    DocumentRow,
    RunSummary,
    render_report,
    report_dict,
)
from interlock.demo.roles import WORKING
from interlock.observe.facts import LedgerFacts
from interlock.observe.verify import Verification

PAGE: Final = "report.html"
REPORT: Final = "report.json"
ANSWERS: Final = "answers.jsonl"

DIGEST_CHARS_SHOWN: Final = 16
DOCUMENTS_SHOWN_MAX: Final = 20


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """A run, counted from its ledger."""

    order: Order
    outcome: Outcome
    summary: RunSummary
    page: Path | None = None
    is_kept: bool = False
    """Whether the ledger outlives the command."""


def summarise_run(
    order: Order, outcome: Outcome, *, facts: LedgerFacts, verification: Verification
) -> Figures:
    """The figures of a run. A document or a task without an end is a loss."""
    counts = Counter(end.outcome for end in outcome.ends.values())
    duration_s = max(outcome.duration_s, 0.001)
    latencies = tuple(
        AgentLatency(agent=agent, p50_ms=found.p50_ms, p95_ms=found.p95_ms, count=found.count)
        for agent, found in facts.agents.items()
    )
    summary = RunSummary(
        documents_in=len(outcome.documents),
        results_out=counts["result"],
        dead_letters=counts["dead_letter"],
        tasks=facts.tasks,
        retries=facts.retries,
        reclaimed_leases=facts.leases_reclaimed,
        stale_writes_refused=facts.stale_writes_refused,
        duplicates=facts.duplicates + outcome.doubled,
        losses=max(facts.losses, len(outcome.endless)),
        latencies=latencies,
        throughput_per_s=len(outcome.ends) / duration_s,
        verify_ok=verification.holds,
        verify_text=_told(verification),
        kills=len(outcome.kills),
        duration_s=outcome.duration_s,
        unexplained=outcome.unexplained,
    )
    return Figures(order=order, outcome=outcome, summary=summary)


def write_report(figures: Figures, *, folder: Path, json_file: Path | None) -> Figures:
    """Writes the page, the JSON report and the answers into the folder, and the JSON report to a file, too.

    What stood there under these names is replaced, each file as a whole.
    """
    rows = figures.outcome.rows()
    report = report_dict(figures.summary, results=rows) | _details(figures)
    as_json = msgspec.json.format(msgspec.json.encode(report)) + b"\n"
    page = folder / PAGE
    _replace(page, render_report(figures.summary, results=rows).encode())
    _replace(folder / REPORT, as_json)
    _replace(folder / ANSWERS, figures.outcome.answers())
    if json_file is not None:
        _replace(json_file, as_json)
    return msgspec.structs.replace(figures, page=page)


def print_figures(figures: Figures) -> None:
    """Prints what the run came to."""
    summary, outcome = figures.summary, figures.outcome
    _print_documents("dead letter", [row for row in outcome.rows() if row.outcome == "dead_letter"])
    _print_documents("without an end", [_endless_row(found) for found in outcome.endless])
    print_table(
        ["figure", "value"],
        [
            ("documents in", summary.documents_in),
            ("results out", summary.results_out),
            ("dead letters", summary.dead_letters),
            ("tasks", summary.tasks),
            ("workers killed", f"{summary.kills} of {figures.order.kills}"),
            ("retries", summary.retries),
            ("leases taken back", summary.reclaimed_leases),
            ("stale writes refused", summary.stale_writes_refused),
            ("duplicates", summary.duplicates),
            ("losses", summary.losses),
            ("documents a second", f"{summary.throughput_per_s:,.1f}"),
            ("seconds", f"{summary.duration_s:.1f}"),
        ],
        right=["value"],
    )
    print_table(
        ["agent", "tasks", "retries", "killed", "p50 ms", "p95 ms"],
        [_agent_row(figures, agent) for agent in WORKING],
        right=["tasks", "retries", "killed", "p50 ms", "p95 ms"],
    )
    say(f"verify   {summary.verify_text}", style="" if summary.verify_ok else "bold red")
    say(f"answers  sha256 {outcome.answers_digest()[:DIGEST_CHARS_SHOWN]}")
    say(f"report   {inert(str(figures.page))}")
    if figures.is_kept:
        say(f"ledger   {inert(str(figures.order.ledger))}")
    say(_verdict(figures), style="green" if summary.is_complete else "bold red")


def _print_documents(title: str, rows: list[DocumentRow]) -> None:
    if rows:
        shown = rows[:DOCUMENTS_SHOWN_MAX]
        print_table([title, "reason", "detail"], [(r.source, r.reason, r.detail) for r in shown])
    if len(rows) > DOCUMENTS_SHOWN_MAX:
        say(f"{len(rows) - DOCUMENTS_SHOWN_MAX:,} more are in the report")


def _endless_row(document: Intake) -> DocumentRow:
    return DocumentRow(source=document.source, outcome="dead_letter", reason="not done")


def _agent_row(figures: Figures, agent: str) -> tuple[Any, ...]:
    found = next((one for one in figures.summary.latencies if one.agent == agent), None)
    killed = sum(kill.agent == agent for kill in figures.outcome.kills)
    retries = figures.outcome.retries.get(agent, 0)
    if found is None:
        return agent, 0, retries, killed, "", ""
    return agent, found.count, retries, killed, f"{found.p50_ms:,.1f}", f"{found.p95_ms:,.1f}"


def _told(verification: Verification) -> str:
    if verification.fault is not None:
        return f"WRONG at position {verification.fault.pos}: {verification.fault.message}"
    return (
        f"holds: {verification.events:,} events in {verification.commits:,} commits, "
        f"{verification.rows:,} rows"
    )


def _details(figures: Figures) -> dict[str, Any]:
    """What the report says of this run besides the figures and the documents."""
    outcome = figures.outcome
    return {
        "answers_sha256": outcome.answers_digest(),
        "kills": msgspec.to_builtins(outcome.kills),
        "retries_by_agent": outcome.retries,
        "kills_wanted": figures.order.kills,
        "seed": figures.order.seed,
        "processes": figures.order.processes,
        "lost": [document.source for document in outcome.endless],
    }


def _verdict(figures: Figures) -> str:
    summary, outcome = figures.summary, figures.outcome
    if summary.is_complete:
        return "Every document reached a result or a named dead letter: 0 lost, 0 doubled."
    if outcome.is_stopped:
        return "Stopped before every document was done."
    if outcome.is_stalled:
        return "Nothing moved any more: the run was given up."
    if summary.unexplained:
        return f"{summary.unexplained:,} documents were given up though no agent refused them."
    return "This run is not complete: see the figures."


def _replace(path: Path, content: bytes) -> None:
    """Whoever reads meanwhile sees the old file or the new one."""
    handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}-")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    temporary = Path(name)
    # A report is for whoever may read the folder, unlike a temporary file.
    temporary.chmod(0o644)
    temporary.replace(path)
