"""Reports of one or several runs as Markdown: the median of each figure, and the targets."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from pathlib import Path

import msgspec

from bench.report import Report, readable
from bench.row import Row
from bench.targets import Verdict, judged


def read_reports(paths: Iterable[Path]) -> list[Report]:
    """The reports that `--json` wrote."""
    return [msgspec.json.decode(path.read_bytes(), type=Report) for path in paths]


def markdown(reports: list[Report]) -> str:
    """The targets, then one line for each scenario with the medians over the runs that have it."""
    rows = medians(reports)
    verdicts = judged(rows, is_quick=any(report.is_quick for report in reports))
    return "\n".join([*_target_lines(verdicts), "", *_row_lines(rows)])


def medians(reports: list[Report]) -> list[Row]:
    """Each row once, with its median over the runs."""
    found: dict[tuple[str, str], list[Row]] = {}
    for report in reports:
        for row in report.rows:
            found.setdefault((row.name, row.metric), []).append(row)
    return [
        msgspec.structs.replace(rows[0], value=statistics.median(row.value for row in rows))
        for rows in found.values()
    ]


def _target_lines(verdicts: list[Verdict]) -> list[str]:
    return [
        "| to reach | target | measured | reached |",
        "|---|---|---:|---|",
        *(
            f"| {one.promise} | {'at least' if one.is_floor else 'at most'} "
            f"{readable(one.bound)} {one.unit} | {readable(one.value)} {one.unit} | "
            f"{'yes' if one.is_reached else 'no'} |"
            for one in verdicts
        ),
    ]


def _row_lines(rows: list[Row]) -> list[str]:
    by_name: dict[str, list[Row]] = {}
    for row in rows:
        by_name.setdefault(row.name, []).append(row)
    return [
        "| scenario | figures | durable |",
        "|---|---|---|",
        *(_line(name, rows) for name, rows in by_name.items()),
    ]


def _line(name: str, rows: list[Row]) -> str:
    figures = "; ".join(f"{row.metric} {readable(row.value)} {row.unit}" for row in rows)
    return f"| `{name}` | {figures} | {'yes' if rows[0].durable else 'no'} |"
