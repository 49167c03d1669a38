"""Rules on every text file: no machine, no person, nothing left open, and documents that hold."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from posixpath import normpath

from tests.tidy.tree import SourceFile, Tree, Violation

RULE_BOOK = ("tests/tidy/", "tests/unit/test_tidy.py")  # names what it forbids
LICENCES = ("LICENSE", "NOTICE")
LOCK_FILES = {
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "Pipfile.lock",
    "pylock.toml",
    "package-lock.json",
}

LEFT_OPEN = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
BANNER = re.compile(r"^\s*#\s*([-=#*~])\1{3,}")
REGISTRY = re.compile(
    r"\b(pypi\.org|pythonhosted\.org|npmjs\.(org|com)|crates\.io|rubygems\.org|conda\.anaconda\.org"
    r"|proxy\.golang\.org|artifactory|jfrog\.io|nexus\.)|--(extra-)?index-url|--find-links",
    re.IGNORECASE,
)
MACHINE_PATH = re.compile(
    r"(?<![\w.$:/}>-])(/(home|root|work|farm|Users|mnt|srv)/\w|[A-Z]:\\Users\\)"
)
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@((?:[a-z0-9-]+\.)+[a-z]{2,})\b", re.IGNORECASE)
FICTIONAL = re.compile(r"(^|\.)(example(\.(com|net|org))?|test|invalid|localhost)$", re.IGNORECASE)
AUTHORS = re.compile(r"^\s*(authors|maintainers)\s*=", re.MULTILINE)
LINK = re.compile(r"\[[^\]\n]*\]\(<?([^)>\s]+)>?[^)\n]*\)")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$")
ADR_NAME = re.compile(r"\d{4}-[a-z0-9-]+\.md")

DECISIONS = "docs/decisions/"
DECISION_LINES_MAX = 40
ARCHITECTURE_LINES_MAX = 250


def nothing_is_left_open(tree: Tree) -> Iterator[Violation]:
    yield from matches(tree, LEFT_OPEN, "do it, or write it down as an issue")


def no_banners(tree: Tree) -> Iterator[Violation]:
    for file in tree.files:
        if file.is_python:
            yield from matches(
                Tree.of(file), BANNER, "a file that needs banners holds several ideas"
            )


def no_registry_is_named(tree: Tree) -> Iterator[Violation]:
    yield from matches(tree, REGISTRY, "where packages come from is the reader's own setting")
    for path in sorted(tree.paths):
        if PurePosixPath(path).name in LOCK_FILES:
            yield Violation(path, 1, "lock files name registries: pin with hashes in requirements/")


def no_machine_is_named(tree: Tree) -> Iterator[Violation]:
    yield from matches(tree, MACHINE_PATH, "an absolute path holds on one machine only")


def no_person_is_named(tree: Tree) -> Iterator[Violation]:
    for file in judged(tree):
        for number, line in enumerate(file.lines, 1):
            if any(not FICTIONAL.search(domain) for domain in EMAIL.findall(line)):
                yield Violation(file.path, number, "no e-mail address; in tests use example.com")
    project = tree.find("pyproject.toml")
    if project and AUTHORS.search(project.text):
        yield Violation(project.path, 1, "the project names no authors")


def requirements_are_pinned_with_hashes(tree: Tree) -> Iterator[Violation]:
    for file in tree.files:
        if file.is_under("requirements/") and file.path.endswith(".txt"):
            whole = re.sub(r"\\\n", " ", file.text)
            for line in whole.splitlines():
                if (
                    line
                    and not line.lstrip().startswith("#")
                    and not ("==" in line and "--hash=sha256:" in line)
                ):
                    yield Violation(file.path, 1, f"not pinned with a hash: {line[:60]}")


def links_lead_somewhere(tree: Tree) -> Iterator[Violation]:
    folders = {str(parent) for path in tree.paths for parent in PurePosixPath(path).parents}
    for file in tree.files:
        if not file.path.endswith(".md"):
            continue
        for number, line in prose_lines(file):
            for target in LINK.findall(line):
                if re.match(r"[a-z]+:", target):
                    continue
                path, _, anchor = target.partition("#")
                place = normpath(str(file.name.parent / path)) if path else file.path
                page = tree.find(place)
                if place not in tree.paths | folders:
                    yield Violation(file.path, number, f"{target} does not exist")
                elif anchor and page and anchor not in anchors(page):
                    yield Violation(file.path, number, f"{target}: no such heading")


def changes_are_told_to_users(tree: Tree) -> Iterator[Violation]:
    changes = tree.find("CHANGELOG.md")
    if changes is None or "## Unreleased" not in changes.lines:
        yield Violation("CHANGELOG.md", 1, "has a section `## Unreleased`")


def decisions_are_short_and_listed(tree: Tree) -> Iterator[Violation]:
    index = tree.find(f"{DECISIONS}README.md")
    listed = index.text if index else ""
    numbers: set[str] = set()
    for file in tree.files:
        if not file.is_under(DECISIONS) or file is index:
            continue
        name = file.name.name
        if not ADR_NAME.fullmatch(name):
            yield Violation(file.path, 1, "is named NNNN-title.md")
        if len(file.lines) > DECISION_LINES_MAX:
            yield Violation(file.path, DECISION_LINES_MAX, f"at most {DECISION_LINES_MAX} lines")
        if f"({name})" not in listed:
            yield Violation(file.path, 1, f"is not listed in {DECISIONS}README.md")
        if name[:4] in numbers:
            yield Violation(file.path, 1, f"the number {name[:4]} is taken")
        numbers.add(name[:4])


def architecture_fits_in_one_sitting(tree: Tree) -> Iterator[Violation]:
    page = tree.find("ARCHITECTURE.md")
    if page and len(page.lines) > ARCHITECTURE_LINES_MAX:
        yield Violation(
            page.path, ARCHITECTURE_LINES_MAX, f"at most {ARCHITECTURE_LINES_MAX} lines"
        )


def judged(tree: Tree) -> Iterator[SourceFile]:
    return (f for f in tree.files if not f.is_under(*RULE_BOOK) and f.path not in LICENCES)


def matches(tree: Tree, pattern: re.Pattern[str], advice: str) -> Iterator[Violation]:
    for file in judged(tree):
        for number, line in enumerate(file.lines, 1):
            if found := pattern.search(line):
                yield Violation(file.path, number, f"{found[0].strip()!r}: {advice}")


def prose_lines(page: SourceFile) -> Iterator[tuple[int, str]]:
    """The numbered lines of a page outside its code blocks and without inline code."""
    is_code = False
    for number, line in enumerate(page.lines, 1):
        if line.lstrip().startswith("```"):
            is_code = not is_code
        elif not is_code:
            yield number, re.sub(r"`[^`]*`", "", line)


def anchors(page: SourceFile) -> set[str]:
    """The anchors that the usual Markdown viewers give to the headings of a page."""
    headings = (HEADING.match(line) for line in page.lines)
    titles = (re.sub(r"[^\w\s-]", "", heading[1].lower()) for heading in headings if heading)
    return {title.replace(" ", "-") for title in titles}


RULES = (
    nothing_is_left_open,
    no_banners,
    no_registry_is_named,
    no_machine_is_named,
    no_person_is_named,
    requirements_are_pinned_with_hashes,
    links_lead_somewhere,
    changes_are_told_to_users,
    decisions_are_short_and_listed,
    architecture_fits_in_one_sitting,
)
