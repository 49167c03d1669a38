"""A worker: one agent's slots and inboxes during one session, from registration to drain."""

import asyncio
import contextlib
import signal
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, Protocol, Unpack

from interlock.kernel.errors import ConnectionLost, Refused
from interlock.plane import Plane
from interlock.worker.attempt import Handler
from interlock.worker.patience import Patience
from interlock.worker.route import Route, Routes
from interlock.worker.settings import Options, Settings
from interlock.worker.shift import Shift
from interlock.worker.slot import Slot
from interlock.worker.stage import Stage

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class Post(Protocol):
    """Something that takes work during a shift: a slot for tasks, an inbox, a subscription."""

    async def run(self) -> None:
        """Until the shift is over and what was taken is finished."""
        ...

    def interrupt(self) -> None:
        """Gives back what is being worked on."""
        ...


class Worker:
    """Claims tasks of `queues` as `agent` and runs `handler`, or the one of the task's category.

    `routes` are further handlers with queues of their own. `groups` and `description` become known of the
    agent. `docs/worker.md` tells the settings and the guarantees.
    """

    def __init__(
        self,
        plane: Plane,
        *,
        agent: str,
        handler: Handler | Mapping[str, Handler] | None = None,
        queues: Sequence[str] = ("default",),
        capabilities: Sequence[str] = (),
        routes: Sequence[Route] = (),
        posts: Sequence[Callable[[Shift], Post]] = (),
        groups: Sequence[str] = (),
        description: str = "",
        session: str = "",
        **options: Unpack[Options],
    ) -> None:
        self.agent = agent
        self.session = session or str(uuid.uuid4())
        self._plane = plane
        self._settings = Settings(**options)
        own = _routes_of(handler, queues) if handler is not None else []
        self._routes = Routes([*own, *routes], capabilities=capabilities)
        self._make_posts = tuple(posts)
        self._groups = tuple(groups)
        self._description = description
        self._shift: Shift | None = None
        self._is_stopped = False
        self._hurry = asyncio.Event()

    async def run(self, *, handle_signals: bool = False) -> None:
        """Works until `stop`, or with `handle_signals` until SIGTERM or SIGINT, and returns when drained.

        Raises what keeps it from working on, after it drained: `HandlerStuck`, `ConnectionLost`, a refusal.
        """
        with _signals(self.stop) if handle_signals else contextlib.nullcontext():
            async with Stage() as stage:
                shift = self._shift = Shift(
                    self._plane,
                    agent=self.agent,
                    session=self.session,
                    settings=self._settings,
                    stage=stage,
                )
                if self._is_stopped:
                    shift.stop()
                await self._enter(shift)
                await self._work(shift)

    def stop(self) -> None:
        """Takes nothing new; what runs may finish within `drain_s` and is then released. Called again, it
        leaves no more than `grace_s`."""
        if self._is_stopped:
            self._hurry.set()
        self._is_stopped = True
        if self._shift is not None:
            self._shift.stop()

    async def _enter(self, shift: Shift) -> None:
        patience = Patience(patience_s=self._settings.patience_s)
        await patience.insist(
            lambda: self._plane.register_agent(
                capabilities=self._routes.capabilities,
                groups=self._groups,
                description=self._description,
                agent=self.agent,
            )
        )
        await patience.insist(
            lambda: self._plane.open_session(
                self.session, agent=self.agent, request_id=f"open/{self.session}"
            )
        )
        shift.log.info("works on %s", ", ".join(self._routes.queues) or "messages and events")

    async def _work(self, shift: Shift) -> None:
        posts = [make(shift) for make in self._make_posts]
        if self._routes.queues:
            posts += [Slot(shift, self._routes) for _ in range(self._settings.concurrency)]
        running = [shift.loop.create_task(post.run()) for post in posts]
        all_done = asyncio.gather(*running, return_exceptions=True)
        try:
            await asyncio.wait({*running, shift.stopping}, return_when="FIRST_COMPLETED")
            shift.stop()
            await self._close_session(shift)
            await self._drain(shift, all_done)
        finally:
            shift.stop()
            shift.close()
            for post in posts:
                post.interrupt()
            outcomes = await all_done
            await shift.lookout.close()
            shift.log.info("stopped")
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _close_session(self, shift: Shift) -> None:
        """From its reply on the hub gives this session nothing more; until then a poll may still bring
        something, which must not be lost."""
        with contextlib.suppress(Refused, ConnectionLost, TimeoutError):
            async with asyncio.timeout(self._settings.grace_s):
                await self._plane.close_session(self.session, agent=self.agent)
        shift.close()

    async def _drain(
        self, shift: Shift, all_done: "asyncio.Future[list[BaseException | None]]"
    ) -> None:
        shift.log.info("draining")
        hurrying = shift.loop.create_task(self._hurry.wait())
        ends: list[asyncio.Future[Any]] = [all_done, hurrying]
        await asyncio.wait(ends, timeout=self._settings.drain_s, return_when="FIRST_COMPLETED")
        hurrying.cancel()


def _routes_of(handler: Handler | Mapping[str, Handler], queues: Sequence[str]) -> list[Route]:
    handlers = handler if isinstance(handler, Mapping) else {"": handler}
    return [
        Route(handler=one, queue=queue, category=category)
        for queue in queues
        for category, one in handlers.items()
    ]


@contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
