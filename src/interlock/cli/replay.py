"""`interlock replay`: the state as it was."""

from collections import Counter
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from interlock.cli.group import Failed
from interlock.cli.ledger import json_option, ledger_argument, with_reader
from interlock.cli.screen import moment, print_json, print_table, say
from interlock.kernel.rows import PackedRow, pack_rows
from interlock.observe.replay import PositionAhead, replay_to
from interlock.store.contract import OPEN, Store

TASKS_SHOWN: Final = 20
"""Open tasks that are shown to people; `--json` shows everything."""


@click.command()
@ledger_argument
@click.option(
    "--to",
    "position",
    type=click.IntRange(min=0),
    required=True,
    metavar="POS",
    help="The last event that counts.",
)
@json_option
def replay(path: Path, position: int, as_json: bool) -> None:
    """Show the state as it was right after one event.

    Folds the events from the first to POS; nothing is written. With --json every row of that moment is
    printed, in the form in which the ledger keeps it.
    """
    try:
        rows, at_us = with_reader(path, lambda store: _rows_at(store, position))
    except PositionAhead as error:
        raise Failed(f"{error}: choose a position up to {error.head}") from error
    if as_json:
        print_json({"position": position, "at_us": at_us, "rows": [_as_data(row) for row in rows]})
    else:
        _tell(position, rows, at_us)


async def _rows_at(store: Store, position: int) -> tuple[list[PackedRow], int]:
    state = await replay_to(store, position)
    links = await store.links("0", after=position - 1, limit=1) if position else []
    rows = sorted((row for row in pack_rows(state) if row[-1]), key=lambda row: row[:2])
    return rows, links[0].at_us if links else 0


def _as_data(row: PackedRow) -> dict[str, Any]:
    names = ("kind", "id", "queue", "status", "pos", "phase")
    return {**dict(zip(names, row, strict=False)), "body": msgspec.Raw(row[-1])}


def _tell(position: int, rows: list[PackedRow], at_us: int) -> None:
    say(f"After position {position:,}{f', {moment(at_us)}' if at_us else ''}: {len(rows):,} rows")
    counts = Counter((row[0], row[3]) for row in rows)
    print_table(
        ["kind", "status", "rows"],
        [(kind, status, count) for (kind, status), count in sorted(counts.items())],
        right=["rows"],
    )
    open_tasks = [row for row in rows if row[0] == "task" and row[5] == OPEN]
    open_tasks.sort(key=lambda row: -row[4])
    if not open_tasks:
        return
    say(
        f"Open tasks, latest change first ({min(TASKS_SHOWN, len(open_tasks))} of {len(open_tasks):,}):"
    )
    bodies = [(row, msgspec.json.decode(row[-1])) for row in open_tasks[:TASKS_SHOWN]]
    print_table(
        ["task", "status", "queue", "changed", "holder", "title"],
        [
            (row[1], row[3], row[2], row[4], body.get("holder_agent", ""), body["title"])
            for row, body in bodies
        ],
        right=["changed"],
    )
