"""The fleet on a terminal: progress bars and a live table of agents; in a pipe, a line now and then."""

import os
import sys
import time
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from interlock.demo.board import AgentProcess
from interlock.demo.fleet import Fleet, Watcher
from interlock.demo.roles import CLASSIFICATION, EXTRACTION, FILE, READ, ROLES, SUMMARY
from interlock.demo.saboteur import Kill

# Faster than this nobody reads; each drawing costs the hub, which shares the process, some milliseconds.
DRAWING_S: Final = 0.15
LINE_S: Final = 1.0

TITLE_CHARS_MAX: Final = 48

STAGES: Final = {
    READ: "read",
    EXTRACTION.queue: "extracted",
    CLASSIFICATION.queue: "classified",
    SUMMARY.queue: "summarised",
    FILE: "filed",
}
"""What is said of the documents that a queue is done with."""

DEAD: Final = "dead"

STYLES: Final = {"working": "cyan", "idle": "dim", "starting": "yellow"}


class ProgressConsole(Console):
    """Standard error, for progress. When nobody reads it any more the run goes on in silence."""

    def __init__(self) -> None:
        super().__init__(stderr=True, highlight=False, markup=False, emoji=False)

    def on_broken_pipe(self) -> None:
        """Rich would end the program here."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


class Display(Watcher):
    """Draws on the console. Used as a context manager around the run."""

    def __init__(self, console: Console, *, documents: int) -> None:
        self._console = console
        self._documents = documents
        self._drawn_s = 0.0
        self._said = ""
        self._progress = Progress(
            TextColumn("{task.description:>10}"),
            BarColumn(bar_width=40),
            MofNCompleteColumn(),
            console=console,
        )
        self._bars: dict[str, TaskID] = {
            name: self._progress.add_task(name, total=documents)
            for name in (*STAGES.values(), DEAD)
        }
        self._live = (
            Live(console=console, auto_refresh=False, vertical_overflow="crop", transient=True)
            if console.is_terminal
            else None
        )

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def watch(self, fleet: Fleet) -> None:
        """Draws, if the last drawing is old enough."""
        now_s = time.monotonic()
        is_last = fleet.board.is_complete
        interval_s = DRAWING_S if self._live is not None else LINE_S
        if not is_last and now_s - self._drawn_s < interval_s:
            return
        self._drawn_s = now_s
        if self._live is not None:
            self._live.update(self._drawing(fleet), refresh=True)
        else:
            self._say(fleet)

    def tell_kill(self, kill: Kill, *, document: str) -> None:
        """Says who was killed, above the bars."""
        told = f"killed {kill.agent} (process {kill.pid}) in mid-task: {shown(document)}"
        self._console.print(Text(told, style="red"), soft_wrap=True)

    def _say(self, fleet: Fleet) -> None:
        counts = ", ".join(f"{count} {name}" for name, count in self._counts(fleet).items())
        line = f"{self._documents} documents: {counts}"
        if line != self._said:
            self._said = line
            self._console.print(Text(line), soft_wrap=True)

    def _drawing(self, fleet: Fleet) -> RenderableType:
        counts = self._counts(fleet)
        for name, count in counts.items():
            # A dead letter passes no further: the bars behind it end where it ended.
            total = (
                self._documents if name in ("read", "dead") else self._documents - counts["dead"]
            )
            self._progress.update(self._bars[name], completed=count, total=max(total, count))
        return Group(self._progress.get_renderable(), agent_table(fleet))

    def _counts(self, fleet: Fleet) -> dict[str, int]:
        passed = {name: fleet.board.passed[queue] for queue, name in STAGES.items()}
        return passed | {DEAD: fleet.board.dead}


def agent_table(fleet: Fleet) -> Table:
    """One line for each process of each agent; a killed one is replaced by its successor."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("agent", "pid", "state", "task"):
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    for name in ("done", "retries", "killed"):
        table.add_column(name, justify="right")
    sessions = fleet.sessions
    board = fleet.board
    for role in ROLES:
        running = [
            process
            for process in board.processes.values()
            if process.agent == role and process.session in sessions
        ]
        killed = sum(kill.agent == role for kill in fleet.kills)
        done = sum(process.done for process in board.processes.values() if process.agent == role)
        for process in running or [AgentProcess(role, session="", state="starting")]:
            table.add_row(
                role,
                str(sessions.get(process.session, "")),
                Text(process.state, style=STYLES.get(process.state, "red")),
                shown(process.task),
                str(done if len(running) < 2 else process.done),
                str(board.retries[role]),
                Text(str(killed), style="red" if killed else ""),
            )
    return table


def shown(text: str) -> Text:
    """Foreign text on one short line, in which nothing acts on the terminal."""
    if len(text) > TITLE_CHARS_MAX:
        text = text[: TITLE_CHARS_MAX - 1] + "…"
    return Text("".join(char if char.isprintable() else "�" for char in text))
