"""Which handler takes which task."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from interlock.kernel.task.claim import Claim


@dataclass(frozen=True, kw_only=True)
class Route:
    """A handler for the tasks of a queue: all of them, or those of a category."""

    handler: Callable[..., Any]
    queue: str = "default"
    category: str = ""
    capabilities: tuple[str, ...] = ()


class Routes:
    """The handlers of one worker."""

    def __init__(self, routes: Sequence[Route], *, capabilities: Sequence[str] = ()) -> None:
        self._routes = tuple(routes)
        self.queues = tuple(dict.fromkeys(route.queue for route in self._routes))
        declared = (name for route in self._routes for name in route.capabilities)
        self.capabilities = tuple(dict.fromkeys((*capabilities, *declared)))
        """What the worker's claims offer: all that it or one of its handlers can do."""

    def find(self, claim: Claim) -> Callable[..., Any] | None:
        """The handler of the task's category, else one without a category. Among equals goes first who
        declares all that the task requires, then who declares least."""
        fitting = [
            route
            for route in self._routes
            if route.queue == claim.queue and route.category in ("", claim.category)
        ]
        if not fitting:
            return None

        def rank(route: Route) -> tuple[bool, bool, int]:
            is_able = set(claim.capabilities) <= set(route.capabilities)
            return bool(route.category), is_able, -len(route.capabilities)

        return max(fitting, key=rank).handler
