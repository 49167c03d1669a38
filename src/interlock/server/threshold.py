"""Whether a server may start, and with which door: open on this machine alone, and never open to others."""

import ipaddress

from interlock.kernel.errors import InterlockError
from interlock.server.door import Door
from interlock.server.namespaces import Namespaces
from interlock.server.secret import load_secret
from interlock.server.settings import Settings


class CannotServe(InterlockError):
    """The server was told to listen where everybody could call it, and there is no key."""


def make_door(namespaces: Namespaces, settings: Settings) -> Door:
    """The door of a server. Raises `CannotServe`, `StoreError`."""
    is_local = is_loopback(settings.host)
    door = Door(
        namespaces,
        secret=load_secret(settings.store),
        may_open=is_local and not settings.require_keys,
    )
    if not is_local and not door.has_keys:
        raise CannotServe(
            f"{settings.host} can be reached from other machines, and the ledger {settings.store} has no key: make"
            f" one with `interlock keys create --role admin --ledger {settings.store}`, then start again"
        )
    return door


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
