"""The names that the documents mention exist."""

import importlib
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SYMBOL = re.compile(r"`(interlock(?:\.\w+)+)`")
PAGES = [
    page
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))
    if SYMBOL.search(page.read_text())
]
SYMBOLS = sorted({(page.name, name) for page in PAGES for name in SYMBOL.findall(page.read_text())})


def find(name: str) -> Any:
    """What a dotted name stands for. Raises `ImportError` or `AttributeError`."""
    parts = name.split(".")
    for split in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:split]))
        except ModuleNotFoundError:
            continue
        for part in parts[split:]:
            found = getattr(found, part)
        return found
    raise ImportError(name)


@pytest.mark.parametrize(("page", "name"), SYMBOLS)
def test_a_name_in_the_documents_exists(page: str, name: str) -> None:
    assert page
    assert find(name) is not None


def test_the_tour_names_the_files_that_a_task_passes() -> None:
    tour = {name for page, name in SYMBOLS if page == "tour.md"}
    rooms = {name.split(".")[1] for name in tour}
    assert {"plane", "verbs", "kernel", "hub", "store", "client", "observe"} <= rooms
    assert len(tour) >= 50


def test_a_name_that_does_not_exist_is_noticed() -> None:
    assert isinstance(find("interlock.kernel.decide"), ModuleType)
    for name in (
        "interlock.kernel.decide.nothing",
        "interlock.nowhere",
        "interlock.hub.hub.Hub.fly",
    ):
        with pytest.raises((ImportError, AttributeError)):
            find(name)
