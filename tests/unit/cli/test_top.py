"""The fleet on a real terminal, in a real process, while another process owns the ledger."""

import asyncio
import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import interlock
from interlock.cli.fleet_view import fleet_view
from interlock.cli.screen import console
from interlock.kernel.fleet import Fleet
from interlock.kernel.roster import AgentSummary
from interlock.kernel.task.queues import QueueSummary

COMMAND = (sys.executable, "-m", "interlock", "top")
LEFT_SCREEN = b"\x1b[?1049l"


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Path]:
    """A ledger that this process owns, with a task that dies and one that is held."""
    path = tmp_path / "fleet.db"
    async with interlock.open(path) as plane:
        for title in ("one", "\x1b[31mtwo\u202e"):
            await plane.create_task(title, queue="mail")
        held = await plane.claim_task(queue="mail", agent="ada")
        await plane.fail_task(held.task_id, fence=held.fence, error="no", error_class="PERMANENT")
        await plane.claim_task(queue="mail", agent="ada")
        yield path


async def run(*arguments: str) -> tuple[int, str, str]:
    """The command in a process of its own; its status and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, wrong = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), wrong.decode()


class Terminal:
    """A terminal that a process draws on."""

    def __init__(self, *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        self.resize(lines=30, width=100)
        self.before = termios.tcgetattr(theirs)
        self._theirs = theirs
        environment = {**os.environ, "TERM": "xterm-256color"}
        self.process = subprocess.Popen(
            [*COMMAND, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
        )
        self.drawn = b""

    def resize(self, *, lines: int, width: int) -> None:
        """Gives the terminal another size."""
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, width, 0, 0))

    async def until(self, text: bytes) -> bytes:
        """What is drawn, up to this text, since the last look."""
        start = len(self.drawn)
        while text not in self.drawn[start:]:
            self.drawn += await asyncio.to_thread(os.read, self._ours, 65_536)
        return self.drawn[start:]

    def press(self, key: bytes) -> None:
        os.write(self._ours, key)

    async def end(self) -> int:
        """The status of the process, with the terminal as it was before."""
        await self.until(LEFT_SCREEN)
        status = await asyncio.to_thread(self.process.wait, 20)
        assert termios.tcgetattr(self._theirs) == self.before
        os.close(self._ours)
        os.close(self._theirs)
        return status


async def test_one_snapshot_is_printed_for_programs(ledger: Path) -> None:
    status, out, wrong = await run("--store", str(ledger), "--json")

    assert (status, wrong) == (0, "")
    fleet = json.loads(out)
    assert fleet["tasks"] == {"claimed": 1, "dead": 1}
    assert fleet["dead_letters"]["task"] == 1
    assert [queue["queue"] for queue in fleet["queues"]] == ["mail"]


async def test_one_screen_is_printed_for_people(ledger: Path) -> None:
    status, out, _ = await run("--store", str(ledger), "--once")

    assert status == 0
    assert "queues 1 of 1" in out
    assert "dead tasks 1" in out
    assert "\x1b" not in out
    assert "\u202e" not in out


async def test_the_screen_follows_the_fleet_until_q_is_pressed(ledger: Path) -> None:
    terminal = Terminal("--store", str(ledger), "--every-s", "0.2")
    await terminal.until(b"queues 1 of 1")
    async with interlock.connect(ledger) as plane:
        await plane.create_task("new", queue="reports")
    await terminal.until(b"queues 2 of 2")
    terminal.resize(lines=20, width=60)
    terminal.process.send_signal(signal.SIGWINCH)
    await terminal.until(b"queues 2 of 2")
    terminal.press(b"q")

    assert await terminal.end() == 0
    # Nothing is wiped between two pictures: that is what flickers.
    assert terminal.drawn.count(b"\x1b[2J") <= 1


async def test_where_nobody_is_the_command_says_so(tmp_path: Path) -> None:
    status, out, wrong = await run("--store", str(tmp_path / "none.db"), "--once")

    assert (status, out) == (3, "")
    assert "no hub answers" in wrong


def test_a_small_screen_shows_the_first_of_many_and_how_many_there_are() -> None:
    queues = tuple(QueueSummary(queue=f"q{number}", depth=1) for number in range(50))
    agents = tuple(AgentSummary(name=f"a{number}", status="paused") for number in range(50))
    fleet = Fleet(now_us=1, head=1, queue_count=80, queues=queues, agent_count=70, agents=agents)
    out = console()

    with out.capture() as drawn:
        out.print(fleet_view(fleet, height=24, rate=1_500.0, note="no answer", fills=False))

    text = drawn.get()
    assert "queues 6 of 80" in text
    assert "agents 6 of 70" in text
    assert "1,500 events/s" in text
    assert "no answer" in text
