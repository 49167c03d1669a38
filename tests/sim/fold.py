"""Folds the durable log and compares: rows == fold(events) == what a hub holds == what the oracle believes."""

from typing import TYPE_CHECKING, Any

import msgspec

from interlock.hub.hub import Hub
from interlock.kernel.apply import apply, decode_event
from interlock.kernel.rows import pack_rows
from interlock.kernel.state import State
from interlock.store.memory import MemoryLedger
from tests.sim.task_model import HELD
from tests.sim.violation import Violation

if TYPE_CHECKING:
    from tests.sim.oracle import Oracle

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder().decode


class Fold:
    """A second state, made of nothing but the log."""

    def __init__(self, ledger: MemoryLedger, oracle: "Oracle") -> None:
        self._ledger = ledger
        self._oracle = oracle
        self._state = State("0")
        self._rows: dict[tuple[str, str], tuple[Any, ...]] = {}

    def compare(self) -> None:
        """The rows that the new events touched are those on the disk; the oracle agrees with them."""
        self._oracle.catch_up()
        state, events = self._state, self._ledger.events
        for text in events[state.head :]:
            apply(state, decode_event(text))
        for kind, id, *columns in pack_rows(state):
            on_disk = self._ledger.rows.get((kind, id))
            if not columns[-1]:
                self._rows.pop((kind, id), None)
                if on_disk is not None:
                    raise Violation("rows_are_the_fold_of_the_log", f"{kind} {id} is still there")
                continue
            self._rows[kind, id] = tuple(columns)
            if on_disk is None:
                raise Violation("rows_are_the_fold_of_the_log", f"{kind} {id} is missing")
            row = (on_disk.queue, on_disk.status, on_disk.pos, on_disk.phase, bytes(on_disk.body))
            if row != tuple(columns):
                raise Violation(
                    "rows_are_the_fold_of_the_log",
                    f"{kind} {id}: {row[-1]!r} is not {columns[-1]!r}",
                )
            self._compare_beliefs(kind, id, columns)

    def compare_all(self) -> None:
        """No row is on the disk that the log does not give."""
        self.compare()
        extra = self._ledger.rows.keys() ^ self._rows.keys()
        if extra:
            raise Violation(
                "rows_are_the_fold_of_the_log", f"only on one side: {sorted(extra)[:5]}"
            )

    def _compare_beliefs(self, kind: str, id: str, columns: list[Any]) -> None:
        """The kernel's fold tells the same story as the oracle's own."""
        if kind == "task":
            body = decode(columns[-1])
            task = self._oracle.tasks.tasks[id]
            told = (
                body["status"], body.get("fence", 0), body.get("attempt", 0), body.get("failures", 0),
                body.get("holder_agent", ""), body.get("lease_until_us", 0), set(body.get("needs_open", ())),
            )  # fmt: skip
            is_held = task.status in HELD
            believed = (
                task.status, task.fence, task.attempt, task.failures, task.agent if is_held else "",
                task.lease_until_us if is_held else 0, task.needs_open,
            )  # fmt: skip
        elif kind == "delivery":
            body = decode(columns[-1])
            delivery = self._oracle.mail.deliveries[id]
            told = (
                body.get("status", "waiting"),
                body.get("delivery_count", 0),
                body["expires_us"],
            )
            believed = (delivery.status, delivery.count, delivery.expires_us)
        else:
            return
        if told != believed:
            raise Violation("rows_tell_the_story_of_the_log", f"{id}: {told} is not {believed}")

    def compare_hub(self, hub: Hub) -> None:
        """A hub with nothing on its way holds exactly the open rows, and counts them right."""
        state = hub.state
        counted: dict[str, dict[str, int]] = {}
        held = {
            "task": state.tasks,
            "content": state.contents,
            "message": state.messages,
            "delivery": state.deliveries,
            "agent": state.agents,
            "session": state.sessions,
            "subscription": state.subscriptions,
            "program": state.programs,
            "key": state.keys,
        }
        seen = 0
        for (kind, id), row in self._ledger.rows.items():
            if row.phase != 1 or kind not in held:
                continue
            seen += 1
            stored = held[kind].get(id)
            if stored is None or encode(stored) != bytes(row.body):
                raise Violation("a_hub_holds_what_is_durable", f"{kind} {id}: {stored}")
            if kind == "task":
                counts = counted.setdefault(row.queue, {})
                counts[row.status] = counts.get(row.status, 0) + 1
        if seen != sum(len(things) for things in held.values()):
            raise Violation("a_hub_holds_what_is_durable", "it holds more than the open rows")
        self._compare_indexes(state)
        kept = {
            queue: {status: count for status, count in counts.items() if count}
            for queue, counts in state.counts.items()
        }
        if {queue: counts for queue, counts in kept.items() if counts} != counted:
            raise Violation("counters_are_kept_right", f"{kept} is not {counted}")

    def _compare_indexes(self, state: State) -> None:
        """What lists and the fleet are made of is what the rows say."""
        rows = self._ledger.rows.values()
        bodies = [(row, decode(bytes(row.body))) for row in rows]
        tasks = [(row, body) for row, body in bodies if row.kind == "task"]
        letters = [(row, body) for row, body in bodies if row.kind == "delivery"]
        told: list[tuple[str, object, object]] = []

        standing: dict[tuple[str, str], list[int]] = {}
        held: dict[str, set[str]] = {}
        ended: dict[str, int] = {}
        for row, body in tasks:
            if row.phase == 1:
                standing.setdefault((row.queue, row.status), []).append(body["pos"])
            else:
                ended[row.status] = ended.get(row.status, 0) + 1
            if row.status in HELD:
                held.setdefault(body.get("holder_agent", ""), set()).add(row.id)
        kept_standing = {
            (queue, status): list(positions.above(0))
            for queue, statuses in state.directory.standing.items()
            for status, positions in statuses.items()
            if positions
        }
        told.append(("standing", kept_standing, {key: sorted(of) for key, of in standing.items()}))
        told.append(
            ("held", {agent: set(ids) for agent, ids in state.directory.held.items()}, held)
        )
        told.append(("ended", {k: v for k, v in state.tally.ended.items() if v}, ended))

        sessions: dict[str, set[str]] = {}
        for row, body in bodies:
            if row.kind == "session" and row.phase == 1:
                sessions.setdefault(body["agent"], set()).add(row.id)
        kept_sessions = {agent: set(ids) for agent, ids in state.directory.sessions.items()}
        told.append(("sessions", kept_sessions, sessions))

        overdue = {
            row.id
            for row, body in letters
            if row.phase == 1
            and body.get("delivery_count", 0) > (1 if row.status == "handed_out" else 0)
        }
        told.append(("overdue", set(state.directory.overdue), overdue))
        sent = sorted(
            body["pos"] for row, body in bodies if row.kind == "message" and row.phase == 1
        )
        told.append(("messages", list(state.directory.messages.above(0)), sent))
        targets = {row.id: row.queue for row, _ in bodies if row.kind == "message"}
        members: dict[str, set[str]] = {}
        for row, body in letters:
            if row.phase == 1 and targets[body["message_id"]] != row.queue:
                members.setdefault(body["message_id"], set()).add(row.queue)
        kept_members = {id: set(of) for id, of in state.directory.members.items()}
        told.append(("members", kept_members, members))
        dead = sum(1 for row, _ in letters if row.phase == 2)
        told.append(("dead letters", state.tally.dead_messages, dead))
        for name, found, expected in told:
            if found != expected:
                raise Violation("counters_are_kept_right", f"{name}: {found} is not {expected}")
