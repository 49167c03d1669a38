"""`interlock version`: what runs here."""

import platform
from importlib.metadata import version as version_of

import click

from interlock.cli.ledger import json_option
from interlock.cli.screen import print_json, print_table


@click.command()
@json_option
def version(as_json: bool) -> None:
    """Print the versions of Interlock and of what it stands on."""
    found = {
        "interlock": version_of("interlock"),
        "python": platform.python_version(),
        "apsw (SQLite)": version_of("apsw"),
        "msgspec": version_of("msgspec"),
        "platform": platform.platform(),
    }
    if as_json:
        print_json(found)
    else:
        print_table(["part", "version"], list(found.items()))
