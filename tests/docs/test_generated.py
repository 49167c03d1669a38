"""The generated files are what the kernel says now."""

import inspect
import subprocess
import sys
from pathlib import Path

from interlock.kernel.decide import VERBS
from interlock.verbs import Verbs

ROOT = Path(__file__).parents[2]


def test_verbs_and_lifecycles_are_up_to_date() -> None:
    command = [sys.executable, "scripts/docs.py", "--check"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.stdout == ""
    assert run.returncode == 0, run.stderr


def test_every_verb_is_a_method_with_the_words_of_its_command() -> None:
    methods = {name for name in vars(Verbs) if not name.startswith("_")}
    assert methods == VERBS.keys()
    for verb, command in VERBS.items():
        written = inspect.getdoc(getattr(Verbs, verb)) or ""
        assert written.split() == (inspect.getdoc(command) or "").split()
