"""How results are printed: tables for people, JSON for programs.

Colours follow the terminal and NO_COLOR. In a pipe every cell is printed in full, whatever the width.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import click
from rich import box
from rich.cells import cell_len
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from interlock.cli.inert import inert, json_text, shown

PIPE_WIDTH: Final = 1_000_000
"""Columns that a pipe is taken to have: nothing in it is folded or cut."""

_GAP_CHARS: Final = 3
_LAST_CHARS_MIN: Final = 16
"""Room that the last column of a table needs to be worth reading."""

STYLES: Final = {
    "done": "green",
    "acked": "green",
    "active": "green",
    "claimed": "cyan",
    "ready": "blue",
    "scheduled": "blue",
    "dead": "bold red",
    "quarantined": "bold red",
    "cancelled": "dim",
    "cancelling": "yellow",
    "paused": "yellow",
}
"""Colours of statuses; a status without one is printed plainly."""


def console() -> Console:
    """Standard output as it is now."""
    out = Console(highlight=False, markup=False, emoji=False, soft_wrap=False)
    if not out.is_terminal:
        out = Console(width=PIPE_WIDTH, highlight=False, markup=False, emoji=False)
    return out


def say(text: str, *, style: str = "") -> None:
    """Prints one harmless line."""
    console().print(Text(text, style=style, overflow="fold"), soft_wrap=True)


def print_json(value: Any) -> None:
    """Prints one JSON document on one line."""
    click.echo(json_text(value))


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], *, right: Sequence[str] = ()
) -> None:
    """Prints harmless cells: a table, or where it would not fit, one block of lines for each row.

    The columns in `right` hold numbers; the last column is the one that may be folded.
    """
    out = console()
    cells = [[_cell(*pair) for pair in zip(columns, row, strict=True)] for row in rows]
    widths = [
        max([cell_len(column), *(row[number].cell_len for row in cells)])
        for number, column in enumerate(columns[:-1])
    ]
    if sum(widths) + _GAP_CHARS * len(widths) + _LAST_CHARS_MIN > out.width:
        _print_blocks(out, columns, cells)
        return
    table = Table(box=box.SIMPLE_HEAD if out.is_terminal else None, pad_edge=False)
    for column in columns:
        justify: JustifyMethod = "right" if column in right else "left"
        is_last = column == columns[-1]
        table.add_column(column, justify=justify, overflow="fold", no_wrap=not is_last)
    for row in cells:
        table.add_row(*row)
    out.print(table)


def _print_blocks(out: Console, columns: Sequence[str], cells: Sequence[Sequence[Text]]) -> None:
    for row in cells:
        block = Table.grid(padding=(0, 2))
        block.add_column(style="dim", no_wrap=True)
        block.add_column(overflow="fold")
        for column, cell in zip(columns, row, strict=True):
            if cell.plain:
                block.add_row(column, cell)
        out.print(block)
        out.print()


def _cell(column: str, value: Any) -> Text:
    text = shown("" if value is None else value)
    return Text(text, style=STYLES.get(text, "") if column == "status" else "")


def moment(at_us: int) -> str:
    """Hub time for people, in UTC; the bare number for one that no calendar has."""
    if at_us <= 0:
        return ""
    try:
        at = datetime.fromtimestamp(at_us / 1_000_000, tz=UTC)
    except (OverflowError, ValueError, OSError):
        return str(at_us)
    return at.strftime("%Y-%m-%d %H:%M:%S.") + f"{at_us % 1_000_000 // 1_000:03d}Z"


def duration(us: int) -> str:
    """A span of time in the unit that suits it."""
    if us < 1_000_000:
        return f"{us / 1_000:.1f} ms"
    return f"{us / 1_000_000:.1f} s" if us < 600_000_000 else f"{us / 60_000_000:.0f} min"


def facts_line(fields: dict[str, Any]) -> str:
    """The fields of an event as `name=value`, harmless. Of a new task, what tells it from others."""
    born = fields.get("task")
    if isinstance(born, dict):
        told = {name: born[name] for name in _TOLD_OF_A_TASK if name in born}
        fields = {**told, **{name: value for name, value in fields.items() if name != "task"}}
    return "  ".join(f"{inert(name)}={shown(value)}" for name, value in fields.items())


_TOLD_OF_A_TASK: Final = ("id", "title", "queue", "status", "priority", "needs", "created_by")
