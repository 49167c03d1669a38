"""`interlock log`: the events, one per line."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import click
import msgspec

from interlock.cli.inert import inert, inert_json, json_text
from interlock.cli.ledger import json_option, ledger_argument, with_reader
from interlock.cli.screen import console, facts_line, moment
from interlock.kernel.timeline import Entry, TaskConcern, entry_of
from interlock.observe.history import BATCH_EVENTS
from interlock.store.contract import Record, Store

FOLLOW_S: Final = 30.0
"""How long one read waits for the next event; then the next read begins."""


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which events are wanted."""

    after: int
    limit: int | None
    task: str | None
    type: str | None
    topic: str | None
    is_following: bool


@click.command()
@ledger_argument
@click.option(
    "--after",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Start behind this position.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Stop after so many events.")
@click.option("--task", metavar="ID", help="Only events that concern this task.")
@click.option("--type", "type_", metavar="T", help="Only events of this type, such as TaskClaimed.")
@click.option("--topic", metavar="T", help="Only events of this topic, such as escalation.")
@click.option("--follow", is_flag=True, help="Go on with new events until interrupted.")
@json_option
def log(
    path: Path,
    after: int,
    limit: int | None,
    task: str | None,
    type_: str | None,
    topic: str | None,
    follow: bool,
    as_json: bool,
) -> None:
    """Print the events of a ledger, oldest first.

    With --json each line is one event: its position and its text exactly as the hash chain covers it.
    """
    selection = Selection(
        after=after, limit=limit, task=task, type=type_, topic=topic, is_following=follow
    )
    line_of = _json_line if as_json else _line_maker()
    with suppress(KeyboardInterrupt):
        with_reader(path, lambda store: _print(store, selection, line_of))


async def _print(store: Store, wanted: Selection, line_of: Callable[[Record, Entry], str]) -> None:
    concern = TaskConcern(wanted.task) if wanted.task else None
    position = max(wanted.after, concern.first - 1 if concern else 0)
    left = wanted.limit
    while left is None or left > 0:
        records = await store.read(
            "0",
            after=position,
            limit=BATCH_EVENTS,
            topic=wanted.topic,
            wait_s=FOLLOW_S if wanted.is_following else 0.0,
        )
        if not records and not wanted.is_following:
            return
        lines = [line_of(*pair) for pair in _selected(records, wanted, concern)[:left]]
        if lines:
            # Written at once: to flush each line would take longer than to make it.
            click.echo("\n".join(lines))
        left = None if left is None else left - len(lines)
        if records:
            position = records[-1].pos
        await asyncio.sleep(0)


def _selected(
    records: list[Record], wanted: Selection, concern: TaskConcern | None
) -> list[tuple[Record, Entry]]:
    if concern is not None:
        by_position = {record.pos: record for record in records}
        found = [(by_position[entry.pos], entry) for entry in concern.entries(records)]
    else:
        found = [(record, entry_of(record)) for record in records]
    return [pair for pair in found if wanted.type is None or pair[1].type == wanted.type]


def _json_line(record: Record, entry: Entry) -> str:
    if entry.type == "?":
        return json_text({"pos": record.pos, "text": record.body})
    body = record.body.replace("\n", " ").replace(
        "\r", " "
    )  # between tokens, if it is there at all
    return f'{{"pos":{record.pos},"event":{inert_json(body)}}}'


def _line_maker() -> Callable[[Record, Entry], str]:
    is_colored = not console().no_color and console().is_terminal

    def line_of(record: Record, entry: Entry) -> str:
        name = f"{inert(entry.type):<20}"
        if is_colored:
            name = click.style(name, fg="cyan")
        line = f"{record.pos:>8}  {moment(entry.at_us)}  {name}  {facts_line(entry.fields)}"
        return line.rstrip()

    return line_of
