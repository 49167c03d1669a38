"""What the README shows runs as it stands."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

from interlock.cli import main
from interlock.observe.facts import LedgerFacts, read_facts
from interlock.store.sqlite_reader import open_reader

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
[SAMPLE] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


async def facts_of(path: Path) -> LedgerFacts:
    reader = await open_reader(path)
    try:
        return await read_facts(reader)
    finally:
        await reader.close()


def test_the_sample_completes_its_task(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", SAMPLE],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    facts = asyncio.run(facts_of(tmp_path / "fleet.db"))
    assert (facts.tasks, facts.completed, facts.losses) == (1, 1, 0)


def test_the_sample_has_eight_lines() -> None:
    assert len([line for line in SAMPLE.splitlines() if line.strip()]) == 8


def test_the_commands_that_the_readme_shows_exist() -> None:
    shown = re.findall(r"^    interlock ([\w-]+)", README, re.MULTILINE)
    assert len(shown) >= 6
    assert set(shown) <= main.commands.keys()
    targets = re.findall(r"^    make (\w+)", README, re.MULTILINE)
    makefile = (ROOT / "Makefile").read_text()
    assert targets == ["demo", "test"]
    assert all(f"\n{target}: " in makefile for target in targets)
