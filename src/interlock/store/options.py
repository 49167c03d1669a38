"""What can be chosen about a ledger file."""

from typing import Final

import msgspec

from interlock.store.connection import Synchronous
from interlock.store.contract import BLOB_BYTES_MAX
from interlock.store.room import HEADROOM_BYTES


class SqliteOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a ledger file is kept.

    `synchronous="normal"` trades acknowledged commits for speed: a power loss takes the latest ones
    away. `ledger_bytes_max` limits the file (not its write-ahead log); 0 is no limit but the
    disk's. The last `headroom_bytes` of either are kept for ending work; 0 keeps none. `vfs` names
    a registered SQLite VFS.
    """

    synchronous: Synchronous = "full"
    ledger_bytes_max: int = 0
    headroom_bytes: int = HEADROOM_BYTES
    blob_bytes_max: int = BLOB_BYTES_MAX
    vfs: str = ""


DEFAULTS: Final = SqliteOptions()
