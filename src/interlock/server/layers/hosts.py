"""Answers only for the names that this server is known by, so that no foreign name can be bound to its address.

A page of an attacker can make a browser resolve the attacker's name to 127.0.0.1 (DNS rebinding); the browser then
takes this server for the page's own. The Host header gives that away.
"""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

from interlock.server.exchange import App, Receive, Scope, Send, header
from interlock.server.refusals import refuse_request, refused

ADDRESSES_MAX: Final = 64
"""Addresses of this machine whose kind is remembered."""

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""Names of this machine: good for connections that come from it."""


class Hosts:
    """Refuses requests for names other than the connection's own address, this machine's names, and `allowed`.

    An allowed name may bear a port; without one it is good for every port.
    """

    def __init__(self, app: App, *, allowed: Iterable[str] = ()) -> None:
        self._app = app
        self._allowed = frozenset(name.lower() for name in allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and not self._is_known(scope):
            message = f"this server does not answer for the host {header(scope, b'host')!r}"
            await refuse_request(scope, send, refused("wrong_host", message))
            return
        await self._app(scope, receive, send)

    def _is_known(self, scope: Scope) -> bool:
        host = (header(scope, b"host") or "").lower()
        name, port = split_host(host)
        if host in self._allowed or name in self._allowed:
            return True
        address, local_port = scope["server"]
        is_here = name in LOOPBACK and is_loopback(address)
        is_port = int(port) == local_port if port else local_port in (80, 443)
        return is_port and (is_here or name.strip("[]") == address)


def split_host(host: str) -> tuple[str, str]:
    """The name and the port of a Host header; no name for one that is malformed."""
    name, colon, port = host.rpartition(":")
    if not colon or host.endswith("]"):
        return host, ""
    is_port = port.isascii() and port.isdecimal() and len(port) <= 5
    return (name, port) if is_port else ("", "")


@lru_cache(maxsize=ADDRESSES_MAX)
def is_loopback(address: str) -> bool:
    """Whether only this machine can reach the address."""
    if address == "localhost":
        return True
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
