"""The front door: the same verbs on a ledger of this process or on a hub that another process runs."""

import contextlib
import hashlib
import os
import stat
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Protocol

from interlock.client.failure import BadKey, CannotConnect
from interlock.client.remote import RemoteHub
from interlock.client.socket import connect_socket
from interlock.hub.hub import Hub
from interlock.hub.listener import Listener
from interlock.kernel.border import make_command
from interlock.kernel.command import Command, Refusal, Reply
from interlock.kernel.errors import error_of
from interlock.store.contract import Store, StoreError
from interlock.store.memory import MemoryStore
from interlock.store.options import DEFAULTS, SqliteOptions
from interlock.store.sqlite import SqliteStore
from interlock.verbs import Verbs

MEMORY: Final = ":memory:"
__all__ = [
    "BadKey",
    "CannotConnect",
    "Plane",
    "connect",
    "is_url",
    "open",
    "open_hub",
    "socket_path",
]

_SOCKET_PATH_BYTES_MAX: Final = 100
"""A Unix socket's path may have 107 bytes on Linux and 103 on macOS."""


class Carrier(Protocol):
    """Takes commands to a hub: in this process, or over some transport."""

    async def call(self, command: Command) -> Reply:
        """The hub's answer, a refusal included."""
        ...

    async def close(self) -> None:
        """Gives up the hub, or the connection to it."""
        ...


class Plane(Verbs):
    """All verbs of one ledger. A refusal is raised as `Refused` or one of its subclasses."""

    def __init__(self, carrier: Carrier, *, address: str) -> None:
        self._carrier = carrier
        self.address = address
        """Where other processes of this machine reach the same hub: `connect` takes it."""

    async def call(self, command: Command) -> Reply:
        """Carries out a command; returns its answer, a refusal included, once it is durable."""
        return await self._carrier.call(command)

    async def _call(self, kind: type[Command], fields: dict[str, Any]) -> Any:
        reply = await self._carrier.call(make_command(kind, fields))
        if isinstance(reply, Refusal):
            raise error_of(reply)
        return reply


@asynccontextmanager
async def open(
    path: str | os.PathLike[str], *, serve: bool = True, options: SqliteOptions = DEFAULTS
) -> AsyncIterator[Plane]:
    """Opens the ledger at `path` in this process and gives its plane; `:memory:` keeps nothing.

    With `serve`, other processes of this machine and user can `connect` to the same path meanwhile.
    Raises `LedgerInUse`, with the owner's address, while another process has it open.
    """
    async with open_hub(path, serve=serve, options=options) as (hub, address):
        yield Plane(hub, address=address)


@asynccontextmanager
async def open_hub(
    path: str | os.PathLike[str],
    *,
    shard: str = "0",
    serve: bool = True,
    options: SqliteOptions = DEFAULTS,
) -> AsyncIterator[tuple[Hub, str]]:
    """The hub of the ledger at `path`, and the address at which it listens, if it does: see `open`."""
    is_memory = os.fspath(path) == MEMORY
    address = "" if is_memory or not serve else str(socket_path(path))
    store: Store
    if is_memory:
        store = MemoryStore()
    else:
        store = await SqliteStore.open(Path(path), address=address, options=options)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(store.close)
        hub = await Hub.start(store, owner=address or f"process {os.getpid()}", shard=shard)
        stack.push_async_callback(hub.close)
        if address:
            listener = await Listener.start(hub, Path(address))
            stack.push_async_callback(listener.close)
        yield hub, address


@asynccontextmanager
async def connect(address: str | os.PathLike[str], *, key: str = "") -> AsyncIterator[Plane]:
    """Connects to a hub elsewhere; gives the same plane as `open`. Raises `CannotConnect`, `BadKey`.

    `address` is the URL of a server (`http://`, `https://`, `ws://`, `wss://`), with the `key` that it gave out;
    or, on the same machine, the path of a ledger that another process has open, or its owner's address.

    When the hub restarts or the connection breaks, it is made again and nothing is done twice.
    """
    text = os.fspath(address)
    if is_url(text):
        client = await _connect_url(text, key)
    elif key:
        raise CannotConnect(
            f"{text} is on this machine and takes no key: leave it out, or give a URL"
        )
    else:
        path = Path(text.removeprefix("unix:"))
        text = str(path if path.name.endswith(".sock") else socket_path(path))
        client = await connect_socket(text)
    try:
        yield Plane(client, address=text)
    finally:
        await client.close()


def is_url(address: str) -> bool:
    """Whether an address is that of a server, and so takes a key."""
    return "://" in address


async def _connect_url(url: str, key: str) -> RemoteHub:
    try:
        from interlock.client.websocket import connect_websocket
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        message = f"{url} needs the package {package}: pip install 'interlock[remote]'"
        raise CannotConnect(message) from error
    return await connect_websocket(url, key=key)


def socket_path(ledger: str | os.PathLike[str]) -> Path:
    """Where the owner of a ledger listens: beside it, or in a private folder when that path is too long.

    Raises `StoreError` when that folder is not private.
    """
    resolved = Path(ledger).resolve()
    beside = resolved.with_name(resolved.name + ".sock")
    if len(os.fsencode(beside)) <= _SOCKET_PATH_BYTES_MAX:
        return beside
    folder = _private_folder()
    digest = hashlib.sha256(os.fsencode(resolved)).hexdigest()[:32]
    return folder / f"{digest}.sock"


def _private_folder() -> Path:
    """A folder that only this user can use, among those of everybody: whoever made it first could else listen in
    the owner's place."""
    folder = Path(tempfile.gettempdir()) / f"interlock-{os.getuid()}"
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    is_private = stat.S_ISDIR(found.st_mode) and not stat.S_IMODE(found.st_mode) & 0o077
    if found.st_uid != os.getuid() or not is_private:
        raise StoreError(f"others can use {folder}: remove it, or choose a shorter ledger path")
    return folder
