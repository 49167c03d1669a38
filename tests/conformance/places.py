"""Where a store under test keeps its ledger: each kind of store says how it opens, dies and loses its lock."""

from pathlib import Path
from typing import Protocol

from interlock.store.contract import Store
from interlock.store.memory import MemoryDisk, MemoryStore
from interlock.store.options import SqliteOptions
from interlock.store.ownership import lock_path
from interlock.store.sqlite import SqliteStore


class Place(Protocol):
    """One ledger, and the stores that open it one after the other."""

    async def open(self, *, address: str = "", blob_bytes_max: int = 1_000_000) -> Store:
        """A new store over what is there."""
        ...

    async def crash(self, store: Store) -> None:
        """Ends the store without its help."""
        ...

    def lose_lock(self) -> None:
        """Lets a second owner in while the first one lives on as a zombie."""
        ...

    async def close(self) -> None:
        """Ends every store that was opened."""
        ...


class MemoryPlace:
    """A disk in memory."""

    def __init__(self, folder: Path) -> None:
        self._disk = MemoryDisk()

    async def open(self, *, address: str = "", blob_bytes_max: int = 1_000_000) -> Store:
        return MemoryStore(self._disk, address=address, blob_bytes_max=blob_bytes_max)

    async def crash(self, store: Store) -> None:
        assert isinstance(store, MemoryStore)
        store.crash()

    def lose_lock(self) -> None:
        self._disk.unlock()

    async def close(self) -> None:
        self._disk.unlock()


class SqlitePlace:
    """A file. Real crashes need real processes: tests/crash has them."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ledger.db"
        self._opened: list[SqliteStore] = []

    async def open(self, *, address: str = "", blob_bytes_max: int = 1_000_000) -> Store:
        options = SqliteOptions(headroom_bytes=0, blob_bytes_max=blob_bytes_max)
        store = await SqliteStore.open(self.path, address=address, options=options)
        self._opened.append(store)
        return store

    async def crash(self, store: Store) -> None:
        await store.close()

    def lose_lock(self) -> None:
        lock_path(self.path).unlink()

    async def close(self) -> None:
        for store in self._opened:
            await store.close()


PLACES = {"memory": MemoryPlace, "sqlite": SqlitePlace}
