"""Brings the schema of a ledger file to the newest version, one numbered SQL file after the other."""

from importlib import resources
from typing import Final

import apsw

from interlock.store.contract import StoreError

APPLICATION_ID: Final = 0x494E544C
"""The letters INTL in the file's header: `file` and we can tell a ledger from another database."""

STEPS: Final = ("0001_ledger.sql", "0002_ended.sql")


def migrate(connection: apsw.Connection) -> None:
    """Runs the missing steps, each with its version in one transaction.

    Refuses a database of another program and a ledger written by a newer version, with
    `StoreError`.
    """
    version = refuse_foreign(connection)
    for number, name in enumerate(STEPS[version:], start=version + 1):
        script = resources.files(__package__).joinpath("migrations", name).read_text()
        with connection:
            # A script stops at the first statement that gives a row: exhaust it.
            connection.execute(script).fetchall()
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}").fetchall()
            connection.execute(f"PRAGMA user_version = {number}").fetchall()


def refuse_foreign(connection: apsw.Connection) -> int:
    """The schema version of a ledger, 0 for an empty file. Raises `StoreError` for anything else."""
    application_id = connection.execute("PRAGMA application_id").get
    version = connection.execute("PRAGMA user_version").get
    assert isinstance(version, int)
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").get
    if application_id != APPLICATION_ID and (application_id or version or tables):
        raise StoreError(
            f"{connection.filename} is a database of another program: choose another path"
        )
    if version > len(STEPS):
        raise StoreError(
            f"{connection.filename} was written by a newer interlock (schema {version}, known {len(STEPS)}): "
            "install that one"
        )
    return version
