"""One measured figure, as it stands in the JSON and in the table."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable

import msgspec

from bench.percentile import percentiles


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A figure together with what is needed to judge it.

    `durable` is true only where every acknowledged step had reached the disk (fsync) before its
    acknowledgement. `note` says what one unit of work was for this peer.
    """

    name: str
    peer: str
    metric: str
    value: float
    unit: str
    concurrency: int
    durable: bool
    note: str
    versions: dict[str, str]


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What all rows of one measurement share."""

    name: str
    peer: str
    concurrency: int
    durable: bool
    note: str
    versions: dict[str, str]

    def row(self, metric: str, *, value: float, unit: str) -> Row:
        return Row(
            name=self.name,
            peer=self.peer,
            metric=metric,
            value=value,
            unit=unit,
            concurrency=self.concurrency,
            durable=self.durable,
            note=self.note,
            versions=self.versions,
        )

    def rate(self, metric: str, *, count: int, elapsed_s: float) -> Row:
        """Finished units over the seconds they took. Raises ValueError when nothing finished."""
        if count < 1 or elapsed_s <= 0:
            raise ValueError(
                f"{self.name}: nothing finished in {elapsed_s:.2f} s, so there is no rate"
            )
        return self.row(metric, value=count / elapsed_s, unit="1/s")

    def latencies(self, metric: str, *, samples_s: Iterable[float]) -> list[Row]:
        """p50, p95 and p99 in milliseconds, of samples in seconds."""
        found = percentiles(samples_s)
        points = (("p50", found.p50), ("p95", found.p95), ("p99", found.p99))
        return [
            self.row(f"{metric} {label}", value=seconds * 1000, unit="ms")
            for label, seconds in points
        ]


def installed_versions(*distributions: str) -> dict[str, str]:
    """Versions of installed packages by name; one that is missing raises PackageNotFoundError."""
    return {name: importlib.metadata.version(name) for name in distributions}
