"""`interlock call`: any verb, on a server or on a ledger of this machine."""

import asyncio
import inspect
import json
import sys
from pathlib import Path
from typing import Any, Final

import click
import msgspec
from click.core import ParameterSource

from interlock import plane
from interlock.cli.group import FOUND_WRONG, Unusable
from interlock.cli.inert import inert, inert_json
from interlock.cli.ledger import ledger_at
from interlock.cli.verb_help import fields_text
from interlock.client.http import Unreachable, call_over_http
from interlock.kernel.command import Command, Refusal
from interlock.kernel.decide import VERBS
from interlock.kernel.errors import Invalid
from interlock.server.intake import Envelope, read_command
from interlock.server.refusals import body_of
from interlock.server.render import encode_reply
from interlock.server.shape import sealed_fields
from interlock.store.contract import LedgerInUse

HOME_URL: Final = "http://127.0.0.1:7470"
"""Where `interlock up` listens unless it is told otherwise."""


class Verbs(click.Group):
    """A group whose commands are the verbs, made from their definitions when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All verbs, noun by noun."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of one verb."""
        del ctx
        kind = VERBS.get(cmd_name)
        return None if kind is None else _command_of(kind)


@click.group(cls=Verbs, name="call", subcommand_metavar="VERB [OPTIONS]")
def call() -> None:
    """Call a verb and print its answer as JSON.

    `interlock call VERB --help` tells the fields of a verb. --json holds them, or is - to read them from standard
    input. The plane is that of --url and --key (or INTERLOCK_URL and INTERLOCK_KEY), or of the ledger --store.

    Exit status: 0 answered, 1 refused, 2 misused, 3 nobody there.
    """


def _command_of(kind: type[Command]) -> click.Command:
    text = inspect.cleandoc(kind.__doc__ or "")
    summary = text.split("\n\n")[0].replace("\n", " ").replace("`", "")

    def run(**options: Any) -> None:
        _run(kind, **options)

    options = [
        click.Option(
            ["--json", "fields"], default="{}", help="The fields, or - for standard input."
        ),
        click.Option(["--url"], envvar="INTERLOCK_URL", help=f"The server.  [default: {HOME_URL}]"),
        click.Option(["--key"], envvar="INTERLOCK_KEY", help="The key for it."),
        click.Option(["--store"], type=click.Path(path_type=Path), help="A ledger instead."),
    ]
    return click.Command(
        kind.verb,
        params=list(options),
        callback=run,
        help=f"\b\n{text}\n\n\b\n{fields_text(kind)}",
        short_help=summary.split(". ")[0],
    )


def _run(
    kind: type[Command], *, fields: str, url: str | None, key: str | None, store: Path | None
) -> None:
    body = _body(fields)
    source = click.get_current_context().get_parameter_source("url")
    if store is not None and source is ParameterSource.COMMANDLINE:
        raise click.UsageError(
            "--store and --url exclude each other: it is one plane that is called"
        )
    if store is not None:
        if sealed_fields(kind):
            raise click.UsageError(f"only a server carries out {kind.verb}: name it with --url")
        content, is_refusal = asyncio.run(_call_ledger(ledger_at(store), kind, body))
    else:
        try:
            answer = call_over_http(url or HOME_URL, kind.verb, body, key=key or "")
        except Unreachable as error:
            raise Unusable(inert(str(error))) from error
        content, is_refusal = answer.body, answer.is_refusal
    click.echo(inert_json(content.decode()))
    if is_refusal:
        told = msgspec.json.decode(content)["error"]
        click.echo(f"refused: {inert(told['message'])}\n{inert(told['hint'])}", err=True)
        sys.exit(FOUND_WRONG)


def _body(fields: str) -> bytes:
    """The JSON object of the option. Raises `click.UsageError`."""
    text = sys.stdin.read() if fields == "-" else fields
    try:
        found = json.loads(text or "{}")
    except ValueError as error:
        raise click.UsageError(f"--json is no JSON: {inert(str(error))}") from error
    if not isinstance(found, dict):
        raise click.UsageError("--json holds an object: the fields by name")
    return json.dumps(found).encode()


async def _call_ledger(path: Path, kind: type[Command], body: bytes) -> tuple[bytes, bool]:
    """The answer of the hub that owns the ledger, or of one that runs for this call only."""
    try:
        command = read_command(kind, body, Envelope())
    except Invalid as error:
        return body_of(Refusal(code=error.code, message=error.message)), True
    try:
        async with plane.open(path, serve=False) as own:
            reply = await own.call(command)
    except LedgerInUse:
        async with plane.connect(path) as owned:
            reply = await owned.call(command)
    if isinstance(reply, Refusal):
        return body_of(reply), True
    return encode_reply(reply), False
