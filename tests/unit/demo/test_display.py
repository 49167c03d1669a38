"""The display shows the fleet on any terminal and in any pipe, and never ends a run."""

import io
import os
import sys
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from interlock.demo.display import Display, ProgressConsole
from interlock.demo.fleet import Fleet, Order, Watcher
from interlock.demo.intake import Intake
from interlock.demo.roles import FILE, ROLES
from interlock.demo.saboteur import Kill

HOSTILE = "a\x1b[31m\u202eb" * 60
DOCUMENT = Intake("document-1", source=HOSTILE, path="/a.txt", capability="txt")
KILL = Kill(agent="reader", pid=4711, task_id="t1", fence=2)


@pytest.fixture
def fleet() -> Fleet:
    """At work on the one document: it was read and claimed for filing."""
    order = Order(ledger=Path("fleet.db"), documents=(DOCUMENT,))
    fleet = Fleet(order, watcher=Watcher())
    task = {"id": "t1", "queue": "read", "title": HOSTILE, "run_id": DOCUMENT.id}
    for pos, event in enumerate(
        (
            {"type": "SessionOpened", "agent": "reader", "session": "s1"},
            {"type": "TaskCreated", "task": task},
            {"type": "TaskClaimed", "task_id": "t1", "agent": "reader", "session": "s1"},
        )
    ):
        fleet.board.note(pos, msgspec.json.encode(event).decode())
    return fleet


def shown_on(console: Console, fleet: Fleet) -> str:
    with Display(console, documents=1) as display:
        display.watch(fleet)
        fleet.kills.append(KILL)
        display.tell_kill(KILL, document=HOSTILE)
        display.watch(fleet)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(("width", "height"), [(200, 60), (80, 24), (20, 5), (1, 1)])
def test_any_terminal_is_large_enough(fleet: Fleet, width: int, height: int) -> None:
    console = Console(
        file=io.StringIO(), force_terminal=True, width=width, height=height, color_system=None
    )
    told = shown_on(console, fleet)
    assert "\u202e" not in told
    assert "\x1b[31m" not in told
    if width >= 80:
        for name in ("read", "extracted", "classified", "summarised", "filed", "dead", *ROLES):
            assert name in told


def test_a_pipe_gets_lines(fleet: Fleet) -> None:
    told = shown_on(Console(file=io.StringIO(), width=40), fleet)
    lines = told.splitlines()
    assert lines[0] == (
        "1 documents: 0 read, 0 extracted, 0 classified, 0 summarised, 0 filed, 0 dead"
    )
    assert lines[1].startswith("killed reader (process 4711) in mid-task: a�[31m�b")
    assert "\x1b" not in told


def test_a_line_is_not_said_twice(fleet: Fleet) -> None:
    console = Console(file=io.StringIO(), width=200)
    with Display(console, documents=1) as display:
        for queue in ("read", "read", FILE):
            fleet.board.passed[queue] = 1
            # Drawn long ago, as far as the display knows.
            display._drawn_s = -1_000.0
            display.watch(fleet)
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().count("\n") == 2


def test_progress_that_nobody_reads_does_not_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as broken:
        monkeypatch.setattr(sys, "stderr", broken)
        console = ProgressConsole()
        for _ in range(3):
            console.print("is anybody there?")
        assert console.quiet
        broken.flush()
