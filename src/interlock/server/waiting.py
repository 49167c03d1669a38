"""Calls that wait under a key. When the key opens nothing any more, they are given up."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from interlock.hub.batch import follow
from interlock.hub.hub import Hub
from interlock.kernel.access.model import channel_of
from interlock.kernel.command import Refusal, Reply
from interlock.server.caller import Caller

NO_KEY: Final = Refusal(
    code="unauthenticated", message="a key is needed, and this one, if it is one, opens nothing"
)
"""Whatever is wrong with a credential, this is all that is told."""

Call = tuple[Caller, asyncio.Future[Reply]]
"""Who waits, and the answer of the hub."""


class Waiting:
    """The long polls of all callers, by key. `is_alive` tells whether a caller's credential still opens."""

    def __init__(self, is_alive: Callable[[Caller], bool]) -> None:
        self._is_alive = is_alive
        self._calls: dict[tuple[str, str], dict[asyncio.Future[Reply], Call]] = {}

    def add(self, hub: Hub, caller: Caller, answer: asyncio.Future[Reply]) -> asyncio.Future[Reply]:
        """The answer, or a refusal if the key ends first."""
        shown: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        follow(answer, shown)
        key = (caller.namespace, caller.key_id)
        if key not in self._calls:
            self._calls[key] = {}
            self._listen(hub, key)
        calls = self._calls[key]
        calls[shown] = (caller, answer)
        shown.add_done_callback(lambda done: calls.pop(done, None))
        return shown

    def _listen(self, hub: Hub, key: tuple[str, str]) -> None:
        news = hub.listen(channel_of(key[1]))
        news.add_done_callback(partial(self._look, hub, key))

    def _look(self, hub: Hub, key: tuple[str, str], news: asyncio.Future[None]) -> None:
        """Something happened to the key: who waits with a secret that is over gets no more."""
        del news
        calls = self._calls[key]
        over = [shown for shown, call in calls.items() if not self._is_alive(call[0])]
        for shown in over:
            _, answer = calls.pop(shown)
            if not shown.done():
                shown.set_result(NO_KEY)
            answer.cancel()
        if calls:
            self._listen(hub, key)
        else:
            del self._calls[key]
