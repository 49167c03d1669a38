"""What a server is told at its start. Flags, `INTERLOCK_*` variables and the toml file mean the same, in that order."""

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How `interlock up` runs."""

    store: str = "interlock.db"
    """The path of the ledger, or `:memory:`."""
    host: str = "127.0.0.1"
    port: int = 7470
    """0 for any free one."""
    conformance: bool = False
    """Serves at `/mcp` what the official suite of the protocol expects, instead of the verbs."""
