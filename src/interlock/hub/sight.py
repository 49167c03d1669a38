"""What an answer from memory and store together is made of."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NamedTuple

from interlock.kernel.command import Reply
from interlock.kernel.state import State
from interlock.store.contract import Store


class Sight(NamedTuple):
    """The state and the store of a hub, as they are when a question is asked."""

    state: State
    store: Store
    now_us: int
    until_durable: Callable[[Reply], Awaitable[Reply]]
    """Gives the reply back when all that was decided before is durable; another one if it is untrue by then."""


Survey = Callable[[Any, Sight], Coroutine[Any, Any, Reply]]
"""Answers a command without deciding anything."""
