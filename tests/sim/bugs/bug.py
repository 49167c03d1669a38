"""A planted bug, and how to plant one."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Bug:
    """`promises` are those that may break first because of it: anything else is an accident."""

    name: str
    plant: Callable[[], AbstractContextManager[object]]
    promises: tuple[str, ...]
    profile: str = "tasks"
    steps: int = 6_000
    seeds: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7, 8)


@contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """An attribute has another value for a while."""
    before = owner.__dict__[name]
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


@contextmanager
def entry(table: dict[Any, Any], key: Any, value: Any) -> Iterator[None]:
    """A table has another entry for a while."""
    before = table[key]
    table[key] = value
    try:
        yield
    finally:
        table[key] = before


@contextmanager
def together(*changes: AbstractContextManager[object]) -> Iterator[None]:
    """Several changes at once."""
    with ExitStack() as stack:
        for change in changes:
            stack.enter_context(change)
        yield
