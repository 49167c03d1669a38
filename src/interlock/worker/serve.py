"""One worker process from its command line to its exit status."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from interlock.kernel.errors import InterlockError
from interlock.plane import BadKey, Plane, connect
from interlock.worker.app import App
from interlock.worker.failure import HandlerStuck
from interlock.worker.log import LOGGER, JsonFormatter
from interlock.worker.patience import FIRST_S, LONGEST_S
from interlock.worker.pool import KILL_AFTER_S, RESTARTS_PER_MINUTE, ProcessPool
from interlock.worker.target import load_app

CONNECT_S: Final = 30.0
"""How long a worker waits for its hub at the start: as long as a connected one waits for its return."""

ORPHAN_S: Final = 5.0
"""How long a child whose parent died may take to give back what it holds. Its hub may have died, too."""

EXIT_FAILED: Final = 1
EXIT_STUCK: Final = 70

LogStyle = Literal["plain", "json", "none"]


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to run, and where: `connect` and `key` are what `interlock.connect` takes. `is_child` ties the process
    to its standard input: it ends with its parent."""

    target: str
    connect: str
    key: str = ""
    arguments: Sequence[str] = ()
    processes: int = 1
    session: str = ""
    log: LogStyle = "plain"
    is_child: bool = False
    kill_after_s: float = KILL_AFTER_S
    restarts_per_minute: int = RESTARTS_PER_MINUTE


def main(order: Order) -> int:
    """Carries an order out and returns the exit status: 0 when drained."""
    _set_up_log(order.log)
    try:
        asyncio.run(_serve_alone(order) if order.processes == 1 else _serve_pool(order))
    except HandlerStuck as error:
        LOGGER.error("%s", error)
        logging.shutdown()
        os._exit(EXIT_STUCK)
    except InterlockError as error:
        LOGGER.error("%s: %s", type(error).__name__, error)
        return EXIT_FAILED
    return 0


async def _serve_alone(order: Order) -> None:
    app = load_app(order.target, arguments=order.arguments)
    async with contextlib.AsyncExitStack() as stack:
        if order.is_child:
            _end_with_parent(app)
        plane = await _connected(stack, order.connect, key=order.key)
        await app.run(plane, handle_signals=True, session=order.session)


async def _serve_pool(order: Order) -> None:
    load_app(order.target, arguments=order.arguments)
    pool = ProcessPool(
        order.target,
        connect=order.connect,
        key=order.key,
        processes=order.processes,
        arguments=order.arguments,
        log=order.log,
        kill_after_s=order.kill_after_s,
        restarts_per_minute=order.restarts_per_minute,
    )
    loop = asyncio.get_running_loop()
    async with pool:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, pool.stop)
        await pool.wait()


async def _connected(stack: contextlib.AsyncExitStack, address: str, *, key: str) -> Plane:
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + CONNECT_S
    pause_s = FIRST_S
    while True:
        try:
            return await stack.enter_async_context(connect(address, key=key))
        except BadKey:
            raise
        except InterlockError as error:
            if loop.time() + pause_s > deadline_s:
                raise
            LOGGER.warning("waiting for the hub: %s", error)
            await asyncio.sleep(pause_s)
            pause_s = min(LONGEST_S, pause_s * 2)


def _end_with_parent(app: App) -> None:
    """The parent holds the other end of this process's standard input; it closes however the parent ends."""
    loop = asyncio.get_running_loop()
    stdin = sys.stdin.fileno()

    def look() -> None:
        if not os.read(stdin, 4_096):
            loop.remove_reader(stdin)
            LOGGER.warning("the parent process is gone: stopping")
            app.stop()
            app.stop()
            loop.call_later(ORPHAN_S, os._exit, EXIT_FAILED)

    loop.add_reader(stdin, look)


def _set_up_log(style: LogStyle) -> None:
    if style == "none":
        LOGGER.addHandler(logging.NullHandler())
        return
    handler = logging.StreamHandler()
    if style == "json":
        handler.setFormatter(JsonFormatter())
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
