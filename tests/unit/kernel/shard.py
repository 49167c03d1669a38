"""A shard without a store: decides, applies, keeps every row, and can be started again from its rows."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from interlock.kernel.apply import apply, decode_event, encode_event
from interlock.kernel.border import make_command
from interlock.kernel.command import Command, Event, Refusal, Reply
from interlock.kernel.decide import VERBS, decide
from interlock.kernel.letters import GetDeadLetters, page_of
from interlock.kernel.rows import Loader, PackedRow, decode_row, pack_rows
from interlock.kernel.state import State
from interlock.kernel.tick import decide_alarm
from interlock.kernel.topic.receive import GetEvents, decide_get_events, wanted_events
from interlock.kernel.wants import missing_rows

START_US = 1_800_000_000_000_000
ALARM_ROUNDS_MAX = 10_000
OPEN = 1
DEAD = 2


class Shard:
    """One shard in memory. `log` holds every event as it would be stored; `rows` the rows a store would hold."""

    def __init__(self) -> None:
        self.state = State("0")
        self.now_us = START_US
        self.log: list[str] = []
        self.rows: dict[tuple[str, str], PackedRow] = {}

    def do(self, verb: str, **fields: Any) -> Any:
        """Sends a command built from foreign values at the border."""
        return self.send(make_command(VERBS[verb], fields))

    def send(self, command: Command) -> Reply:
        """Decides a command and logs its events; decides it twice to see that deciding changes nothing."""
        self.fetch(command)
        first = decide(self.state, command, self.now_us)
        again = decide(self.state, command, self.now_us)
        assert msgspec.json.encode(first) == msgspec.json.encode(again)
        events, reply = again
        self.keep(events)
        return reply

    def fetch(self, command: Command) -> None:
        """Puts the finished things that the command speaks of at hand, as the hub does."""
        asked: set[tuple[str, str]] = set()
        while wanted := set(missing_rows(self.state, command)) - asked:
            asked |= wanted
            self.bring(wanted)

    def bring(self, wanted: set[tuple[str, str]]) -> None:
        """Puts the finished ones among these rows at hand."""
        for key in wanted & self.rows.keys():
            if self.rows[key][5] != OPEN:
                self.state.closed[key] = decode_row(key[0], self.rows[key][-1])

    def keep(self, events: Sequence[Event]) -> None:
        """Applies events as they come back from their stored text, and packs the rows."""
        for event in events:
            text = encode_event(event)
            self.log.append(text)
            apply(self.state, decode_event(text))
        for row in pack_rows(self.state):
            if row[-1]:
                self.rows[row[0], row[1]] = row
            else:
                self.rows.pop((row[0], row[1]), None)

    def advance(self, seconds: float) -> None:
        """Lets time pass and rings every alarm on its way, at its own time."""
        until_us = self.now_us + int(seconds * 1_000_000)
        for _ in range(ALARM_ROUNDS_MAX):
            next_us = self.state.alarms.next_us()
            if next_us is None or next_us > until_us:
                break
            self.now_us = max(self.now_us, next_us)
            self.tick()
        else:
            raise AssertionError("the alarms never come to rest")
        self.now_us = until_us

    def sleep_through(self, seconds: float) -> None:
        """Lets time pass while nobody looks at the alarms, as when the hub is down."""
        self.now_us += int(seconds * 1_000_000)

    def tick(self) -> None:
        """Rings what is due now, one round."""
        for key in self.state.alarms.ringing(self.now_us, limit=200):
            events = decide_alarm(self.state, key, self.now_us)
            if not events:
                self.state.alarms.clear(key)
            self.keep(events)

    def restart(self, *, grace_s: float = 0.0) -> None:
        """Goes on with what a hub would load: the open rows alone, and the finished ones when they are asked for."""
        head = self.state.head
        self.fold_equals_rows()
        self.state = State("0")
        loader = Loader(self.state)
        for (kind, id), row in self.rows.items():
            if row[5] == OPEN:
                loader.add(kind, id, row[-1])
        loader.finish(head=head, lease_floor_us=self.now_us + int(grace_s * 1_000_000))
        self.state.woken.clear()

    def fold_equals_rows(self) -> None:
        """The rows kept on the way are those that the log alone gives."""
        other = Shard()
        for text in self.log:
            other.keep_applied(text)
        assert other.rows == self.rows

    def keep_applied(self, text: str) -> None:
        """Applies one stored event and packs its rows."""
        apply(self.state, decode_event(text))
        for row in pack_rows(self.state):
            if row[-1]:
                self.rows[row[0], row[1]] = row
            else:
                self.rows.pop((row[0], row[1]), None)

    def get_events(self, topic: str, group: str, **fields: Any) -> Any:
        """Reads a topic as the hub does: asks what is wanted, reads it from the log, and decides."""
        command = make_command(GetEvents, {"topic": topic, "group": group, **fields})
        wanted = wanted_events(self.state, command)
        again = [(pos, body) for pos, body in self.topic(topic) if pos in wanted.positions]
        fresh = [(pos, body) for pos, body in self.topic(topic) if pos > wanted.after]
        available = again + fresh[: wanted.limit]
        events, reply = decide_get_events(self.state, command, self.now_us, available=available)
        self.keep(events)
        return reply

    def topic(self, name: str) -> list[tuple[int, str]]:
        """The stored events of a topic, as a store finds them by their field `topic`."""
        numbered = enumerate(self.log, start=1)
        return [(pos, body) for pos, body in numbered if json.loads(body).get("topic") == name]

    def dead_letters(self, **fields: Any) -> Any:
        """Lists dead letters as the hub does: from the rows of phase 2, in the store's order."""
        rows = sorted(
            (kind, id, row[-1]) for (kind, id), row in self.rows.items() if row[5] == DEAD
        )
        return page_of(make_command(GetDeadLetters, fields), rows)

    def events(self, *kinds: str) -> list[Any]:
        """The logged events of these types, in order; all without a type."""
        found = [decode_event(text) for text in self.log]
        return [event for event in found if not kinds or type(event).__name__ in kinds]

    def status_of(self, kind: str, id: str) -> str:
        """The status column of a row."""
        return self.rows[kind, id][3]


def refused(reply: Reply, code: str) -> Refusal:
    """The refusal, which must have this code."""
    assert isinstance(reply, Refusal), reply
    assert reply.code == code, reply
    return reply
