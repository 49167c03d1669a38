"""Ledgers that are in order, each ready to be spoilt."""

from collections.abc import AsyncIterator

import pytest

from interlock.store.memory import MemoryLedger, MemoryStore
from tests.unit.observe.scribe import Scribe, tell_story


@pytest.fixture
async def store() -> AsyncIterator[MemoryStore]:
    store = MemoryStore()
    yield store
    await store.close()


@pytest.fixture
async def scribe(store: MemoryStore) -> Scribe:
    return await Scribe.own(store)


@pytest.fixture
async def ids(scribe: Scribe) -> dict[str, str]:
    """The tasks of a little story that was written into the ledger."""
    return await tell_story(scribe)


@pytest.fixture
def ledger(store: MemoryStore, ids: dict[str, str]) -> MemoryLedger:
    """What the story left on the disk."""
    assert ids
    return store.disk.ledger("0")
