"""Interlock behind the protocols of `bench/harness`: the one file that knows its public verbs."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from bench.harness.relay import Mailboxes
from bench.harness.task_plane import TaskPlane


class NotYetThereError(RuntimeError):
    """The part of Interlock that this measurement needs is not built yet."""


@contextlib.asynccontextmanager
async def embedded(path: str) -> AsyncIterator[TaskPlane]:
    """Opens the ledger at `path` in this process."""
    raise NotYetThereError("no plane to open yet")
    yield


@contextlib.asynccontextmanager
async def served(path: str, *, address: str) -> AsyncIterator[None]:
    """Owns the ledger at `path` in this process and serves it on the Unix socket `address`."""
    raise NotYetThereError("no hub to serve yet")
    yield


@contextlib.asynccontextmanager
async def connected(address: str) -> AsyncIterator[TaskPlane]:
    """Speaks to the owner that serves the Unix socket `address`."""
    raise NotYetThereError("no socket to connect to yet")
    yield


@contextlib.asynccontextmanager
async def embedded_mailboxes(path: str, *, pairs: int) -> AsyncIterator[Mailboxes[str]]:
    """Opens the ledger at `path` with `pairs` senders and as many receivers registered."""
    raise NotYetThereError("no relay yet")
    yield


async def append(path: str, *, duration_s: float, at_once: int) -> int:
    """Publishes for `duration_s`, `at_once` calls in flight; returns the number of events logged."""
    raise NotYetThereError("no log to append to yet")


def replay(path: str) -> int:
    """Folds the whole log at `path` into a state; returns how many events that were."""
    raise NotYetThereError("no log to replay yet")


async def fill_open_tasks(path: str, *, count: int) -> None:
    """Leaves a closed ledger at `path` with `count` open tasks."""
    raise NotYetThereError("no plane to fill yet")


async def count_open_tasks(path: str) -> int:
    """Opens the ledger at `path` and returns how many open tasks it loaded."""
    raise NotYetThereError("no plane to open yet")


def versions() -> dict[str, str]:
    """Interlock's own version and those of the libraries that carry it."""
    raise NotYetThereError("no version yet")
