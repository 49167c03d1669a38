"""One attempt to post one event."""

import asyncio
import contextlib
import ssl
from typing import Final

import httpx2
import msgspec

from interlock.kernel.limits import NOTE_CHARS_MAX
from interlock.kernel.webhook.advance import RETRY_AFTER_S_MAX
from interlock.server.webhooks.target import Pinned, TargetPolicy, TargetRefused

CONNECT_S: Final = 5.0
ATTEMPT_S: Final = 20.0
"""From the first byte sent to the head of the response: the rules ask for 15 to 30 seconds."""

DRAIN_S: Final = 1.0
RESPONSE_BYTES_MAX: Final = 16 * 1024
"""How much of a response is read, so that the connection can be used again; past it the connection is closed."""

IDLE_S: Final = 30.0
"""How long a connection is kept between two posts."""

GONE: Final = 410

_TIMEOUTS: Final = {"connect": CONNECT_S, "read": ATTEMPT_S, "write": ATTEMPT_S, "pool": ATTEMPT_S}


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an attempt. Without an error the target took it."""

    status: int = 0
    error: str = ""
    retry_after_s: float = 0.0

    @property
    def is_gone(self) -> bool:
        """Whether the target wants no more."""
        return self.status == GONE


class Poster:
    """Posts to one target. It follows no redirect, keeps no cookie, and uses no proxy."""

    def __init__(self, policy: TargetPolicy, *, trust: ssl.SSLContext) -> None:
        self._policy = policy
        # One for each target: a connection for one name must never carry what is meant for another.
        limits = httpx2.Limits(
            max_connections=1, max_keepalive_connections=1, keepalive_expiry=IDLE_S
        )
        self._transport = httpx2.AsyncHTTPTransport(verify=trust, trust_env=False, limits=limits)

    async def post(self, url: str, *, headers: dict[str, str], body: bytes) -> Outcome:
        """One attempt; it raises nothing."""
        try:
            async with asyncio.timeout(ATTEMPT_S):
                pinned = await self._policy.pin(url)
                response = await self._transport.handle_async_request(
                    _request(pinned, headers=headers, body=body)
                )
        except TargetRefused as error:
            return Outcome(error=str(error))
        except TimeoutError:
            return Outcome(error=f"no response within {ATTEMPT_S:.0f} s")
        except (httpx2.TransportError, OSError) as error:
            text = f"{type(error).__name__}: {error}"
            return Outcome(error=text[:NOTE_CHARS_MAX])
        await _drain(response)
        return _outcome(response)

    async def close(self) -> None:
        """Closes the connection."""
        await self._transport.aclose()


def _request(pinned: Pinned, *, headers: dict[str, str], body: bytes) -> httpx2.Request:
    return httpx2.Request(
        "POST",
        pinned.url,
        headers={
            "host": pinned.authority,
            "content-type": "application/json",
            "user-agent": "interlock-webhooks",
            "accept": "*/*",
            **headers,
        },
        content=body,
        extensions={"sni_hostname": pinned.host, "timeout": _TIMEOUTS},
    )


async def _drain(response: httpx2.Response) -> None:
    """Reads a short response to its end. Whatever it says, its status has decided already."""
    length = 0
    with contextlib.suppress(httpx2.TransportError, TimeoutError):
        async with asyncio.timeout(DRAIN_S):
            async for chunk in response.aiter_raw():
                length += len(chunk)
                if length > RESPONSE_BYTES_MAX:
                    break
    with contextlib.suppress(httpx2.TransportError):
        await response.aclose()


def _outcome(response: httpx2.Response) -> Outcome:
    status = response.status_code
    if 200 <= status < 300:
        return Outcome(status=status)
    text = response.headers.get("retry-after", "")
    seconds = float(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0.0
    return Outcome(
        status=status,
        error=f"the target answered {status}",
        retry_after_s=min(seconds, RETRY_AFTER_S_MAX),
    )
