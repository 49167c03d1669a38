"""A webhook reaches the public internet, and nothing behind the server's back."""

import asyncio
from ipaddress import ip_address
from typing import Any

import pytest

from interlock.server.webhooks.target import (
    PUBLIC_TARGETS,
    TargetPolicy,
    TargetRefused,
    is_public,
    read_networks,
)

INSIDE = TargetPolicy(networks=read_networks(("10.1.0.0/16", "fd00:7::/32")), is_http_allowed=True)

NOT_PUBLIC = """
    0.0.0.0 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16 169.254.169.254
    172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.7
    203.0.113.9 224.0.0.1 224.0.1.1 239.255.255.250 240.0.0.1 255.255.255.255
    :: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:7f00:1 64:ff9b::7f00:1 64:ff9b::808:808
    64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1:: 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1
    fec0::1 ff02::1 ff0e::1
""".split()


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_no_address_of_a_network_inside_is_public(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize(
    "text", ["8.8.8.8", "100.63.255.255", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"]
)
def test_the_internet_is_public(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/",
        "https://127.0.0.1/",
        "https://[::1]:8443/",
        "https://[::ffff:169.254.169.254]/latest",
        "https://169.254.169.254/latest/meta-data",
    ],
)
def test_what_can_be_seen_in_a_url_is_refused_at_once(url: str) -> None:
    with pytest.raises(TargetRefused):
        PUBLIC_TARGETS.check_url(url)


@pytest.mark.parametrize(
    "host", ["localhost", "2130706433", "0x7f.1", "127.1", "017700000001", "0"]
)
async def test_a_name_or_a_number_that_leads_inside_is_refused(host: str) -> None:
    with pytest.raises(TargetRefused):
        await PUBLIC_TARGETS.pin(f"https://{host}/")


async def test_a_name_with_one_address_inside_is_refused_as_a_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolve_to(monkeypatch, "93.184.216.34", "10.0.0.1")

    with pytest.raises(TargetRefused, match=r"10\.0\.0\.1"):
        await PUBLIC_TARGETS.pin("https://hooks.example/")


async def test_the_connection_goes_to_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = resolve_to(monkeypatch, "93.184.216.34")

    pinned = await PUBLIC_TARGETS.pin("https://hooks.example:8443/in?a=b")

    assert pinned.url == "https://93.184.216.34:8443/in?a=b"
    assert (pinned.host, pinned.authority) == ("hooks.example", "hooks.example:8443")
    assert asked == ["hooks.example"]


async def test_a_network_that_the_settings_name_may_be_reached() -> None:
    assert (await INSIDE.pin("http://10.1.2.3/in")).url == "http://10.1.2.3:80/in"
    assert (await INSIDE.pin("https://[fd00:7::1]/in")).url == "https://[fd00:7::1]:443/in"
    with pytest.raises(TargetRefused):
        await INSIDE.pin("http://10.2.2.3/in")


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Lets every name have these addresses; returns the names that were asked for."""
    asked: list[str] = []

    async def resolve(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(2, 1, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
    return asked
