"""What is measured of the server, beside the plane without one."""

from __future__ import annotations

from bench.scenario import Scenario, Workload

WAYS = ("embedded", "socket", "http", "websocket", "mcp")
RATES = (("http", 20), ("http", 200), ("websocket", 20), ("websocket", 200), ("mcp", 20))
IDLE_AGENTS = 1_000
WATCHERS = 100
CONNECTED_AGENTS = 200


def scenarios() -> list[Scenario]:
    return [
        *(_added_latency(way) for way in WAYS),
        *(_rate(way, agents) for way, agents in RATES),
        *(_idle(way) for way in ("websocket", "http")),
        Scenario(
            name="server/watchers",
            measure="bench.server_measures:measure_watchers",
            full=Workload(duration_s=10, concurrency=WATCHERS),
            quick=None,
        ),
        Scenario(
            name="server/restart",
            measure="bench.server_measures:measure_restart",
            full=Workload(duration_s=3, concurrency=CONNECTED_AGENTS),
            quick=None,
        ),
    ]


def _added_latency(way: str) -> Scenario:
    return Scenario(
        name=f"server/call/{way}",
        measure="bench.server_measures:measure_added_latency",
        full=Workload(samples=2_000, variant=way),
        quick=Workload(samples=300, variant=way),
    )


def _rate(way: str, agents: int) -> Scenario:
    def workload(duration_s: float) -> Workload:
        return Workload(duration_s=duration_s, concurrency=agents, client_processes=1, variant=way)

    return Scenario(
        name=f"server/lifecycle/{way}/{agents}",
        measure="bench.server_measures:measure_rate",
        full=workload(8),
        quick=workload(3) if agents == 20 else None,
    )


def _idle(way: str) -> Scenario:
    return Scenario(
        name=f"server/idle_polls/{way}",
        measure="bench.server_measures:measure_idle_polls",
        full=Workload(duration_s=20, concurrency=IDLE_AGENTS, variant=way),
        quick=None,
    )
