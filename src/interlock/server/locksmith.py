"""Keys from the command line: through a running server, or on a ledger of this machine, whoever has it open."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Protocol

from msgspec.structs import replace

from interlock.client.failure import CannotConnect
from interlock.kernel.access.create import CreateKey, KeyMade
from interlock.kernel.access.rotate import RotateKey
from interlock.kernel.border import make_command
from interlock.kernel.command import Command, Refusal, Reply
from interlock.plane import connect, open_hub
from interlock.server.caller import HOME
from interlock.server.credential import new_secret, shard_of, write_credential
from interlock.server.namespaces import folder_of, ledger_of
from interlock.server.secret import load_secret
from interlock.store.contract import StoreError

LOCAL: Final = "command line"
"""Whom the log names for a change that was made on the ledger itself."""


class Hub(Protocol):
    """Whatever carries out commands."""

    async def call(self, command: Command) -> Reply:
        """The answer, a refusal included."""
        ...


async def call_server(url: str, kind: type[Command], fields: dict[str, Any], *, key: str) -> Reply:
    """Sends a verb of keys to a server; the answer, a refusal included. Raises `CannotConnect`, `BadKey`, `Invalid`."""
    command = make_command(kind, fields)
    async with connect(url, key=key) as plane:
        return await plane.call(command)


async def call_ledger(store: Path, kind: type[Command], fields: dict[str, Any]) -> Reply:
    """Carries out a verb of keys on a ledger of this machine, as whoever may write its file may.

    The secret of a new key is made here, under the server's secret beside the ledger. Raises `StoreError`, `Invalid`.
    """
    namespace = str(fields.get("namespace") or HOME)
    command = make_command(kind, {"agent": LOCAL, **fields})
    try:
        path = ledger_of(store, namespace)
    except ValueError as error:
        return Refusal(code="invalid", message=f"{kind.verb}: {error}")
    is_making = isinstance(command, CreateKey)
    if not is_making and not path.exists():
        raise StoreError(f"there is no ledger at {os.fspath(path)}: check the path")
    if not isinstance(command, CreateKey | RotateKey):
        async with _hub_of(store, namespace) as hub:
            return await hub.call(command)
    secret = new_secret()
    digest = load_secret(store).digest_of(secret, namespace=namespace)
    async with _hub_of(store, namespace) as hub:
        reply = await hub.call(replace(command, digest=digest))
    if not isinstance(reply, KeyMade):
        return reply
    key = write_credential(namespace=namespace, key_id=reply.key_id, secret=secret)
    return replace(reply, key=key, digest="")


@asynccontextmanager
async def _hub_of(store: Path, namespace: str) -> AsyncIterator[Hub]:
    """The hub of a namespace: that of whoever has the ledger open, or one for this moment."""
    path = ledger_of(store, namespace)
    try:
        connecting = connect(path)
        plane = await connecting.__aenter__()
    except CannotConnect:
        if namespace != HOME:
            folder_of(store).mkdir(mode=0o700, exist_ok=True)
        async with open_hub(path, shard=shard_of(namespace), serve=False) as (hub, _):
            yield hub
        return
    try:
        yield plane
    finally:
        await connecting.__aexit__(None, None, None)
