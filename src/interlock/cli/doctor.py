"""`interlock doctor`: can this machine keep a ledger safely, and is this one well?"""

import platform
import shutil
import sys
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Final

import click

from interlock.cli.group import FOUND_WRONG
from interlock.cli.ledger import json_option, ledger_at
from interlock.cli.screen import print_json, print_table, say
from interlock.store.connection import refuse_old_sqlite
from interlock.store.contract import StoreError
from interlock.store.doctor import Finding, doctor_ledger

PYTHON_MIN: Final = (3, 11)


@click.command()
@click.argument("path", type=click.Path(path_type=Path), required=False)
@json_option
@click.pass_context
def doctor(ctx: click.Context, path: Path | None, as_json: bool) -> None:
    """Check this machine and, with PATH, a ledger: what is wrong and what to do about it.

    Changes nothing. `interlock verify` is the proof that the history is whole; this looks at everything
    around it. Exit status 1 if something is wrong.
    """
    around = doctor_ledger(ledger_at(path)) if path else [_sqlite()]
    findings = [_python(), *around, _tesseract()]
    errors = [finding for finding in findings if finding.level == "error"]
    if as_json:
        print_json({"ok": not errors, "findings": findings})
    else:
        print_table(
            ["level", "check", "finding"],
            [(finding.level, finding.check, finding.message) for finding in findings],
        )
        say(f"{len(errors)} errors" if errors else "Nothing is wrong.")
    ctx.exit(FOUND_WRONG if errors else 0)


def _python() -> Finding:
    version = platform.python_version()
    if sys.version_info < PYTHON_MIN:
        return Finding("error", "python", f"Python {version} is too old: install 3.11 or newer")
    return Finding("ok", "python", f"Python {version}")


def _sqlite() -> Finding:
    version = version_of("apsw")
    try:
        refuse_old_sqlite(version)
    except StoreError as error:
        return Finding("error", "sqlite", str(error))
    return Finding("ok", "sqlite", f"version {version}")


def _tesseract() -> Finding:
    if shutil.which("tesseract") is None:
        message = "tesseract is not installed: the demo cannot read scanned pages without it"
        return Finding("warning", "tesseract", message)
    return Finding("ok", "tesseract", "installed: the demo reads scanned pages")
