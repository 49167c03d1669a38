"""Whether a server may start, and with which door: open on this machine alone, and never open to others."""

import ipaddress

from interlock.kernel.errors import InterlockError
from interlock.server.door import Door
from interlock.server.namespaces import Namespaces
from interlock.server.secret import load_secret
from interlock.server.settings import Settings
from interlock.server.webhooks.target import TargetPolicy, read_networks


class CannotServe(InterlockError):
    """The server was told to listen where everybody could call it, and there is no key."""


def make_door(namespaces: Namespaces, settings: Settings) -> Door:
    """The door of a server. Raises `CannotServe`, `StoreError`."""
    is_local = is_loopback(settings.host)
    door = Door(
        namespaces,
        secret=load_secret(settings.store),
        may_open=is_local and not settings.require_keys,
        targets=_targets(settings),
    )
    if not is_local and not door.has_keys:
        raise CannotServe(
            f"{settings.host} can be reached from other machines, and the ledger {settings.store} has no key: make"
            f" one with `interlock keys create admin --role admin --ledger {settings.store}`, then start again"
        )
    return door


def _targets(settings: Settings) -> TargetPolicy:
    try:
        networks = read_networks(settings.webhook_networks)
    except ValueError as error:
        raise CannotServe(
            f"webhook_networks: {error}: give networks such as 10.1.0.0/16"
        ) from error
    return TargetPolicy(networks=networks, is_http_allowed=settings.webhook_http)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the host."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
