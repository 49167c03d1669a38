"""Who calls: what a key, or the lack of one, stands for."""

from typing import Final

import msgspec

from interlock.kernel.access.model import HOME_NAMESPACE, Role

HOME: Final = HOME_NAMESPACE
"""The namespace of the ledger that the server was started on."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """The identity of one call. It comes only from the credential, never from a body."""

    namespace: str = HOME
    agent: str = ""
    """The name that every command of this caller bears. Empty only on an open server: then the command says it."""
    role: Role = "agent"
    key_id: str = ""
    """The key behind the credential; empty on an open server."""
    profile: str = ""
    """Which set of MCP tools the key shows: worker, orchestrator or operator."""
    verbs: frozenset[str] = frozenset()
    """The only verbs allowed, if any are named."""
    queues: tuple[str, ...] = ()
    """The only queues allowed, if any are named."""
    expires_us: int = 0
    """When the credential ends by the hub's clock; 0 for never."""
    rotations: int = 0
    """Which of the key's secrets was shown: the one before the latest works only for a while."""
    is_token: bool = False
    """Whether a short-lived session token was shown in the key's place."""


OPEN: Final = Caller(role="admin")
"""Whoever calls a server that was started without keys, on this machine only."""
