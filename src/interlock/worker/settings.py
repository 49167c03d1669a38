"""How a worker goes about its work: what it takes at once, and how long it is patient."""

from dataclasses import dataclass
from typing import TypedDict


class Options(TypedDict, total=False):
    """The settings as keyword arguments of `Worker` and `App`."""

    concurrency: int
    lease_s: float | None
    task_limit_s: float | None
    drain_s: float
    grace_s: float
    patience_s: float


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Durations are seconds. None for `lease_s` means each task's own lease, for `task_limit_s` no limit."""

    concurrency: int = 1
    lease_s: float | None = None
    task_limit_s: float | None = None
    drain_s: float = 30.0
    grace_s: float = 5.0
    patience_s: float = 60.0

    def __post_init__(self) -> None:
        if self.concurrency < 1:
            raise ValueError(f"concurrency is {self.concurrency}: a worker needs at least one slot")
