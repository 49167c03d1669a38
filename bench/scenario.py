"""What can be measured, and the registry that finds it.

A file `bench/scenarios/<name>.py` offers `scenarios() -> list[Scenario]`. A scenario names its
measuring function as text and it is imported in the child process only: a peer that is not
installed fails alone, with its own error, and cannot stop the others from being listed or run.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec

import bench.scenarios
from bench.row import Row


class Workload(msgspec.Struct, frozen=True, kw_only=True):
    """How much to measure. A measuring function reads the fields that mean something to it.

    `duration_s` bounds the measured part of a closed loop, `concurrency` is the number of agents or
    clients, `batch` the steps per commit, `queued` the tasks that lie waiting beforehand, `samples`
    the number of single timings, `variant` a named setting that the measuring function documents.
    """

    duration_s: float = 5.0
    concurrency: int = 1
    batch: int = 1
    queued: int = 0
    samples: int = 200
    client_processes: int = 0
    variant: str = ""


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement, by `module:function`: (name, workload, scratch) -> rows, sync or async.

    `quick` is None for a scenario that does not fit a quick run; the report then lists it as left
    out.
    """

    name: str
    measure: str
    full: Workload
    quick: Workload | None
    limit_s: float = 120.0

    def workload(self, *, is_quick: bool) -> Workload | None:
        return self.quick if is_quick else self.full


Measure: TypeAlias = Callable[..., "list[Row] | Awaitable[list[Row]]"]


def all_scenarios() -> list[Scenario]:
    """Every scenario of every module in `bench/scenarios`, in the modules' alphabetical order.

    Two scenarios of one name raise ValueError: a report could not tell them apart.
    """
    found: list[Scenario] = []
    for module_info in pkgutil.iter_modules(bench.scenarios.__path__):
        module = importlib.import_module(f"bench.scenarios.{module_info.name}")
        found.extend(module.scenarios())
    names = [scenario.name for scenario in found]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ValueError(f"scenario names must be unique, these are not: {', '.join(doubled)}")
    return found


def chosen(scenarios: list[Scenario], *, only: list[str]) -> list[Scenario]:
    """The scenarios whose name is, or begins with the path, given in `only`; all when it is empty.

    A name that fits nothing raises ValueError with the names there are.
    """
    if not only:
        return scenarios
    for wanted in only:
        if not any(_fits(scenario.name, wanted) for scenario in scenarios):
            known = ", ".join(scenario.name for scenario in scenarios)
            raise ValueError(f"no scenario is called {wanted!r}; there are: {known}")
    return [one for one in scenarios if any(_fits(one.name, wanted) for wanted in only)]


def _fits(name: str, wanted: str) -> bool:
    return name == wanted or name.startswith(wanted.rstrip("/") + "/")


async def measured(scenario: Scenario, *, workload: Workload, scratch: str) -> list[Row]:
    """Imports the measuring function and runs it to its end in this process."""
    module_name, _, function_name = scenario.measure.partition(":")
    measure: Measure = getattr(importlib.import_module(module_name), function_name)
    answer = measure(scenario.name, workload=workload, scratch=scratch)
    return await answer if inspect.isawaitable(answer) else answer
