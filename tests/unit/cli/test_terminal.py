"""Real processes, real pipes, real terminals of any width."""

import asyncio
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from interlock.store.sqlite import SqliteStore
from tests.unit.observe.scribe import Scribe

COMMAND = (sys.executable, "-m", "interlock")
WAIT_S = 60


def on_terminal(*arguments: str, width: int, **environment: str) -> str:
    """What `interlock` draws on a terminal of this width."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    environ = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", **environment}
    process = subprocess.Popen([*COMMAND, *arguments], stdout=theirs, stderr=theirs, env=environ)
    os.close(theirs)
    drawn = b""
    while chunk := read_some(ours):
        drawn += chunk
    os.close(ours)
    assert process.wait(WAIT_S) == 0
    return drawn.decode()


def read_some(handle: int) -> bytes:
    try:
        return os.read(handle, 65_536)
    except OSError:  # the other side of a terminal was closed
        return b""


def test_a_narrow_terminal_folds_and_loses_nothing(path: str, ids: dict[str, str]) -> None:
    drawn = on_terminal("tasks", path, width=60, NO_COLOR="1")
    lines = re.sub(r"\x1b\[[0-9;]*m", "", drawn).splitlines()
    assert max(len(line) for line in lines) <= 60
    assert all(id in drawn for id in ids.values())
    assert "twice born" in drawn


def test_a_terminal_gets_colours_unless_it_does_not_want_them(path: str) -> None:
    assert "\x1b[" in on_terminal("tasks", path, width=200)
    assert "\x1b[3" not in on_terminal("tasks", path, width=200, NO_COLOR="1")
    assert "\x1b[3" in on_terminal("log", path, width=200)
    assert "\x1b[3" not in on_terminal("log", path, width=200, NO_COLOR="1")


def test_a_reader_that_has_seen_enough_ends_the_output_quietly(path: str) -> None:
    script = f"{sys.executable} -m interlock log {path} --json | head -n 1; echo ${{PIPESTATUS[0]}}"
    run = subprocess.run(
        ["bash", "-c", f"for n in $(seq 5); do {script}; done"],
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=True,
    )
    assert run.stderr == ""
    assert set(run.stdout.splitlines()[1::2]) == {"0"}


@pytest.mark.parametrize("command", ["verify", "tasks", "agents", "doctor"])
async def test_a_ledger_can_be_read_while_its_owner_writes(tmp_path: Path, command: str) -> None:
    store = await SqliteStore.open(tmp_path / "fleet.db")
    scribe = await Scribe.own(store)
    await scribe.do("create_task", title="one")
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        command,
        str(tmp_path / "fleet.db"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    reading = asyncio.ensure_future(process.communicate())
    while not reading.done():
        await scribe.do("create_task", title="more")
        await asyncio.sleep(0)
    out, error = await reading
    await store.close()
    assert (process.returncode, error) == (0, b"")
    assert out


async def test_following_a_log_shows_events_as_they_come(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "fleet.db")
    scribe = await Scribe.own(store)
    await scribe.do("create_task", title="one")
    arguments = ("log", str(tmp_path / "fleet.db"), "--follow", "--limit", "3")
    process = await asyncio.create_subprocess_exec(*COMMAND, *arguments, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert b"one" in await process.stdout.readline()
    for title in (b"two", b"three"):
        await scribe.do("create_task", title=title.decode())
        assert title in await process.stdout.readline()
    assert await process.wait() == 0
    await store.close()


def test_an_interrupt_ends_following_without_a_word(path: str) -> None:
    process = subprocess.Popen(
        [*COMMAND, "log", path, "--follow"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=WAIT_S)
    assert (process.returncode, error) == (0, b"")
