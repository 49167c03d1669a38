"""Bugs between the hub and its store: answers, commits, owners."""

import asyncio
from contextlib import AbstractContextManager
from typing import Any

import msgspec

from interlock.hub.committer import Committer
from interlock.hub.hub import Hub
from interlock.store import memory
from interlock.store.contract import StoreError, chain_hash
from interlock.store.memory import MemoryStore
from tests.sim.bugs.bug import Bug, replaced

Plant = AbstractContextManager[object]


def _reply_before_commit() -> Plant:
    return replaced(Committer, "answer", lambda committer, reply, command: reply)


def _event_in_a_second_transaction() -> Plant:
    """The rows are written, and their events a little later."""
    append = MemoryStore._append

    def later(store: MemoryStore, ledger: Any, grant: Any, *, events: Any, now_us: int) -> int:
        loop = asyncio.get_running_loop()
        last: int = ledger.head + len(events)

        def write() -> None:
            if not store._is_closed and ledger.head + len(events) == last:
                append(store, ledger, grant, events=events, now_us=now_us)

        loop.call_soon(write)
        return last

    return replaced(MemoryStore, "_append", later)


def _rows_in_a_second_transaction() -> Plant:
    put = MemoryStore._put

    def later(store: MemoryStore, ledger: Any, puts: Any) -> None:
        def write() -> None:
            if not store._is_closed:
                put(store, ledger, puts)

        asyncio.get_running_loop().call_soon(write)

    return replaced(MemoryStore, "_put", later)


def _row_not_written() -> Plant:
    take = Hub._take_rows

    def without(hub: Hub) -> Any:
        return [row for row in take(hub) if row.kind != "step"]

    return replaced(Hub, "_take_rows", without)


def _memory_kept_after_a_failed_commit() -> Plant:
    load = Hub._load

    async def once(hub: Hub, *args: Any, **kwargs: Any) -> None:
        if not hub._is_reloading:
            await load(hub, *args, **kwargs)

    return replaced(Hub, "_load", once)


def _chain_over_other_bytes() -> Plant:
    def loose(previous: bytes, *, bodies: Any, **frame: Any) -> bytes:
        decoded = [msgspec.json.decode(body) for body in bodies]
        texts = [msgspec.json.encode(body, order="sorted").decode() for body in decoded]
        return chain_hash(previous, bodies=texts, **frame)

    return replaced(memory, "chain_hash", loose)


def _epoch_not_checked() -> Plant:
    admit = MemoryStore._admit

    def loose(store: MemoryStore, ledger: Any, grant: Any, *, head: int, events: Any) -> Any:
        if head == ledger.head:
            return None
        return admit(store, ledger, grant, head=head, events=events)

    return replaced(MemoryStore, "_admit", loose)


def _nobody_is_fenced() -> Plant:
    return replaced(MemoryStore, "_admit", lambda store, ledger, grant, *, head, events: None)


def _lost_commit_taken_for_landed() -> Plant:
    async def yes(committer: Committer) -> bool:
        return True

    return replaced(Committer, "_has_landed", yes)


def _unknown_told_as_undone() -> Plant:
    has_landed = Committer._has_landed

    async def careless(committer: Committer) -> bool:
        try:
            return await has_landed(committer)
        except StoreError as error:
            raise StoreError("nothing was done") from error

    return replaced(Committer, "_has_landed", careless)


_BROKEN_HISTORY = (
    "ids_name_their_position", "events_follow_the_lifecycle", "no_answer_before_the_commit",
    "rows_are_the_fold_of_the_log", "a_hub_holds_what_is_durable", "one_winner_at_a_time",
    "what_belongs_together_is_committed_together", "each_win_has_its_own_fence", "refusals_tell_the_truth",
    "a_request_id_acts_once", "refused_commands_change_nothing", "dependents_wait_for_their_needs",
    "a_stale_fence_writes_nothing", "the_holder_is_never_refused", "first_in_first_out",
    "the_highest_priority_goes_first", "rows_tell_the_story_of_the_log", "who_is_paused_claims_nothing",
    "only_its_latest_receipt_settles",
)  # fmt: skip

BUGS = (
    Bug(
        "reply before commit",
        _reply_before_commit,
        ("no_answer_before_the_commit", "refusals_tell_the_truth"),
    ),
    Bug(
        "event in a second transaction",
        _event_in_a_second_transaction,
        ("rows_are_the_fold_of_the_log", "no_answer_before_the_commit", "refusals_tell_the_truth"),
        "crashes",
    ),
    Bug(
        "rows in a second transaction",
        _rows_in_a_second_transaction,
        ("one_key_one_task", *_BROKEN_HISTORY),
        "crashes",
    ),
    Bug(
        "row not written",
        _row_not_written,
        ("rows_are_the_fold_of_the_log", "steps_outlive_their_attempt"),
    ),
    Bug(
        "memory kept after a failed commit",
        _memory_kept_after_a_failed_commit,
        (*_BROKEN_HISTORY, "everything_comes_to_an_end"),
        "disk",
    ),
    Bug("chain over other bytes", _chain_over_other_bytes, ("the_chain_covers_the_bytes",)),
    Bug("epoch not checked", _epoch_not_checked, ("an_old_owner_commits_nothing",), "owners"),
    Bug(
        "nobody is fenced",
        _nobody_is_fenced,
        ("an_old_owner_commits_nothing", *_BROKEN_HISTORY),
        "owners",
    ),
    Bug(
        "lost commit taken for landed",
        _lost_commit_taken_for_landed,
        (*_BROKEN_HISTORY, "everything_comes_to_an_end"),
        "disk",
    ),
    Bug(
        "unknown told as undone",
        _unknown_told_as_undone,
        ("refused_commands_change_nothing",),
        "disk",
    ),
)
