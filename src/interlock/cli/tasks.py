"""`interlock tasks`: the tasks of a ledger, or the timeline of one."""

import heapq
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from interlock.cli.group import Failed
from interlock.cli.inert import inert
from interlock.cli.ledger import json_option, ledger_argument, with_reader
from interlock.cli.screen import duration, facts_line, moment, print_json, print_table, say
from interlock.kernel.rows import decode_row
from interlock.kernel.task.model import STATUSES, Task
from interlock.kernel.timeline import Entry
from interlock.observe.timeline import timeline
from interlock.store.contract import Row, Store


class Found(msgspec.Struct, frozen=True):
    """The newest tasks that match, and how many there are."""

    total: int
    tasks: list[Task]


@click.command()
@ledger_argument
@click.argument("task_id", required=False)
@click.option("--status", type=click.Choice(list(STATUSES)), help="Only tasks in this status.")
@click.option("--queue", metavar="Q", help="Only tasks of this queue.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    metavar="N",
    help="At most so many, newest first.",
)
@json_option
def tasks(
    path: Path,
    task_id: str | None,
    status: str | None,
    queue: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List tasks, newest first, or tell the story of TASK_ID."""
    if task_id is not None:
        _tell_story(path, task_id, as_json=as_json)
        return
    found = with_reader(path, lambda store: _newest(store, status, queue, limit))
    if as_json:
        print_json({"total": found.total, "tasks": found.tasks})
        return
    print_table(
        ["task", "status", "queue", "pri", "try", "holder", "created", "title"],
        [
            (
                task.id,
                task.status,
                task.queue,
                task.priority,
                f"{task.attempt}/{task.attempts_max}",
                task.holder_agent,
                moment(task.created_us),
                task.title,
            )
            for task in found.tasks
        ],
        right=["pri", "try"],
    )
    say(f"{len(found.tasks):,} of {found.total:,} tasks")


async def _newest(store: Store, status: str | None, queue: str | None, limit: int) -> Found:
    """The newest matching tasks; memory is bounded by `limit`, however many there are."""
    total = 0
    newest: list[tuple[int, Row]] = []
    async for rows in store.load("0", kind="task"):
        matching = list(_matching(rows, status, queue))
        total += len(matching)
        decoded = ((_created_at(row), row) for row in matching)
        newest = heapq.nlargest(limit, [*newest, *decoded], key=lambda pair: pair[0])
    return Found(total=total, tasks=[_task(row) for _, row in newest])


def _matching(rows: list[Row], status: str | None, queue: str | None) -> Iterator[Row]:
    for row in rows:
        if status in (None, row.status) and queue in (None, row.queue):
            yield row


def _created_at(row: Row) -> int:
    digits = row.id.rpartition("-")[2]
    return int(digits) if digits.isdecimal() else row.pos


def _task(row: Row) -> Task:
    task = decode_row("task", row.body)
    assert isinstance(task, Task)
    return task


def _tell_story(path: Path, task_id: str, *, as_json: bool) -> None:
    rows, entries = with_reader(path, lambda store: _story(store, task_id))
    if not rows and not entries:
        raise Failed(f"there is no task {inert(task_id)}: `interlock tasks` lists those there are")
    if as_json:
        print_json({"task": rows[0].body if rows else None, "events": entries})
        return
    if rows:
        task = _task(rows[0])
        say(f"{inert(task.id)}  {inert(task.title)}", style="bold")
        say(f"{task.status}: {STATUSES.get(task.status, '')}")
    print_table(
        ["position", "time", "after", "event", "facts"],
        list(_lines(entries)),
        right=["position", "after"],
    )


async def _story(store: Store, task_id: str) -> tuple[list[Row], list[Entry]]:
    rows = [row async for batch in store.load("0", kind="task", ids=[task_id]) for row in batch]
    return rows, await timeline(store, task_id)


def _lines(entries: list[Entry]) -> Iterator[tuple[int, str, str, str, str]]:
    before_us = entries[0].at_us if entries else 0
    for entry in entries:
        facts = {name: value for name, value in entry.fields.items() if name != "task_id"}
        waited = f"+{duration(entry.at_us - before_us)}"
        yield entry.pos, moment(entry.at_us), waited, entry.type, facts_line(facts)
        before_us = entry.at_us
