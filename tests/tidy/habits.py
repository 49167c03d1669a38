"""Rules on the tests: no sleeping, no skipping, no mocks of our own classes."""

import ast
from collections.abc import Iterator

from tests.tidy import allowed
from tests.tidy.code import called_name, imports_of
from tests.tidy.tree import Tree, Violation

SLEEPS = {"time.sleep", "sleep", "asyncio.sleep", "anyio.sleep"}
MOCKS = {"unittest", "mock"}
SKIPS = {"skip", "skipif", "importorskip", "xfail"}


def tests_do_not_sleep(tree: Tree) -> Iterator[Violation]:
    """`asyncio.sleep(0)` hands over the turn and is allowed, so is any sleep on simulated time."""
    asleep = {}
    for file in tree.python("tests/"):
        if file.is_under("tests/sim/", "tests/soak/"):
            continue
        for node in ast.walk(file.syntax):
            if isinstance(node, ast.Call) and called_name(node) in SLEEPS and not is_zero(node):
                asleep.setdefault(file.path, node.lineno)
    for path in sorted(asleep.keys() - allowed.WAITING_TESTS.keys()):
        yield Violation(path, asleep[path], "wait for the event itself, or use the fake clock")
    for path in sorted(allowed.WAITING_TESTS.keys() - asleep.keys()):
        yield Violation(path, 1, "no longer needs its entry in WAITING_TESTS")


def tests_are_never_skipped(tree: Tree) -> Iterator[Violation]:
    for file in tree.python("tests/"):
        for node in ast.walk(file.syntax):
            if not isinstance(node, ast.Attribute) or node.attr not in SKIPS:
                continue
            if ast.unparse(node.value) in {"pytest", "pytest.mark"}:
                yield Violation(file.path, node.lineno, "a test that does not run promises nothing")


def tests_use_the_real_classes(tree: Tree) -> Iterator[Violation]:
    for file in tree.python("tests/"):
        yield from imports_of(file, MOCKS, "use the real class and the fake clock")


def is_zero(call: ast.Call) -> bool:
    return bool(call.args) and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0


RULES = (tests_do_not_sleep, tests_are_never_skipped, tests_use_the_real_classes)
