"""One owner per ledger: others are refused with its address, and it never outlives its process."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from interlock.store import ownership
from interlock.store.contract import LedgerInUse, StoreError
from interlock.store.ownership import OwnerLock, OwnerNote, lock_path, owner_of


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def lock(ledger: Path) -> Iterator[OwnerLock]:
    lock = OwnerLock(ledger, address="unix:/run/hub.sock")
    yield lock
    lock.release()


def test_a_second_owner_is_refused_with_the_address_of_the_first(
    lock: OwnerLock, ledger: Path
) -> None:
    with pytest.raises(LedgerInUse, match="connect to that owner") as refusal:
        OwnerLock(ledger, address="elsewhere")
    assert refusal.value.address == "unix:/run/hub.sock"
    assert owner_of(ledger) == OwnerNote(pid=os.getpid(), address="unix:/run/hub.sock")


def test_a_released_ledger_can_be_owned_again(lock: OwnerLock, ledger: Path) -> None:
    lock.release()
    lock.release()
    assert owner_of(ledger) is None
    OwnerLock(ledger, address="elsewhere").release()


def test_a_ledger_that_nobody_ever_owned_has_no_owner(ledger: Path) -> None:
    assert owner_of(ledger) is None


@pytest.mark.parametrize("is_forking", [False, True])
def test_a_killed_owner_frees_the_ledger_even_if_a_child_of_it_lives_on(
    ledger: Path, is_forking: bool
) -> None:
    program = (
        "import os, pathlib, sys; from interlock.store.ownership import OwnerLock\n"
        "lock = OwnerLock(pathlib.Path(sys.argv[1]), address='the other process')\n"
        f"if not {is_forking} or os.fork() == 0: print('owned', flush=True)\n"
        "sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program, str(ledger)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == "owned\n"
        with pytest.raises(LedgerInUse) as refusal:
            OwnerLock(ledger, address="this process")
        assert refusal.value.address == "the other process"
        other.kill()
        other.wait()
        OwnerLock(ledger, address="this process").release()


def test_what_a_child_forgets_its_parent_still_holds(lock: OwnerLock, ledger: Path) -> None:
    shared = os.dup(lock._file)
    ownership._forget_in_child()
    lock.release()
    with pytest.raises(LedgerInUse):
        OwnerLock(ledger, address="elsewhere")
    os.close(shared)
    OwnerLock(ledger, address="elsewhere").release()


def test_a_lock_on_a_deleted_file_does_not_count(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deletions = iter([True, True])

    def flock_and_lose_the_file(file: int, operation: int) -> None:
        take(file, operation)
        if next(deletions, False):
            lock_path(ledger).unlink()

    take = fcntl.flock
    monkeypatch.setattr(fcntl, "flock", flock_and_lose_the_file)
    lock = OwnerLock(ledger, address="here")
    assert owner_of(ledger) == OwnerNote(pid=os.getpid(), address="here")
    lock.release()


def test_a_lock_file_that_is_always_deleted_is_an_error_and_no_endless_loop(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "flock", lambda file, operation: lock_path(ledger).unlink())
    with pytest.raises(StoreError, match="again and again"):
        OwnerLock(ledger, address="here")


def test_one_who_only_asks_for_the_owner_is_not_taken_for_one(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock_path(ledger).touch()
    asking = os.open(lock_path(ledger), os.O_RDWR)
    fcntl.flock(asking, fcntl.LOCK_SH)
    take = fcntl.flock
    refused = 0

    def flock_until_the_asker_is_gone(file: int, operation: int) -> None:
        nonlocal refused
        try:
            take(file, operation)
        except BlockingIOError:
            refused += 1
            take(asking, fcntl.LOCK_UN)
            raise

    monkeypatch.setattr(fcntl, "flock", flock_until_the_asker_is_gone)
    OwnerLock(ledger, address="here").release()
    assert refused == 1
    os.close(asking)


def test_a_file_system_without_locks_is_refused(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(file: int, operation: int) -> None:
        raise OSError("no locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with pytest.raises(StoreError, match="cannot lock files"):
        OwnerLock(ledger, address="here")


def test_an_owner_that_has_not_written_its_address_yet_still_refuses(
    lock: OwnerLock, ledger: Path
) -> None:
    os.truncate(lock.path, 0)
    with pytest.raises(LedgerInUse) as refusal:
        OwnerLock(ledger, address="elsewhere")
    assert "not written its address" in refusal.value.address
