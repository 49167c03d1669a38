"""Every test here drives one shard in memory."""

from collections.abc import Iterator

import pytest

from tests.unit.kernel.shard import Shard


@pytest.fixture
def shard() -> Iterator[Shard]:
    """A fresh shard; at the end of each test its rows must be what its log folds to."""
    made = Shard()
    yield made
    made.fold_equals_rows()
