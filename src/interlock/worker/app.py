"""An agent as its author writes it: a name and its handlers, without a plane."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeVar, Unpack

from interlock.plane import Plane
from interlock.worker.desk import UNASKED_TYPES, MessageType
from interlock.worker.inbox import LIMIT_S, Inbox
from interlock.worker.route import Route
from interlock.worker.settings import Options
from interlock.worker.shift import Shift
from interlock.worker.source import Feed, Mailbox
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

    def on_message(self, *message_types: MessageType, limit_s: float = LIMIT_S) -> Callable[[H], H]:
        """Decorates a handler `(message, ctx)` for messages to the agent: those of the given types, or all
        but RESULT, which belongs to whoever asked. It may take `limit_s` seconds."""
        types = message_types or UNASKED_TYPES

        def add(listener: H) -> H:
            self._posts.append(
                lambda shift: Inbox(
                    shift,
                    source=Mailbox(shift, message_types=types),
                    listener=listener,
                    limit_s=limit_s,
                )
            )
            return listener

        return add

    def on(
        self,
        topic: str,
        *,
        group: str,
        from_position: int | Literal["now", "start"] = "now",
        limit_s: float = LIMIT_S,
    ) -> Callable[[H], H]:
        """Decorates a handler `(event, ctx)` for the events of a topic.

        Each event goes to one member of the group. The subscription is durable: what is published while
        nobody runs comes later. `from_position` says where a new group begins. The handler may take `limit_s`
        seconds.
        """

        def add(listener: H) -> H:
            def make(shift: Shift) -> Inbox:
                feed = Feed(shift, topic=topic, group=group, from_position=from_position)
                return Inbox(shift, source=feed, listener=listener, limit_s=limit_s)

            self._posts.append(make)
            return listener

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
