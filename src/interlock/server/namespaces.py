"""Namespaces: each is a ledger of its own with a hub of its own, so that nothing of one can be seen in another.

The home namespace is the ledger that the server was started on; the others stand in a folder beside it.
"""

import asyncio
import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from interlock.hub.hub import Hub
from interlock.plane import MEMORY, open_hub
from interlock.server.caller import HOME

NAMESPACES_MAX: Final = 64
"""Ledgers that one process holds open: each has threads, files and memory of its own."""

NAME_PATTERN: Final = re.compile(r"[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?")
"""Names of namespaces stand in file names, ids and keys: a lower-case letter, then letters, digits and inner
dashes."""


NO_NAME: Final = "{!r} is no namespace: a letter, then lower-case letters, digits, inner dashes"


class Namespaces:
    """The open ledgers of one server, by name. Use as an async context manager."""

    def __init__(self, store: str) -> None:
        self._store = store
        self._stack = contextlib.AsyncExitStack()
        self._hubs: dict[str, Hub] = {}
        self._creating = asyncio.Lock()

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            self._hubs[HOME], _ = await stack.enter_async_context(open_hub(self._store))
            folder = None if self._store == MEMORY else folder_of(self._store)
            for path in sorted(folder.glob("*.db")) if folder else []:
                hub, _ = await stack.enter_async_context(open_hub(path, shard=path.stem))
                self._hubs[path.stem] = hub
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Answers whoever waits and gives up the ledgers; what comes after that is refused. Safe to call twice."""
        await self._stack.aclose()
        self._hubs.clear()

    def __iter__(self) -> Iterator[str]:
        return iter(self._hubs)

    def get(self, name: str) -> Hub | None:
        """The hub of a namespace, if there is one."""
        return self._hubs.get(name)

    async def create(self, name: str) -> Hub:
        """Opens the namespace, with an empty ledger if it is new. Raises `ValueError`, `StoreError`."""
        async with self._creating:
            return self._hubs.get(name) or await self._create(name)

    async def _create(self, name: str) -> Hub:
        if not NAME_PATTERN.fullmatch(name):
            raise ValueError(NO_NAME.format(name))
        if len(self._hubs) >= NAMESPACES_MAX:
            raise ValueError(f"this server has {NAMESPACES_MAX} namespaces, as many as it may")
        path: str | Path = MEMORY
        if self._store != MEMORY:
            path = ledger_of(self._store, name)
            path.parent.mkdir(mode=0o700, exist_ok=True)
        hub, _ = await self._stack.enter_async_context(open_hub(path, shard=name))
        self._hubs[name] = hub
        return hub


def ledger_of(store: str | os.PathLike[str], name: str) -> Path:
    """Where the ledger of a namespace stands. Raises `ValueError` for what is no name."""
    if name == HOME:
        return Path(store)
    if not NAME_PATTERN.fullmatch(name):
        raise ValueError(NO_NAME.format(name))
    return folder_of(store) / f"{name}.db"


def folder_of(store: str | os.PathLike[str]) -> Path:
    """Where the ledgers of all other namespaces stand."""
    return Path(f"{os.fspath(store)}.namespaces")
