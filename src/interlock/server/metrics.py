"""Figures for a monitoring system, in the text format of Prometheus.

Names that agents choose would let them fill the memory of whoever collects: labels come from closed sets, and of
queues only the first `QUEUES_MAX` by name bear their own; the others are added up.
"""

from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from interlock.hub.hub import Hub
from interlock.server.door import Door
from interlock.server.exchange import Exchange

disable_created_metrics()  # type: ignore[no-untyped-call]

QUEUES_MAX: Final = 200
"""Queues with a label of their own in one scrape."""

OTHERS: Final = "(others)"
"""The label of the queues beyond that."""

BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""From one commit on a fast disk to what nobody waits for."""

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """What the server counts, and what it looks up when it is asked."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._registry = CollectorRegistry(auto_describe=False)
        self._requests = Counter(
            "interlock_requests",
            "Requests that were answered, by verb and by the code of the answer.",
            ("verb", "code"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "interlock_request_seconds",
            "How long answers took, from the first byte of the request; without long polls.",
            ("verb",),
            buckets=BUCKETS_S,
            registry=self._registry,
        )
        self._counters: dict[tuple[str, str], Counter] = {}
        self._histograms: dict[str, Histogram] = {}
        self._connection_count: Callable[[], int] = int

    def count_connections(self, counted: Callable[[], int]) -> None:
        """Tells where the number of open connections is known."""
        self._connection_count = counted

    def note(self, exchange: Exchange, *, status: int, seconds: float) -> None:
        """Counts one answer. Verbs and codes are those that exist, so their number is bounded."""
        verb = exchange.verb or "(none)"
        code = exchange.code or ("ok" if status < 400 else f"http_{status}")
        counter = self._counters.get((verb, code))
        if counter is None:
            counter = self._counters[verb, code] = self._requests.labels(verb, code)
        counter.inc()
        if exchange.is_waiting:
            return
        histogram = self._histograms.get(verb)
        if histogram is None:
            histogram = self._histograms[verb] = self._seconds.labels(verb)
        histogram.observe(seconds)

    def page(self, hub: Hub) -> bytes:
        """The figures of the server, and those of one ledger."""
        ledger = CollectorRegistry(auto_describe=False)
        ledger.register(_Ledger(hub, self._connection_count()))
        return generate_latest(self._registry) + generate_latest(ledger)


class _Ledger(Collector):
    """Looks up the figures of one hub. All of them are kept, none is counted."""

    def __init__(self, hub: Hub, connections: int) -> None:
        self._hub = hub
        self._connections = connections

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges as they are now."""
        hub = self._hub
        yield GaugeMetricFamily(
            "interlock_connections", "Open HTTP connections.", value=self._connections
        )
        yield GaugeMetricFamily(
            "interlock_head", "The position of the last durable event.", value=hub.head
        )
        yield GaugeMetricFamily(
            "interlock_parked_polls", "Long polls that wait for something.", value=hub.parked_count
        )
        yield GaugeMetricFamily(
            "interlock_mailbox_deliveries",
            "Messages on their way to a recipient.",
            value=len(hub.state.deliveries),
        )
        queues = GaugeMetricFamily(
            "interlock_queue_tasks", "Open tasks by queue and status.", labels=("queue", "status")
        )
        for (queue, status), count in _depths(hub.state.counts).items():
            queues.add_metric((queue, status), count)
        yield queues


def _depths(counts: dict[str, dict[str, int]]) -> dict[tuple[str, str], int]:
    """Open tasks by queue and status, with the queues behind the first ones added up."""
    found: dict[tuple[str, str], int] = {}
    for number, queue in enumerate(sorted(counts)):
        label = queue if number < QUEUES_MAX else OTHERS
        for status, count in counts[queue].items():
            found[label, status] = found.get((label, status), 0) + count
    return found
