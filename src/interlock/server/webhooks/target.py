"""Which addresses a webhook may reach. A name is resolved here, once, and the connection goes to what was checked.

Whoever may make a webhook could else have the server call what stands behind its firewall, or its cloud's metadata
service. So only public unicast addresses will do, and those that the settings allow.
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

import msgspec

RESOLVE_S: Final = 5.0
"""How long a name may take to be resolved."""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NOT_PUBLIC: Final = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade translation; a cloud's metadata service stands there, too
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's metadata service at a public address
        "169.254.0.0/16",  # link-local, and most metadata services
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
"""Everything of IPv4 that the registry of special purposes takes out of the public space."""

_PUBLIC: Final = IPv6Network("2000::/3")
"""All that is given out for global unicast: nothing outside of it leads to the internet."""

_NOT_PUBLIC_V6: Final = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocols, Teredo among them, which carries an IPv4 address
        "2001:db8::/32",
        "2002::/16",  # carries an IPv4 address
        "3fff::/20",
    )
)


class TargetRefused(Exception):
    """The server does not connect there; the text says why."""


class Pinned(msgspec.Struct, frozen=True):
    """A target whose name was resolved and checked."""

    url: str
    """The URL with the address in the place of the name."""
    host: str
    """The name, for TLS."""
    authority: str
    """The name and the port as the Host header has them."""


class TargetPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What the settings allow beyond public targets over https."""

    networks: tuple[Network, ...] = ()
    is_http_allowed: bool = False

    def check_url(self, url: str) -> None:
        """Refuses what can be refused without resolving a name. Raises `TargetRefused`."""
        parts = urlsplit(url)
        if parts.scheme != "https" and not self.is_http_allowed:
            raise TargetRefused(f"{url} is not https: use https, or start with --webhook-http")
        try:
            address = ip_address(parts.hostname or "")
        except ValueError:
            return
        self.check(address)

    def check(self, address: Address) -> None:
        """Raises `TargetRefused` for an address that is neither public nor allowed."""
        if is_public(address) or any(address in network for network in self.networks):
            return
        raise TargetRefused(
            f"{address} is no public address: a person who runs the server may allow it "
            "with --webhook-networks"
        )

    async def pin(self, url: str) -> Pinned:
        """Resolves the name and checks every address that it has. Raises `TargetRefused`, `OSError`."""
        self.check_url(url)
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(RESOLVE_S):
                found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except TimeoutError as error:
            raise OSError(f"the name {host} could not be resolved in {RESOLVE_S:.0f} s") from error
        addresses = [ip_address(place[4][0]) for place in found]
        if not addresses:
            raise OSError(f"the name {host} has no address")
        for address in addresses:
            self.check(address)
        chosen = addresses[0]
        shown = f"[{chosen}]" if chosen.version == 6 else str(chosen)
        authority = parts.netloc.rpartition("@")[2]
        return Pinned(
            url=parts._replace(netloc=f"{shown}:{port}").geturl(), host=host, authority=authority
        )


PUBLIC_TARGETS: Final = TargetPolicy()
"""Without settings: public addresses over https."""


def is_public(address: Address) -> bool:
    """Whether the address is one of the public internet, and no disguise of another."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC)
    return address in _PUBLIC and not any(address in network for network in _NOT_PUBLIC_V6)


def read_networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """Networks such as `10.1.0.0/16`. Raises `ValueError`."""
    return tuple(ip_network(text) for text in texts)
