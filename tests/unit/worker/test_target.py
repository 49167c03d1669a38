"""What a command line may name as an app."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from interlock.worker import App
from interlock.worker.target import BadTarget, load_app

SOURCE = """
from interlock.worker import App
app = App("constant")
number = 7
def make(name="made", *rest):
    return App(name)
def make_nothing():
    return None
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "fleet_of_this_test.py"
    path.write_text(SOURCE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield path
    sys.modules.pop(path.stem, None)


def test_an_app_is_named_by_module_or_file(module: Path) -> None:
    assert load_app("fleet_of_this_test:app").agent == "constant"
    assert load_app(f"{module}:app").agent == "constant"


def test_a_function_makes_an_app_from_the_arguments(module: Path) -> None:
    assert load_app("fleet_of_this_test:make").agent == "made"
    assert load_app("fleet_of_this_test:make", arguments=["reader", "x"]).agent == "reader"
    assert isinstance(load_app("fleet_of_this_test:make"), App)


@pytest.mark.parametrize(
    ("target", "arguments", "reason"),
    [
        ("fleet_of_this_test", [], "is not module:name"),
        (":app", [], "is not module:name"),
        ("no_such_module:app", [], "No module named"),
        ("fleet_of_this_test:missing", [], "has no attribute"),
        ("fleet_of_this_test:number", [], "is a int, not an App"),
        ("fleet_of_this_test:make_nothing", [], "is a NoneType, not an App"),
        ("fleet_of_this_test:app", ["x"], "takes no arguments"),
    ],
)
def test_what_is_no_app_is_refused_with_the_reason(
    module: Path, target: str, arguments: list[str], reason: str
) -> None:
    with pytest.raises(BadTarget, match=reason):
        load_app(target, arguments=arguments)
