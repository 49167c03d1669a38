"""An event loop whose clock jumps: when nothing is ready, the next timer is due at once. Sockets work as ever."""

import asyncio
import selectors


class _JumpingSelector(selectors.DefaultSelector):
    """Looks for what is ready, and passes the time that it was told to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.passed_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("everybody waits, and nothing will ever wake anybody")
        if not ready and timeout is not None:
            self.passed_s += max(0.0, timeout)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Time passes only while everybody waits. It begins at 0."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.passed_s
