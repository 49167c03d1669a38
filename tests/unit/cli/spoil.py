"""Changes a ledger behind the back of everything that guards it."""

from contextlib import closing
from pathlib import Path

import apsw


def spoil(source: str, target: Path, sql: str) -> str:
    """A copy of the ledger on which the statement has been run."""
    target.write_bytes(Path(source).read_bytes())
    with closing(apsw.Connection(str(target))) as connection:
        connection.execute(sql).fetchall()
    return str(target)
