"""Follows the durable log: dense positions, an unbroken chain, time that never runs backwards."""

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec

from interlock.store.memory import MemoryLedger
from tests.sim.violation import Violation

Event = dict[str, Any]
decode = msgspec.json.Decoder().decode


class LedgerWatch:
    """Reads what is new on the disk, checks its frame, and hands each event on as plain JSON."""

    def __init__(
        self,
        ledger: MemoryLedger,
        *,
        take: Callable[[str, Event, int], None],
        end_commit: Callable[[], None],
    ) -> None:
        self.ledger = ledger
        self.head = 0
        self.at_us = 0
        self.event_us = 0
        self._take = take
        self._end_commit = end_commit
        self._links = 0
        self.epoch = 0
        """The last owner known: none before it may commit any more."""
        self._hash = bytes(32)

    def catch_up(self) -> None:
        """Takes every commit that has become durable since the last call."""
        links = self.ledger.links
        if self._links == len(links):
            if len(self.ledger.events) != self.head:
                raise Violation(
                    "events_lie_in_commits", f"{len(self.ledger.events)} events, head {self.head}"
                )
            return
        if len(links) < self._links or (self._links and links[self._links - 1].hash != self._hash):
            raise Violation("history_is_never_rewritten", f"behind position {self.head}")
        while self._links < len(links):
            self._check(links[self._links])
            self._links += 1

    def _check(self, link: Any) -> None:
        if link.first != self.head + 1 or link.last < link.first:
            raise Violation(
                "positions_are_dense", f"{link.first} to {link.last} behind {self.head}"
            )
        if link.epoch < self.epoch:
            raise Violation("an_old_owner_commits_nothing", f"{link.epoch} after {self.epoch}")
        if link.at_us < self.at_us:
            raise Violation("time_never_runs_backwards", f"{link.at_us} after {self.at_us}")
        texts = self.ledger.events[link.first - 1 : link.last]
        digest = hashlib.sha256("\n".join(texts).encode()).digest()
        frame = f"{link.epoch} {link.first} {link.last} {link.at_us}\n".encode()
        if hashlib.sha256(self._hash + frame + digest).digest() != link.hash:
            raise Violation("the_chain_covers_the_bytes", f"commit {link.first} to {link.last}")
        self._hash, self.epoch = link.hash, link.epoch
        for text in texts:
            event = decode(text)
            at_us = event["at_us"]
            if at_us < self.event_us or at_us > link.at_us:
                raise Violation(
                    "time_never_runs_backwards", f"event at {at_us} after {self.event_us}"
                )
            self.event_us = at_us
            self.head += 1
            self._take(event["type"], event, self.head)
        self.at_us = link.at_us
        self._end_commit()
