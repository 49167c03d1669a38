"""The files that the rules look at."""

import ast
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath, PurePosixPath

SAMPLES = "src/interlock/demo/samples/"  # documents of many kinds: nothing in them is ours to judge
VENDORED = "src/interlock/server/console/static/vendor/"  # libraries of others, with their licences


@dataclass(frozen=True)
class Violation:
    """One broken habit: where, and what to do about it."""

    path: str
    line: int
    advice: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.advice}"


@dataclass(frozen=True)
class SourceFile:
    """A text file of the repository; `path` is relative to its root."""

    path: str
    text: str

    @property
    def name(self) -> PurePosixPath:
        return PurePosixPath(self.path)

    @property
    def is_python(self) -> bool:
        return self.path.endswith(".py")

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def syntax(self) -> ast.Module:
        return ast.parse(self.text, filename=self.path)

    def is_under(self, *folders: str) -> bool:
        return self.path.startswith(folders)


@dataclass(frozen=True)
class Tree:
    """All text files of the repository except the sample documents, and the paths of all files."""

    files: tuple[SourceFile, ...]
    paths: frozenset[str]

    @classmethod
    def of(cls, *files: SourceFile) -> "Tree":
        return cls(files, frozenset(file.path for file in files))

    @classmethod
    def at(cls, root: Path) -> "Tree":
        paths = frozenset(path for path in tracked_paths(root) if (root / path).is_file())
        judged = sorted(path for path in paths if not path.startswith((SAMPLES, VENDORED)))
        texts = ((path, read_text(root / path)) for path in judged)
        return cls(tuple(SourceFile(path, text) for path, text in texts if text is not None), paths)

    def python(self, *folders: str) -> Iterator[SourceFile]:
        """The Python files under the folders."""
        return (file for file in self.files if file.is_python and file.is_under(*folders))

    def find(self, path: str) -> SourceFile | None:
        return next((file for file in self.files if file.path == path), None)


def tracked_paths(root: Path) -> list[str]:
    """What git tracks or would track; without git or in an archive, all outside hidden folders."""
    if (root / ".git").exists() and (git := shutil.which("git")):
        command = [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listing = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)
        if listing.returncode == 0:  # git refuses a checkout that belongs to another user
            return [path for path in listing.stdout.split("\0") if path]
    found = (path.relative_to(root) for path in root.rglob("*"))
    return [path.as_posix() for path in found if not is_left_over(path)]


def is_left_over(path: PurePath) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)


def read_text(path: Path) -> str | None:
    """The text of a file, None for a binary one."""
    content = path.read_bytes()
    if b"\0" in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None
