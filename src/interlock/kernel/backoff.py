"""Retry delays: exponential, capped, with full jitter drawn from the ledger position.

Full jitter after M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015. The draw is
splitmix64 (Steele, Lea, Flood, OOPSLA 2014) of the position: no randomness enters the kernel, and a replay
draws the same delay.
"""

from typing import Final

import msgspec

from interlock.kernel.limits import DelaySeconds

_MASK: Final = 2**64 - 1
_DOUBLINGS_MAX: Final = 30
"""Past thirty doublings every base has met its cap."""


class Backoff(msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """Delay before the nth retry: uniform between 0 and min(cap_s, base_s * 2 ** (n - 1)) seconds."""

    base_s: DelaySeconds = 1.0
    cap_s: DelaySeconds = 300.0


def delay_us(*, base_ms: int, cap_ms: int, failures: int, pos: int) -> int:
    """The delay in microseconds after the given number of failures, drawn from the position `pos`."""
    ceiling_us = min(cap_ms, base_ms << min(failures - 1, _DOUBLINGS_MAX)) * 1_000
    return draw(pos, below=ceiling_us + 1)


def draw(pos: int, *, below: int) -> int:
    """A number from 0 to `below` - 1 that depends on the position alone."""
    mixed = (pos + 0x9E3779B97F4A7C15) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    mixed ^= mixed >> 31
    return (mixed * below) >> 64
