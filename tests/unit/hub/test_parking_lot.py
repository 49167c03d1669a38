"""Where long polls stand."""

import asyncio

from interlock.hub.parked import Parked, ParkingLot
from interlock.kernel.task.claim import ClaimTask, NothingReady
from interlock.kernel.wait import Place


def parked() -> Parked:
    future = asyncio.get_running_loop().create_future()
    return Parked(ClaimTask(), future=future, empty=NothingReady())


async def test_those_who_look_for_one_thing_only_stand_in_front() -> None:
    lot = ParkingLot()
    anything, one = parked(), parked()
    lot.park(anything, Place(("mail:a",), "anything"))
    lot.park(one, Place(("mail:a",), "one", is_choosy=True))
    assert [list(line) for line in lot.lines("mail:a")] == [[one], [anything]]


async def test_who_waits_at_two_places_leaves_both() -> None:
    lot = ParkingLot()
    first, second = parked(), parked()
    lot.park(first, Place(("a", "b"), "same"))
    lot.park(second, Place(("b",), "same"))
    lot.remove(first)
    lot.remove(first)
    assert lot.lines("a") == []
    assert [list(line) for line in lot.lines("b")] == [[second]]
    assert lot.drain() == [second]
    assert len(lot) == 0
    assert lot.lines("b") == []
