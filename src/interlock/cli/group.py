"""What all commands share: exit status, errors without tracebacks, quiet ends of pipes."""

import os
import sys
from typing import Any, Final

import click
import msgspec

from interlock.cli.inert import inert
from interlock.observe.fault import LedgerWrong
from interlock.store.contract import LedgerInUse, StoreError

FOUND_WRONG: Final = 1
UNUSABLE: Final = 3


class Failed(click.ClickException):
    """Something is wrong, or what was asked for is not there."""

    exit_code = FOUND_WRONG


class Unusable(click.ClickException):
    """The ledger cannot be used as it is."""

    exit_code = UNUSABLE


class Commands(click.Group):
    """A group that lists its commands in the order in which they were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """As added: what a newcomer needs first comes first."""
        del ctx
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Turns the errors of the world into one line and a status."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # Whoever read the output has seen enough. Python flushes standard output once more at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)
        except LedgerWrong as error:
            message = f"{inert(str(error))}\nRun `interlock verify` for the whole proof."
            raise Failed(message) from error
        except msgspec.MsgspecError as error:
            message = f"a stored row cannot be read: {inert(str(error))}\nRun `interlock verify`."
            raise Failed(message) from error
        except LedgerInUse as error:
            raise Unusable(inert(str(error))) from error
        except (StoreError, OSError) as error:
            raise Unusable(inert(str(error))) from error
