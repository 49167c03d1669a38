"""The newcomer's path in the README: every command with its true output, and the page that it ends on."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from playwright.sync_api import expect, sync_playwright

README = (Path(__file__).parents[2] / "README.md").read_text()
CHROMIUM = "/usr/bin/chromium"
KEY = re.compile(r"il_default_1_[0-9a-f]+")
MARK = "=== the next command ==="
START_LINES_MAX = 50


def shown() -> list[tuple[str, str]]:
    """The commands that the README shows, each with the output below it."""
    found: list[tuple[str, str]] = []
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


def fits(output: str, pattern: str) -> bool:
    """Whether an output is the one that is shown, where an ellipsis stands for anything."""
    expected = ".*".join(re.escape(part) for part in pattern.strip().split("…"))
    return re.fullmatch(expected, output.strip(), re.DOTALL) is not None


class Terminal:
    """Where a newcomer types: a home of its own, and a port that nobody else has."""

    def __init__(self, home: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as ear:
            self.port = ear.getsockname()[1]
        self.home = home
        folder = home / "bin"
        folder.mkdir()
        command = folder / "interlock"
        command.write_text(
            f"#!{sys.executable}\nfrom interlock.cli import main\nmain(prog_name='interlock')\n"
        )
        command.chmod(0o755)
        kept = {name: text for name, text in os.environ.items() if "INTERLOCK" not in name}
        self.environment = {
            **kept,
            "HOME": str(home),
            "PATH": f"{folder}:{os.environ['PATH']}",
            "INTERLOCK_PORT": str(self.port),
            "INTERLOCK_URL": f"http://127.0.0.1:{self.port}",
        }

    def says(self, output: str) -> str:
        """An output as it would be with the usual port."""
        return output.replace(f":{self.port}", ":7470")

    def type(self, commands: list[str]) -> list[str]:
        """Types the commands into one shell; returns what each of them printed."""
        bash = shutil.which("bash")
        assert bash is not None
        script = "shopt -s expand_aliases\n" + "".join(
            f"{command}\necho '{MARK}'\n" for command in commands
        )
        done = subprocess.run(
            [bash, "-e"],
            input=script,
            env=self.environment,
            cwd=self.home,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return self.says(done.stdout).split(f"{MARK}\n")[:-1]


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


@pytest.fixture
def first_words(terminal: Terminal) -> Iterator[str]:
    """What `interlock up` says when it starts; it runs until the test is over."""
    [up, *_] = [command for command, _ in shown()]
    with subprocess.Popen(
        up.split(),
        env=terminal.environment,
        cwd=terminal.home,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        assert server.stdout is not None
        yield terminal.says(told(server.stdout))
        server.terminate()
        server.stdout.read()
        assert server.wait() == 0


def told(stream: IO[str]) -> str:
    """Reads until the last line that the README shows."""
    (_, pattern), *_ = shown()
    last = pattern.strip().splitlines()[-1].strip()
    lines: list[str] = []
    while not (lines and lines[-1].strip() == last):
        assert len(lines) < START_LINES_MAX, lines
        line = stream.readline()
        assert line, f"it ended early: {lines}"
        lines.append(line)
    return "".join(lines)


def test_the_commands_of_the_readme_print_what_it_shows(
    terminal: Terminal, first_words: str
) -> None:
    (_, banner), *others = shown()
    assert fits(first_words, banner), first_words
    [key] = KEY.findall(first_words)

    outputs = terminal.type([command.replace("il_default_1_…", key) for command, _ in others])

    assert len(others) >= 7
    for (command, pattern), output in zip(others, outputs, strict=True):
        assert fits(output, pattern), f"$ {command}\n{output}"
    assert_shown_in_the_console(terminal, key)


def assert_shown_in_the_console(terminal: Terminal, key: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{terminal.port}/console/")
        page.get_by_label("key").fill(key)
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Messages").first.click()
        expect(page.get_by_text("Run tests").first).to_be_visible()
        browser.close()
