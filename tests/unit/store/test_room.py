"""The reserve: held while there is room, given up when there is none, taken again later."""

import errno
import os
from pathlib import Path

import pytest

from interlock.store.room import LOOK_S, DiskReserve, reserve_path

SIZE = 1_000


class Disk:
    """How much is free, and what time it is, as the test says."""

    def __init__(self, *, free_bytes: int) -> None:
        self.free_bytes = free_bytes
        self.looks = 0
        self.now_s = 0.0

    def look(self, folder: Path) -> int:
        self.looks += 1
        return self.free_bytes


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def reserve_on(disk: Disk, ledger: Path) -> DiskReserve:
    return DiskReserve(ledger, reserve_bytes=SIZE, free_bytes=disk.look, clock_s=lambda: disk.now_s)


def test_a_held_reserve_occupies_its_size(ledger: Path) -> None:
    reserve = reserve_on(Disk(free_bytes=2 * SIZE), ledger)
    assert reserve.room() == "low"
    reserve.hold()
    assert reserve_path(ledger).stat().st_size == SIZE
    assert (reserve.room(), reserve.is_spent) == ("ample", False)


def test_room_is_low_from_the_moment_in_which_the_reserve_is_spent(ledger: Path) -> None:
    reserve = reserve_on(Disk(free_bytes=2 * SIZE), ledger)
    reserve.hold()
    reserve.spend()
    reserve.spend()
    assert not reserve_path(ledger).exists()
    assert (reserve.room(), reserve.is_spent) == ("low", True)
    reserve.hold()
    reserve.hold()
    assert reserve.room() == "ample"


def test_the_reserve_is_not_taken_while_it_would_fill_the_disk_again(ledger: Path) -> None:
    disk = Disk(free_bytes=2 * SIZE - 1)
    reserve = reserve_on(disk, ledger)
    reserve.hold()
    assert reserve.is_spent
    assert not reserve_path(ledger).exists()


def test_a_reserve_that_an_earlier_owner_left_is_held_on_a_full_disk_too(ledger: Path) -> None:
    disk = Disk(free_bytes=2 * SIZE)
    reserve_on(disk, ledger).hold()
    disk.free_bytes = 0
    later = reserve_on(disk, ledger)
    later.hold()
    assert not later.is_spent
    assert later.room() == "low"


def test_the_file_system_is_looked_at_once_a_second_at_most(ledger: Path) -> None:
    disk = Disk(free_bytes=2 * SIZE)
    reserve = reserve_on(disk, ledger)
    reserve.hold()
    looks = disk.looks
    assert [reserve.room() for _ in range(100)] == ["ample"] * 100
    assert disk.looks == looks + 1
    disk.free_bytes = SIZE - 1
    assert reserve.room() == "ample"
    disk.now_s += LOOK_S
    assert reserve.room() == "low"


def test_without_headroom_room_is_always_ample(ledger: Path) -> None:
    reserve = DiskReserve(ledger, reserve_bytes=0)
    reserve.hold()
    assert (reserve.room(), reserve.is_spent) == ("ample", False)
    assert not reserve_path(ledger).exists()


@pytest.mark.parametrize(
    ("number", "is_spent"), [(errno.ENOSPC, True), (errno.EOPNOTSUPP, False), (errno.EINVAL, False)]
)
def test_a_file_system_that_cannot_allocate_holds_no_file(
    ledger: Path, monkeypatch: pytest.MonkeyPatch, number: int, is_spent: bool
) -> None:
    def fail(handle: int, offset: int, length: int) -> None:
        raise OSError(number, "planned")

    monkeypatch.setattr(os, "posix_fallocate", fail)
    reserve = reserve_on(Disk(free_bytes=2 * SIZE), ledger)
    reserve.hold()
    assert reserve.is_spent == is_spent
    assert not reserve_path(ledger).exists()


def test_a_system_that_cannot_allocate_in_advance_has_room_all_the_same(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "posix_fallocate")
    reserve = reserve_on(Disk(free_bytes=2 * SIZE), ledger)
    reserve.hold()
    assert reserve.room() == "ample"
