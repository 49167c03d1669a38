"""What a process was promised, written down before it goes on: the evidence against a ledger that forgets.

A line that `write` has taken survives the SIGKILL of its writer. Only the machine's own death could take it.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec


class Promise(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer that a process got. `verb` is what it asked for, `key` what only this call was about."""

    verb: str
    task_id: str
    fence: int = 0
    key: str = ""


class Journal:
    """The file of one process and of those that come after it under the same name."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def note(self, verb: str, task_id: str, *, fence: int = 0, key: str = "") -> None:
        """Adds a line, in one write: another thread of the process cannot be killed between two halves."""
        promise = Promise(verb=verb, task_id=task_id, fence=fence, key=key)
        os.write(self._file, msgspec.json.encode(promise) + b"\n")


def read_journal(path: Path) -> list[Promise]:
    """The promises of a journal, oldest first; none for a process that never got that far."""
    lines = path.read_bytes().splitlines() if path.exists() else []
    return [msgspec.json.decode(line, type=Promise) for line in lines]


def read_journals(folder: Path) -> Iterator[tuple[str, list[Promise]]]:
    """Every journal of a folder, by the name of its process."""
    for path in sorted(folder.glob("*.journal")):
        yield path.stem, read_journal(path)


def journal_path(folder: Path, name: str) -> Path:
    """Where the process of this name keeps its journal."""
    return folder / f"{name}.journal"
