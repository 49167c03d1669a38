"""The fleet's report: what came in, what came out, how fast, and whether the ledger holds. As a page and as JSON."""

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec

from interlock.demo.filing import FiledResult
from interlock.demo.report_page import Block, bar_chart, definition_rows, escape, page, tile


class AgentLatency(msgspec.Struct, frozen=True):
    """Milliseconds from claim to completion, over `count` tasks of one agent."""

    agent: str
    p50_ms: float
    p95_ms: float
    count: int


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one run, as the run measured them; this room computes none of them.

    `unexplained` counts those dead letters that no agent gave a reason for: its attempts were spent.
    """

    documents_in: int
    results_out: int
    dead_letters: int
    tasks: int
    retries: int
    reclaimed_leases: int
    stale_writes_refused: int
    duplicates: int
    losses: int
    latencies: tuple[AgentLatency, ...]
    throughput_per_s: float
    verify_ok: bool
    verify_text: str
    kills: int
    duration_s: float
    unexplained: int = 0

    @property
    def is_complete(self) -> bool:
        """Every document reached exactly one end, for a reason, and the ledger proves it."""
        ended = self.results_out + self.dead_letters
        wrong = self.losses or self.duplicates or self.unexplained
        return ended == self.documents_in and not wrong and self.verify_ok


class DocumentRow(msgspec.Struct, frozen=True, kw_only=True):
    """One document's end. `reason` is there for a dead letter only, all facts for a result only."""

    source: str
    outcome: Literal["result", "dead_letter"]
    attempts: int = 1
    document_class: str = ""
    confidence: float = 0.0
    key_facts: dict[str, str] = {}
    tiers: dict[str, str] = {}
    warnings: tuple[str, ...] = ()
    destination: str = ""
    summary: tuple[str, ...] = ()
    reason: str = ""
    detail: str = ""


# A page with more rows is no longer read by anybody; the JSON holds them all.
ROWS_MAX: Final = 2_000


def row_of(filed: FiledResult, *, attempts: int = 1) -> DocumentRow:
    """The row of a filed result; tiers that failed and checks that failed join the reader's warnings."""
    result = filed.result
    fallen = [
        f"{capability}: tier {failure['tier']} failed ({failure['error']})"
        for capability, failures in result["tier_failures"].items()
        for failure in failures
    ]
    failed = [check["detail"] for check in result["checks"] if check["outcome"] == "failed"]
    return DocumentRow(
        source=result["source"],
        outcome="result",
        attempts=attempts,
        document_class=result["class"]["document_class"],
        confidence=result["class"]["confidence"],
        key_facts=result["key_facts"],
        tiers=result["tiers"],
        warnings=(*result["document"]["warnings"], *fallen, *failed),
        destination=filed.destination,
        summary=tuple(result["summary"]),
    )


def report_dict(summary: RunSummary, *, results: Sequence[DocumentRow]) -> dict[str, Any]:
    """The whole report as plain JSON values; documents are sorted by name."""
    report = {
        "summary": summary,
        "is_complete": summary.is_complete,
        "documents": _sorted(results),
    }
    return msgspec.json.decode(msgspec.json.encode(report), type=dict[str, Any])


def render_report(summary: RunSummary, *, results: Sequence[DocumentRow]) -> str:
    """The whole report as one HTML page without scripts and outside resources.

    Nothing that comes from a document is markup in it.
    """
    rows = _sorted(results)
    filed = [row for row in rows if row.outcome == "result"]
    dead = [row for row in rows if row.outcome == "dead_letter"]
    blocks: list[Block] = [
        Block("Figures", _figures(summary)),
        Block("Time from claim to completion, per agent", _latencies(summary)),
        Block("Documents by class", _classes(filed)),
        Block(f"Results ({len(filed)})", _results(filed[:ROWS_MAX], len(filed))),
        Block(f"Dead letters ({len(dead)})", _dead_letters(dead[:ROWS_MAX], len(dead))),
    ]
    verdict = (
        "Every document reached a result or a reasoned dead letter, and the ledger verifies."
        if summary.is_complete
        else "This run is not complete: see the figures."
    )
    return page(
        title="Document fleet report",
        verdict=verdict,
        is_good=summary.is_complete,
        detail=f"verify: {summary.verify_text}",
        blocks=blocks,
    )


