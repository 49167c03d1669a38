"""Which fence a key and a session were given for a task, so that a model need not carry the number along.

The fence of a claim that two unnamed processes of one key made one after the other is known to nobody: then the
caller has to say it.
"""

from collections import OrderedDict
from typing import Final

import msgspec

FENCES_MAX: Final = 50_000
"""Claims remembered; the oldest makes room, and its holder is looked up in the task, or says the fence."""

AMBIGUOUS: Final = -1


class Slot(msgspec.Struct, frozen=True):
    """Who was given fences: a key, or on an open server an agent, in one session."""

    namespace: str
    owner: str
    session: str
    """The session that the caller named, or that of the transport; empty where there is neither."""


class Fences:
    """The latest fence of each slot and task, in bounded memory."""

    def __init__(self, *, fences_max: int = FENCES_MAX) -> None:
        self._fences: OrderedDict[tuple[Slot, str], int] = OrderedDict()
        self._fences_max = fences_max

    def keep(self, slot: Slot, task_id: str, fence: int) -> None:
        """Remembers what a claim gave."""
        known = self._fences.get((slot, task_id), fence)
        self._fences[slot, task_id] = fence if slot.session or known == fence else AMBIGUOUS
        self._fences.move_to_end((slot, task_id))
        while len(self._fences) > self._fences_max:
            self._fences.popitem(last=False)

    def find(self, slot: Slot, task_id: str) -> int | None:
        """The fence, `AMBIGUOUS`, or nothing."""
        return self._fences.get((slot, task_id))
