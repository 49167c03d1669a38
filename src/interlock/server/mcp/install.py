"""Changing a client's configuration: what would change, and the change itself, with the old file kept."""

import contextlib
import difflib
import json
import os
import re
import secrets
import shutil
from pathlib import Path
from typing import Any, Final

import msgspec

from interlock.server.mcp.clients import CLIENTS, Wish, file_of, with_server

BACKUP_SUFFIX: Final = ".before-interlock"
PRIVATE: Final = 0o600
"""A new file may hold a key: nobody else reads it."""

FILE_BYTES_MAX: Final = 32 * 1024 * 1024
"""Some clients keep their whole history beside the settings."""

SHOWN_KEY: Final = "il_…"
"""What stands for the key where the change is shown."""


class CannotInstall(Exception):
    """The file cannot be changed without harm; the text says what to do by hand."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What would be done to a file."""

    path: Path
    shown_path: str
    """The path as people write it: from the home folder, or from the project's."""
    before: str
    after: str
    key: str = ""

    @property
    def is_needed(self) -> bool:
        """Whether the file says something else now."""
        return self.before != self.after

    def diff(self) -> str:
        """The change for people to read, without the key."""
        lines = difflib.unified_diff(
            self.before.splitlines(),
            self.after.splitlines(),
            fromfile=self.shown_path if self.before else "(new)",
            tofile=self.shown_path,
            lineterm="",
        )
        text = "\n".join(lines)
        return text.replace(self.key, SHOWN_KEY) if self.key else text


def plan(wish: Wish, *, home: Path, project: Path) -> Change:
    """What would change. Raises `CannotInstall`."""
    path = file_of(wish, home=home, project=project)
    before = _read(path)
    settings = _parsed(before, path, wish)
    try:
        changed = with_server(settings, wish)
    except TypeError as error:
        raise CannotInstall(f"{path}: {error}; {_by_hand(wish)}") from error
    after = before if changed == settings and before else _written(changed, like=before)
    client = CLIENTS[wish.client]
    shown = f"~/{client.user_file}" if wish.scope == "user" else client.project_file
    return Change(path=path, shown_path=shown, before=before, after=after, key=wish.key)


def carry_out(change: Change) -> Path | None:
    """Writes the file in one step; returns where the old one was kept, if there was one."""
    path = change.path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    backup = None
    mode = PRIVATE
    if path.exists():
        mode = path.stat().st_mode & 0o777
        backup = path.with_name(path.name + BACKUP_SUFFIX)
        shutil.copy2(path, backup)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(change.after)
        draft.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
    return backup


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise CannotInstall(
                f"{path} is larger than {FILE_BYTES_MAX} bytes: is it the right file?"
            )
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise CannotInstall(f"{path} is no UTF-8 text") from error


def _parsed(text: str, path: Path, wish: Wish) -> dict[str, Any]:
    """The settings. A file with comments is left alone: they would be lost."""
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
    except ValueError as error:
        message = f"{path} is no plain JSON ({error}), perhaps it has comments; {_by_hand(wish)}"
        raise CannotInstall(message) from error
    if not isinstance(found, dict):
        raise CannotInstall(f"{path} holds no JSON object; {_by_hand(wish)}")
    return found


def _by_hand(wish: Wish) -> str:
    added = json.dumps(with_server({}, wish), indent=2, ensure_ascii=False)
    if wish.key:
        added = added.replace(wish.key, SHOWN_KEY)
    return f"add this for {CLIENTS[wish.client].title} by hand:\n{added}"


def _written(settings: dict[str, Any], *, like: str) -> str:
    """The settings as text, indented as the file was."""
    found = re.search(r"\n([ \t]+)\S", like)
    indent = found[1] if found else "  "
    return json.dumps(settings, indent=indent, ensure_ascii=False) + "\n"
