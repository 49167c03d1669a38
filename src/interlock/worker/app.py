"""An agent as its author writes it: a name and its handlers, without a plane."""

from collections.abc import Callable, Sequence
from typing import TypeVar, Unpack

from interlock.plane import Plane
from interlock.worker.route import Route
from interlock.worker.settings import Options
from interlock.worker.shift import Shift
from interlock.worker.worker import Post, Worker

H = TypeVar("H", bound=Callable[..., object])


class App:
    """Handlers under one agent's name. `run` works on a plane; `interlock worker module:app` does it in
    processes of its own. The options are those of `Worker`."""

    def __init__(
        self,
        agent: str,
        *,
        capabilities: Sequence[str] = (),
        groups: Sequence[str] = (),
        description: str = "",
        **options: Unpack[Options],
    ) -> None:
        self.agent = agent
        self._capabilities = tuple(capabilities)
        self._groups = tuple(groups)
        self._description = description
        self._options = options
        self._routes: list[Route] = []
        self._posts: list[Callable[[Shift], Post]] = []
        self._worker: Worker | None = None

    def handler(
        self, *, queue: str = "default", category: str = "", capabilities: Sequence[str] = ()
    ) -> Callable[[H], H]:
        """Decorates a handler for the tasks of a queue, or those of one category."""

        def add(handler: H) -> H:
            route = Route(
                handler=handler,
                queue=queue,
                category=category,
                capabilities=tuple(capabilities),
            )
            self._routes.append(route)
            return handler

        return add

    async def run(self, plane: Plane, *, handle_signals: bool = False, session: str = "") -> None:
        """Works on a plane until `stop`; see `Worker.run`."""
        self._worker = Worker(
            plane,
            agent=self.agent,
            capabilities=self._capabilities,
            routes=self._routes,
            posts=self._posts,
            groups=self._groups,
            description=self._description,
            session=session,
            **self._options,
        )
        await self._worker.run(handle_signals=handle_signals)

    def stop(self) -> None:
        """Drains the worker that runs; see `Worker.stop`."""
        if self._worker is not None:
            self._worker.stop()
