"""Where handlers run: a second event loop in a thread of its own, and a thread for each plain handler.

Nothing that a handler does here can stop the loop that sends the heartbeats. All threads are daemons: one that
never ends does not keep the process alive.
"""

import asyncio
import contextlib
import inspect
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Self


@dataclass(frozen=True)
class Outcome:
    """How a call ended: with a value or an error."""

    value: Any = None
    error: BaseException | None = None


_LAST_WORDS_S: Final = 1.0
"""How long what still runs when the stage ends may take to clean up after itself."""


class Running:
    """One call on the stage. `ended` belongs to the loop that started the call."""

    def __init__(self, home: asyncio.AbstractEventLoop) -> None:
        self._home = home
        self.ended: asyncio.Future[Outcome] = home.create_future()
        self.interrupt: Callable[[], None] = _nothing
        """Cancels the call where that is possible. It says nothing about when, or whether, the call ends."""

    def finish(self, outcome: Outcome) -> None:
        """Tells the end of the call, from any thread; nobody is told when the home loop is gone."""
        _quietly(self._home, lambda: self._set(outcome))

    def _set(self, outcome: Outcome) -> None:
        if not self.ended.done():
            self.ended.set_result(outcome)


class Stage:
    """Runs calls beside the loop that it was made on. Used as an async context manager."""

    def __init__(self) -> None:
        self._home = asyncio.get_running_loop()
        self.loop = asyncio.new_event_loop()
        self._gone: asyncio.Future[None] = self._home.create_future()
        self._thread = threading.Thread(target=self._serve, name="interlock-handlers", daemon=True)

    async def __aenter__(self) -> Self:
        self._thread.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Ends the loop. One that a handler blocks is left behind with its thread."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        await asyncio.wait({self._gone}, timeout=_LAST_WORDS_S)

    def run(self, call: Callable[..., Any], *arguments: Any) -> Running:
        """Starts a call: an async one on the stage's loop, a plain one in a thread."""
        running = Running(self._home)
        if is_async(call):
            self._run_async(running, call, arguments)
        else:
            _in_thread(lambda: running.finish(self._called(call, arguments)))
        return running

    def _run_async(
        self, running: Running, call: Callable[..., Any], arguments: tuple[Any, ...]
    ) -> None:
        tasks: list[asyncio.Task[None]] = []

        def begin() -> None:
            tasks.append(self.loop.create_task(_guard(running, call, arguments)))
            tasks[0].add_done_callback(
                lambda _: running.finish(Outcome(error=asyncio.CancelledError()))
            )

        def cancel() -> None:
            tasks[0].cancel()

        self.loop.call_soon_threadsafe(begin)
        running.interrupt = lambda: _quietly(self.loop, cancel)

    def _called(self, call: Callable[..., Any], arguments: tuple[Any, ...]) -> Outcome:
        outcome = _outcome_of(lambda: call(*arguments))
        if outcome.error is None and inspect.isawaitable(outcome.value):
            awaited = asyncio.run_coroutine_threadsafe(_awaited(outcome.value), self.loop)
            return _outcome_of(awaited.result)
        return outcome

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
            left = asyncio.all_tasks(self.loop)
            for task in left:
                task.cancel()
            if left:
                self.loop.run_until_complete(asyncio.wait(left, timeout=_LAST_WORDS_S / 2))
        finally:
            self.loop.close()
            _quietly(self._home, lambda: self._gone.set_result(None))


def is_async(call: Callable[..., Any]) -> bool:
    """Whether the call is `async def`, a callable object of that kind included."""
    return inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(
        getattr(call, "__call__", None)  # noqa: B004
    )


async def call_on_loop(call: Callable[[], Any]) -> Any:
    """The result of a call without arguments: an async one is awaited, a plain one gets a thread meanwhile."""
    if is_async(call):
        return await call()
    running = Running(asyncio.get_running_loop())
    _in_thread(lambda: running.finish(_outcome_of(call)))
    outcome = await running.ended
    if outcome.error is not None:
        raise outcome.error
    return await outcome.value if inspect.isawaitable(outcome.value) else outcome.value


async def _guard(running: Running, call: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """Even an exit that a handler asks for ends the handler and not the stage. One that is cancelled before
    its first step never comes here."""
    try:
        outcome = Outcome(value=await call(*arguments))
    except BaseException as error:  # noqa: BLE001
        outcome = Outcome(error=error)
    running.finish(outcome)


def _outcome_of(call: Callable[[], Any]) -> Outcome:
    try:
        return Outcome(value=call())
    except BaseException as error:  # noqa: BLE001
        return Outcome(error=error)


async def _awaited(value: Any) -> Any:
    return await value


def _in_thread(call: Callable[[], None]) -> None:
    threading.Thread(target=call, name="interlock-handler", daemon=True).start()


def _quietly(loop: asyncio.AbstractEventLoop, call: Callable[[], object]) -> None:
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(call)


def _nothing() -> None:
    """A thread cannot be cancelled."""
