"""The repository keeps its own habits, and each habit is seen to bite on a planted violation."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tidy import allowed, code, habits, prose
from tests.tidy.tree import SAMPLES, SourceFile, Tree, Violation

ROOT = Path(__file__).parents[2]
RULES = (*code.RULES, *habits.RULES, *prose.RULES)
Rule = Callable[[Tree], Iterator[Violation]]

HUB = "src/interlock/hub/mailbox.py"
PLANE = "src/interlock/plane.py"
TEST = "tests/stories/test_claim.py"
LONG_BODY = "    x = 1\n" * 50
ADR = "docs/decisions/0007-title.md"
ADR_INDEX = SourceFile("docs/decisions/README.md", "- [Title](0007-title.md)\n")

PLANTED: list[tuple[Rule, str, str]] = [
    (code.files_bear_a_noun_of_the_field, "src/interlock/hub/utils.py", ""),
    (code.files_bear_a_noun_of_the_field, "src/interlock/hub/base.py", ""),
    (code.files_bear_a_noun_of_the_field, "src/interlock/common/lease.py", ""),
    (code.files_bear_a_noun_of_the_field, "tests/sim/claim_helpers.py", ""),
    (code.only_the_store_contains_sql, HUB, 'QUERY = "SELECT body FROM rows"'),
    (code.only_the_store_contains_sql, HUB, 'QUERY = f"DELETE FROM {table}"'),
    (code.only_the_store_contains_sql, HUB, 'x = """\nINSERT OR REPLACE INTO rows VALUES (1)"""'),
    (code.only_the_store_contains_sql, "src/interlock/hub/rows.sql", "VACUUM;"),
    (code.only_the_store_imports_a_driver, HUB, "import apsw"),
    (code.only_the_store_imports_a_driver, HUB, "def f():\n    from sqlite3 import connect"),
    (code.only_the_server_and_its_client_know_http, HUB, "from starlette.routing import Route"),
    (code.only_the_command_line_prints, HUB, "def f():\n    print('here')"),
    (code.files_stay_readable, HUB, "x = 1\n" * 401),
    (code.functions_stay_readable, HUB, f"def f():\n{LONG_BODY}"),
    (code.functions_stay_readable, HUB, f"class A:\n  async def f(self):\n{LONG_BODY}"),
    (code.packages_state_their_purpose, "src/interlock/hub/__init__.py", ""),
    (
        code.packages_state_their_purpose,
        "src/interlock/hub/__init__.py",
        '"""' + "line\n" * 11 + '"""',
    ),
    (code.parameters_carry_their_unit, HUB, "def wait(*, timeout): ..."),
    (code.parameters_carry_their_unit, HUB, "class A:\n    def __init__(self, data): ..."),
    (code.public_arguments_are_keyword_only, PLANE, "def claim(task, agent, session): ..."),
    (
        code.public_arguments_are_keyword_only,
        PLANE,
        "class P:\n  async def f(self, a, b, *, c): ...",
    ),
    (
        code.public_arguments_are_keyword_only,
        "src/interlock/worker/pool.py",
        "def f(a, b, /, c): ...",
    ),
    (habits.tests_do_not_sleep, TEST, "import time\ntime.sleep(1)"),
    (habits.tests_do_not_sleep, TEST, "async def f():\n    await asyncio.sleep(delay)"),
    (habits.tests_are_never_skipped, TEST, "@pytest.mark.skipif(True)\ndef test_a(): ..."),
    (habits.tests_are_never_skipped, TEST, "def test_a():\n    pytest.skip('later')"),
    (habits.tests_use_the_real_classes, TEST, "from unittest.mock import Mock"),
    (prose.nothing_is_left_open, HUB, "# TODO: the rest"),
    (prose.no_banners, HUB, "# ------ helpers"),
    (
        prose.no_registry_is_named,
        "requirements/dev.txt",
        "--index-url https://mirror.example/simple",
    ),
    (prose.no_registry_is_named, "docs/install.md", "Get it from pypi.org."),
    (prose.no_registry_is_named, "uv.lock", "version = 1"),
    (prose.no_machine_is_named, "docs/tour.md", "Look into /home/someone/interlock."),
    (prose.no_machine_is_named, HUB, 'PLACE = "/srv/ledger"'),
    (prose.no_person_is_named, "README.md", "Write to someone@company.com."),
    (prose.no_person_is_named, "pyproject.toml", 'authors = [{ name = "Someone" }]'),
    (prose.requirements_are_pinned_with_hashes, "requirements/dev.txt", "rich==15.0.0"),
    (
        prose.requirements_are_pinned_with_hashes,
        "requirements/dev.txt",
        "rich>=15 \\\n  --hash=sha256:00",
    ),
    (prose.links_lead_somewhere, "docs/tour.md", "See [the map](map.md)."),
    (prose.links_lead_somewhere, "docs/tour.md", "# Here\nSee [there](#there)."),
    (prose.changes_are_told_to_users, "CHANGELOG.md", "# Changelog\n"),
    (prose.changes_are_told_to_users, "README.md", "no changelog at all"),
    (prose.decisions_are_short_and_listed, ADR, "line\n" * 41),
    (prose.decisions_are_short_and_listed, "docs/decisions/title.md", ""),
    (prose.decisions_are_short_and_listed, "docs/decisions/0008-unlisted.md", ""),
    (prose.architecture_fits_in_one_sitting, "ARCHITECTURE.md", "line\n" * 251),
]

HONEST: list[tuple[Rule, str, str]] = [
    (code.files_bear_a_noun_of_the_field, "src/interlock/hub/lease.py", ""),
    (
        code.only_the_store_contains_sql,
        "src/interlock/store/sqlite.py",
        'Q = "SELECT body FROM rows"',
    ),
    (
        code.only_the_store_contains_sql,
        HUB,
        'def f():\n    """SELECT a FROM b is what store does."""',
    ),
    (code.only_the_store_contains_sql, HUB, 'TEXT = "Select one from the list, then update it."'),
    (code.only_the_store_imports_a_driver, "src/interlock/store/sqlite.py", "import apsw"),
    (
        code.only_the_server_and_its_client_know_http,
        "src/interlock/client/web.py",
        "import websockets",
    ),
    (code.only_the_command_line_prints, "src/interlock/cli/__init__.py", "print('verified')"),
    (code.files_stay_readable, HUB, "x = 1\n" * 400),
    (code.files_stay_readable, "src/interlock/verbs.py", "x = 1\n" * 900),
    (
        code.functions_stay_readable,
        HUB,
        'def f():\n    """A\n' + "    b\n" * 9 + f'    """\n{LONG_BODY[:450]}',
    ),
    (code.packages_state_their_purpose, "src/interlock/hub/__init__.py", '"""Who decides."""'),
    (code.parameters_carry_their_unit, HUB, "def wait(*, timeout_ms): ..."),
    (code.parameters_carry_their_unit, HUB, "class A:\n    def data_received(self, data): ..."),
    (code.parameters_carry_their_unit, HUB, "def f():\n    def inner(data): ..."),
    (code.public_arguments_are_keyword_only, PLANE, "class P:\n    def f(self, a, *, b, c): ..."),
    (code.public_arguments_are_keyword_only, PLANE, "def f(a, b): ..."),
    (
        code.public_arguments_are_keyword_only,
        PLANE,
        "class P:\n    def __aexit__(self, a, b, c): ...",
    ),
    (habits.tests_do_not_sleep, TEST, "async def f():\n    await asyncio.sleep(0)"),
    (habits.tests_do_not_sleep, "tests/sim/world.py", "async def f():\n    await asyncio.sleep(5)"),
    (habits.tests_are_never_skipped, TEST, "cursor.skip(3)"),
    (prose.no_banners, HUB, "# - one reason - another"),
    (
        prose.no_machine_is_named,
        "docs/api.md",
        "`GET https://hub.example/mnt/tasks` and `docs/srv/x`",
    ),
    (prose.no_person_is_named, TEST, 'SENDER = "billing@shop.example"'),
    (prose.no_person_is_named, TEST, "@pytest.mark.parametrize"),
    (
        prose.requirements_are_pinned_with_hashes,
        "requirements/a.txt",
        "# x\na==1 \\\n    --hash=sha256:0\n",
    ),
    (
        prose.links_lead_somewhere,
        "docs/a.md",
        "# One idea\n[a](#one-idea) [b](https://example.com) [c](../docs)",
    ),
    (prose.links_lead_somewhere, "docs/a.md", "```\n[a](b.md)\n```\nand `[a](b.md)`"),
    (prose.decisions_are_short_and_listed, ADR, "line\n" * 40),
]


def planted(path: str, text: str) -> Tree:
    index = [ADR_INDEX] if path.startswith(prose.DECISIONS) else []
    return Tree.of(SourceFile(path, text), *index)


@pytest.fixture(scope="module")
def tree() -> Tree:
    return Tree.at(ROOT)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_repository_keeps_the_habit(rule: Rule, tree: Tree) -> None:
    assert [str(violation) for violation in rule(tree)] == []


@pytest.mark.parametrize(("rule", "path", "text"), PLANTED)
def test_a_planted_violation_is_found(rule: Rule, path: str, text: str) -> None:
    found = list(rule(planted(path, text)))
    assert found != []
    assert {violation.path for violation in found} <= {path, "CHANGELOG.md"}


@pytest.mark.parametrize(("rule", "path", "text"), HONEST)
def test_honest_work_is_left_alone(rule: Rule, path: str, text: str) -> None:
    assert list(rule(planted(path, text))) == []


def test_each_rule_has_been_seen_to_bite() -> None:
    assert {rule for rule, _, _ in PLANTED} == set(RULES)


@pytest.mark.parametrize(
    ("rule", "exceptions", "place"),
    [
        (code.files_stay_readable, allowed.LONG_FILES, HUB),
        (code.functions_stay_readable, allowed.LONG_FUNCTIONS, f"{HUB}::decide"),
        (habits.tests_do_not_sleep, allowed.WAITING_TESTS, TEST),
    ],
)
def test_an_exception_that_excuses_nothing_is_found(
    rule: Rule, exceptions: dict[str, str], place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(exceptions, place, "it was long once")
    advice = [violation.advice for violation in rule(Tree.of(SourceFile(HUB, "x = 1\n")))]
    assert any("no longer needs" in line for line in advice)


def test_an_exception_excuses_what_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        allowed.LONG_FUNCTIONS, f"{HUB}::decide", "a decision table reads best whole"
    )
    long = SourceFile(HUB, f"def decide():\n{LONG_BODY}")
    assert list(code.functions_stay_readable(Tree.of(long))) == []


def test_two_decisions_cannot_share_a_number() -> None:
    files = (SourceFile(ADR, ""), SourceFile("docs/decisions/0007-other.md", ""))
    index = SourceFile(ADR_INDEX.path, "(0007-title.md) (0007-other.md)")
    found = prose.decisions_are_short_and_listed(Tree.of(*files, index))
    assert [violation.advice for violation in found] == ["the number 0007 is taken"]


@pytest.mark.parametrize("is_checkout", {False, shutil.which("git") is not None})
def test_text_files_are_found_with_and_without_git(tmp_path: Path, *, is_checkout: bool) -> None:
    root = tmp_path / ".cache" / "interlock"
    for name in ("src/a.py", f"{SAMPLES}letter.txt", "build/left.py", "kept.md"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("text\n")
    (root / "image.png").write_bytes(b"\0")
    (root / ".hidden").mkdir()
    (root / ".hidden" / "b.py").write_text("")
    if is_checkout:
        (root / ".gitignore").write_text("build/\n.hidden/\n.gitignore\n")
        subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    else:
        (root / "build" / "left.py").unlink()
    tree = Tree.at(root)
    assert [file.path for file in tree.files] == ["kept.md", "src/a.py"]
    assert tree.paths == {"kept.md", "src/a.py", f"{SAMPLES}letter.txt", "image.png"}
