"""Worker processes under supervision: who crashes is started again, who must go may finish first."""

import asyncio
import contextlib
import logging
import os
import random
import signal
import sys
import uuid
from collections import deque
from collections.abc import Sequence
from typing import Final, Self

from interlock.worker.failure import PoolExhausted

KEY_VARIABLE: Final = "INTERLOCK_KEY"
"""The environment variable that holds the key of a worker process."""

LOGGER: Final = logging.getLogger("interlock.worker.pool")

RESTARTS_PER_MINUTE: Final = 30
"""More than this is no accident any more."""

KILL_AFTER_S: Final = 45.0
"""Longer than a worker's own drain and grace: only what hangs is killed."""

_PAUSE_S: Final = (0.05, 10.0)
"""The first and the longest pause before a child that crashes again and again is started."""

_STEADY_S: Final = 30.0
"""A child that ran so long has not crashed again and again."""


class ProcessPool:
    """`processes` children that run the app `target` and connect to the hub at `connect`, with `key` if that is a
    server's URL.

    Used as an async context manager, which drains them at its end. A child that ends with status 0 has been
    told to go and is not replaced; any other is started again with a fresh session.
    """

    def __init__(
        self,
        target: str,
        *,
        connect: str,
        key: str = "",
        processes: int = 1,
        arguments: Sequence[str] = (),
        log: str = "plain",
        kill_after_s: float = KILL_AFTER_S,
        restarts_per_minute: int = RESTARTS_PER_MINUTE,
    ) -> None:
        self._command = (target, *arguments, "--connect", str(connect), "--log", log, "--child")
        # A command line can be read by everybody on the machine, an environment only by this user.
        self._environment = {**os.environ, KEY_VARIABLE: key}
        self._processes = processes
        self._kill_after_s = kill_after_s
        self._restarts_per_minute = restarts_per_minute
        self._recent: deque[float] = deque()
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()
        self.restarts = 0
        """How many children were started again."""

    @property
    def sessions(self) -> dict[str, int]:
        """The process id of each running child, by its session."""
        return {session: process.pid for session, process in self._running.items()}

    @property
    def pids(self) -> list[int]:
        """The process ids of the running children."""
        return list(self.sessions.values())

    async def __aenter__(self) -> Self:
        for _ in range(self._processes):
            self._keepers.append(asyncio.create_task(self._keep()))
        return self

    async def __aexit__(self, *_: object) -> None:
        if not self._stopping.is_set():
            self.stop()
        await asyncio.gather(*self._keepers, return_exceptions=True)

    def stop(self) -> None:
        """Sends SIGTERM to the children, so that they finish or release what they hold. Called again, it
        hurries them by SIGINT: two signals of one kind may arrive as one. Who is not gone after
        `kill_after_s` is killed."""
        if self._stopping.is_set():
            self._signal(signal.SIGINT)
            return
        self._stopping.set()
        asyncio.get_running_loop().call_later(self._kill_after_s, self._signal, signal.SIGKILL)
        self._signal(signal.SIGTERM)

    async def wait(self) -> None:
        """Returns when all children are gone for good. Raises `PoolExhausted` after the others drained."""
        await asyncio.wait(self._keepers)
        for keeper in self._keepers:
            keeper.result()

    async def _keep(self) -> None:
        """One place in the pool: a child, and its successors."""
        pause_s = _PAUSE_S[0]
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            started_s = loop.time()
            status = await self._run_child()
            if status == 0 or self._stopping.is_set():
                return
            LOGGER.warning("a worker process ended with status %d: starting another", status)
            self._count_restart(loop.time())
            if loop.time() - started_s > _STEADY_S:
                pause_s = _PAUSE_S[0]
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(random.uniform(pause_s / 2, pause_s)):
                    await self._stopping.wait()
            pause_s = min(_PAUSE_S[1], pause_s * 2)

    async def _run_child(self) -> int:
        session = str(uuid.uuid4())
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "interlock.worker",
            *self._command,
            "--session",
            session,
            stdin=asyncio.subprocess.PIPE,
            env=self._environment,
            process_group=0,  # a Ctrl-C in the terminal is for the parent, which passes it on once
        )
        self._running[session] = process
        try:
            if self._stopping.is_set():
                process.terminate()
            return await process.wait()
        except asyncio.CancelledError:
            process.kill()
            raise
        finally:
            del self._running[session]

    def _count_restart(self, now_s: float) -> None:
        self.restarts += 1
        self._recent.append(now_s)
        while self._recent and self._recent[0] < now_s - 60:
            self._recent.popleft()
        if len(self._recent) > self._restarts_per_minute:
            if not self._stopping.is_set():
                self.stop()
            raise PoolExhausted(
                f"worker processes crashed {len(self._recent)} times within a minute; "
                f"{self._restarts_per_minute} restarts are allowed: see their logs for the reason"
            )

    def _signal(self, number: signal.Signals) -> None:
        for process in self._running.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)
