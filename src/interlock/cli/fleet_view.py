"""The fleet on one screen: what `interlock top` draws. Every text of others is made harmless first."""

from collections.abc import Iterable
from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from interlock.cli.inert import shown
from interlock.cli.screen import STYLES, duration, moment
from interlock.kernel.fleet import Fleet
from interlock.kernel.roster import AgentSummary
from interlock.kernel.task.queues import QueueSummary

HEADER_LINES: Final = 6
"""Lines above the tables: what is left of the screen is theirs."""

TABLE_LINES: Final = 3
"""A table's own lines besides its rows."""

ROWS_MIN: Final = 3
"""Rows of each table on the smallest screen."""

COLUMNS: Final = ("ready", "claimed", "scheduled", "blocked")
"""Statuses of open tasks that have a column of their own."""


def fleet_view(
    fleet: Fleet, *, height: int, rate: float | None = None, note: str = "", fills: bool = True
) -> RenderableType:
    """The screen. `rate` are events a second since the last one, `note` a word on the connection; without `fills` it
    is as wide as it has to be."""
    rows = max(ROWS_MIN, (height - HEADER_LINES - 2 * TABLE_LINES) // 2)
    return Group(
        _head(fleet, rate, note),
        _counts(fleet),
        _pace(fleet),
        _queues(fleet.queues[:rows], total=fleet.queue_count, fills=fills),
        _agents(fleet.agents[:rows], total=fleet.agent_count, fills=fills),
    )


def _head(fleet: Fleet, rate: float | None, note: str) -> Text:
    text = Text("interlock top", style="bold")
    text.append(f"   {moment(fleet.now_us)}   position {fleet.head:,}", style="dim")
    if rate is not None:
        text.append(f"   {rate:,.0f} events/s", style="cyan")
    if note:
        text.append(f"   {note}", style="bold red")
    return text


def _counts(fleet: Fleet) -> Text:
    text = Text("tasks    ")
    for status, count in sorted(fleet.tasks.items()):
        text.append(f"{status} {count:,}   ", style=STYLES.get(status, ""))
    text.append(f"\nagents   {fleet.agent_count:,}   sessions {fleet.session_count:,}   ")
    text.append(f"claims {fleet.claim_count:,}   messages {fleet.messages_open:,}")
    if fleet.messages_overdue:
        text.append(f"   overdue {fleet.messages_overdue:,}", style="yellow")
    dead = {noun: count for noun, count in fleet.dead_letters.items() if count}
    for noun, count in dead.items():
        text.append(f"   dead {noun}s {count:,}", style=STYLES["dead"])
    return text


def _pace(fleet: Fleet) -> Text:
    text = Text()
    for pace in fleet.throughput:
        text.append(f"{pace.minutes:>2} min   created {pace.created:,}   ")
        text.append(f"completed {pace.completed:,}   ", style="green")
        text.append(f"failed {pace.failed:,}   ", style="yellow" if pace.failed else "")
        text.append(f"died {pace.died:,}\n", style=STYLES["dead"] if pace.died else "")
    text.rstrip()
    return text


def _queues(queues: tuple[QueueSummary, ...], *, total: int, fills: bool) -> Table:
    table = _table(
        f"queues {len(queues)} of {total}", "queue", *COLUMNS, "other", "oldest ready", fills=fills
    )
    for each in queues:
        counts = [each.counts.get(status, 0) for status in COLUMNS]
        table.add_row(
            Text(shown(each.queue) + (" (paused)" if each.is_paused else "")),
            *_numbers(counts),
            *_numbers([each.depth - sum(counts)]),
            duration(each.oldest_ready_ms * 1_000) if each.oldest_ready_id else "",
        )
    return table


def _agents(agents: tuple[AgentSummary, ...], *, total: int, fills: bool) -> Table:
    table = _table(
        f"agents {len(agents)} of {total}",
        "agent",
        "status",
        "claims",
        "mail",
        "works on",
        fills=fills,
    )
    for each in agents:
        works_on = ", ".join(f"{claim.task_id} {claim.title}" for claim in each.claims[:2])
        table.add_row(
            Text(shown(each.name)),
            Text(each.status, style=STYLES.get(each.status, "")),
            *_numbers([each.claim_count, each.mail_count]),
            Text(shown(works_on), overflow="ellipsis", no_wrap=True),
        )
    return table


def _table(title: str, first: str, *columns: str, fills: bool) -> Table:
    table = Table(
        title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, expand=fills
    )
    table.add_column(first, no_wrap=True, overflow="ellipsis", ratio=2)
    for column in columns:
        is_text = column in ("status", "works on")
        ratio = 3 if column == "works on" else 1
        table.add_column(column, justify="left" if is_text else "right", no_wrap=True, ratio=ratio)
    return table


def _numbers(counts: Iterable[int]) -> list[str]:
    """Nothing is easier to overlook than a zero."""
    return [f"{count:,}" if count else "" for count in counts]