def _sorted(results: Sequence[DocumentRow]) -> list[DocumentRow]:
    return sorted(results, key=lambda row: row.source)


def _figures(summary: RunSummary) -> str:
    neutral = [
        ("documents in", f"{summary.documents_in:,}"),
        ("results out", f"{summary.results_out:,}"),
        ("dead letters", f"{summary.dead_letters:,}"),
        ("tasks", f"{summary.tasks:,}"),
        ("workers killed", f"{summary.kills:,}"),
        ("retries", f"{summary.retries:,}"),
        ("leases reclaimed", f"{summary.reclaimed_leases:,}"),
        ("stale writes refused", f"{summary.stale_writes_refused:,}"),
        ("documents per second", f"{summary.throughput_per_s:,.1f}"),
        ("seconds", f"{summary.duration_s:,.1f}"),
    ]
    tiles = [tile(name, value, "") for name, value in neutral]
    for name, count in (("duplicates", summary.duplicates), ("losses", summary.losses)):
        tiles.append(tile(name, f"{count:,}", "bad" if count else "good"))
    return f'<div class="tiles">{"".join(tiles)}</div>'


def _latencies(summary: RunSummary) -> str:
    bars = [
        (found.agent, found.p95_ms, found.p50_ms, _told_latency(found))
        for found in summary.latencies
    ]
    note = "<p class=note>The strong bar ends at p50, the pale one at p95.</p>"
    return bar_chart(bars) + note if bars else "<p>No task was timed.</p>"


def _told_latency(found: AgentLatency) -> str:
    return f"{found.p50_ms:,.1f} / {found.p95_ms:,.1f} ms, {found.count:,} tasks"


def _classes(filed: Sequence[DocumentRow]) -> str:
    counts: dict[str, int] = {}
    for row in filed:
        counts[row.document_class] = counts.get(row.document_class, 0) + 1
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    bars = [(name.replace("_", " "), count, count, str(count)) for name, count in ranked]
    return bar_chart(bars) if bars else "<p>No document reached a result.</p>"


def _results(rows: Sequence[DocumentRow], count: int) -> str:
    if not rows:
        return "<p>None.</p>"
    body = "".join(_result_row(row) for row in rows)
    head = "".join(f"<th>{name}</th>" for name in _RESULT_COLUMNS)
    table = f"<table class=results><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return table + _more(count)


_RESULT_COLUMNS: Final = ("Document", "Class", "Key facts", "Tiers", "Tries", "Warnings")


def _result_row(row: DocumentRow) -> str:
    summary = "".join(f"<li>{escape(sentence)}</li>" for sentence in row.summary)
    name = f"<b>{escape(row.source)}</b><small>{escape(row.destination)}</small>"
    if summary:
        name += f"<details><summary>Summary</summary><ul>{summary}</ul></details>"
    document_class = row.document_class.replace("_", " ")
    cells = (
        name,
        f'<span class="tag">{escape(document_class)}</span><small>{row.confidence:.2f}</small>',
        definition_rows(row.key_facts),
        definition_rows(row.tiers),
        str(row.attempts),
        "".join(f'<p class="warning">{escape(warning)}</p>' for warning in row.warnings),
    )
    return _row(_RESULT_COLUMNS, cells)


_DEAD_COLUMNS: Final = ("Document", "Reason", "Detail", "Tries")


def _dead_letters(rows: Sequence[DocumentRow], count: int) -> str:
    if not rows:
        return "<p>None.</p>"
    head = "".join(f"<th>{name}</th>" for name in _DEAD_COLUMNS)
    body = "".join(
        _row(
            _DEAD_COLUMNS,
            (
                f"<b>{escape(row.source)}</b>",
                f'<span class="tag">{escape(row.reason)}</span>',
                escape(row.detail),
                str(row.attempts),
            ),
        )
        for row in rows
    )
    return f"<table class=dead><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" + _more(
        count
    )


def _row(columns: Sequence[str], cells: Sequence[str]) -> str:
    # The column's name travels with the cell: on a narrow screen each row becomes a card.
    told = "".join(
        f'<td data-label="{name}">{cell}</td>' for name, cell in zip(columns, cells, strict=True)
    )
    return f"<tr>{told}</tr>"


def _more(count: int) -> str:
    return f"<p>{count - ROWS_MAX:,} more are in the JSON report.</p>" if count > ROWS_MAX else ""
