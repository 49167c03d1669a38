"""What the ledger keeps for the server alone and nobody is shown: digests of keys, and secrets under a seal."""

from typing import Final

WITHHELD: Final = frozenset({"digest", "digest_before", "secret_sealed", "secret_before_sealed"})
"""Fields of events and rows that callers have no use for."""
