"""Any moment of the past can be looked at again."""

import pytest

from interlock.kernel.rows import PackedRow, pack_rows
from interlock.observe.fault import LedgerWrong
from interlock.observe.replay import PositionAhead, fold_rate, replay_to
from interlock.store.contract import Row
from interlock.store.memory import MemoryLedger, MemoryStore
from tests.unit.observe.scribe import Scribe, tell_story


class Witness(MemoryStore):
    """Remembers the rows as they stood after each commit."""

    def __init__(self) -> None:
        super().__init__()
        self.moments: dict[int, list[PackedRow]] = {}

    def _put(self, ledger: MemoryLedger, puts: object) -> None:
        super()._put(ledger, puts)  # type: ignore[arg-type]
        self.moments[ledger.head] = [as_packed(row) for _, row in sorted(ledger.rows.items())]


def as_packed(row: Row) -> PackedRow:
    return row.kind, row.id, row.queue, row.status, row.pos, row.phase, bytes(row.body)


async def test_the_state_after_each_commit_comes_back_as_it_was() -> None:
    witness = Witness()
    await tell_story(await Scribe.own(witness))
    assert len(witness.moments) > 20
    for position, rows in witness.moments.items():
        state = await replay_to(witness, position)
        assert state.head == position
        assert sorted(row for row in pack_rows(state) if row[-1]) == rows


async def test_before_the_first_event_there_is_nothing(store: MemoryStore, ids: object) -> None:
    state = await replay_to(store, 0)
    assert (state.head, pack_rows(state)) == (0, [])


async def test_a_position_that_has_not_come_yet_is_refused_with_the_end(
    store: MemoryStore, ledger: MemoryLedger
) -> None:
    with pytest.raises(PositionAhead, match=f"the log ends at {ledger.head}") as raised:
        await replay_to(store, ledger.head + 1)
    assert raised.value.head == ledger.head


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"type":"TaskTeleported","at_us":1}', "undecodable"),
        ('{"type":"TaskCancelled","at_us":1,"task_id":"task-0-999"}', "inapplicable"),
    ],
)
async def test_a_replay_stops_at_an_event_that_cannot_be(
    store: MemoryStore, ledger: MemoryLedger, text: str, kind: str
) -> None:
    ledger.events[6] = text
    with pytest.raises(LedgerWrong) as raised:
        await replay_to(store, 10)
    assert (raised.value.fault.pos, raised.value.fault.kind) == (7, kind)
    assert (await replay_to(store, 6)).head == 6


async def test_the_rate_of_a_proof_is_measured(store: MemoryStore, ids: object) -> None:
    assert await fold_rate(store) > 0
