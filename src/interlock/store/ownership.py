"""Who owns a ledger file: a lock that the system frees when its process dies, however it dies."""

import fcntl
import os
from pathlib import Path
from typing import Final

import msgspec

from interlock.store.contract import LedgerInUse, StoreError

ATTEMPTS_MAX: Final = 100
"""How often a caller may find the lock file deleted or looked at in the moment in which it takes
it.
"""

UNKNOWN_ADDRESS: Final = "another process (it has not written its address yet)"


class OwnerNote(msgspec.Struct, frozen=True):
    """What an owner writes into the lock file, for people and for those who are refused."""

    pid: int
    address: str


class OwnerLock:
    """The exclusive lock on `<ledger>.lock`, held from construction to `release`.

    It is a lock on the open file (flock), not on the process: a second opener in the same process
    is refused as well. Raises `LedgerInUse` with the owner's address.
    """

    def __init__(self, ledger: Path, *, address: str) -> None:
        self.path = lock_path(ledger)
        self._pid = os.getpid()
        self._file = _open_locked(self.path, ledger=ledger)
        note = msgspec.json.encode(OwnerNote(pid=self._pid, address=address))
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, note, 0)
        _held.add(self)

    def release(self) -> None:
        """Gives the ledger up. Safe to call twice. The file stays: deleting it would race with an
        opener.
        """
        if self in _held:
            fcntl.flock(self._file, fcntl.LOCK_UN)
            self.forget()

    def forget(self) -> None:
        """Closes the file without unlocking it: in a forked child, it is the parent's lock."""
        _held.remove(self)
        os.close(self._file)


_held: Final[set[OwnerLock]] = set()


def _forget_in_child() -> None:
    # A forked child shares the open file: it would keep the lock after the owner's death.
    for lock in list(_held):
        lock.forget()


os.register_at_fork(after_in_child=_forget_in_child)


def lock_path(ledger: Path) -> Path:
    """The lock file that stands beside a ledger."""
    return ledger.with_name(ledger.name + ".lock")


def owner_of(ledger: Path) -> OwnerNote | None:
    """The owner that holds the ledger now, or None. Takes the lock for a moment to find out."""
    try:
        file = os.open(lock_path(ledger), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        return None if _is_shareable(file) else _read_note(file)
    finally:
        os.close(file)


def _open_locked(path: Path, *, ledger: Path) -> int:
    for _ in range(ATTEMPTS_MAX):
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_same_file(file, path):
                return file
        except BlockingIOError as error:
            if not _is_shareable(file):
                address = _read_note(file).address
                os.close(file)
                raise LedgerInUse(str(ledger), address=address) from error
        except OSError as error:
            os.close(file)
            raise StoreError(f"the file system of {path} cannot lock files: {error}") from error
        # Someone only asked who the owner is, or deleted the file between open and lock: the lock
        # would guard a name that is gone.
        os.close(file)
    raise StoreError(f"{path} is deleted or asked for again and again: stop what does that")


def _is_shareable(file: int) -> bool:
    """Whether no owner holds the lock. Those who ask share it, and do not take each other for
    owners.
    """
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_same_file(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def _read_note(file: int) -> OwnerNote:
    try:
        return msgspec.json.decode(os.pread(file, 4096, 0), type=OwnerNote)
    except msgspec.DecodeError:
        return OwnerNote(pid=0, address=UNKNOWN_ADDRESS)
