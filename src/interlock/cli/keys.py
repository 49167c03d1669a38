"""`interlock keys`: who is let in, and how far."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from interlock.cli.group import Commands, Failed, Unusable
from interlock.cli.inert import inert
from interlock.cli.ledger import json_option
from interlock.cli.screen import moment, print_json, print_table, say
from interlock.kernel.access.create import CreateKey, KeyMade
from interlock.kernel.access.revoke import KeyState, RevokeKey
from interlock.kernel.access.rotate import RotateKey
from interlock.kernel.access.view import GetKeys, Keys
from interlock.kernel.command import Command, Refusal, Reply
from interlock.kernel.errors import InterlockError, Refused

URL: Final = "http://127.0.0.1:7470"
"""Where `interlock up` listens when nobody says otherwise."""

Wrapped = TypeVar("Wrapped", bound=Callable[..., Any])


@click.group(cls=Commands)
def keys() -> None:
    """Make, list, rotate and revoke the keys that let agents and people in.

    They are those of a running server (--url, with the --key of an admin), or of a ledger file of this machine
    (--ledger), whether a server has it open or not. The first key closes a server that was open.
    """


def _place(command: Wrapped) -> Wrapped:
    """Whose keys, and how the answer is printed."""
    options = (
        click.option("--url", default=URL, envvar="INTERLOCK_URL", show_default=True),
        click.option(
            "--key",
            default="",
            envvar="INTERLOCK_KEY",
            show_envvar=True,
            help="An admin's key. On a command line others can read it: better give the variable.",
        ),
        click.option("--ledger", type=click.Path(path_type=Path), help="A ledger file instead."),
        click.option("--namespace", default="", help="Another namespace than the admin's own."),
    )
    for option in reversed(options):
        command = option(command)
    return json_option(command)


@keys.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["agent", "viewer", "operator", "approver", "admin"]),
    default="agent",
    show_default=True,
    help="An agent works; the others are people.",
)
@click.option("--verb", "verbs", multiple=True, help="Allow this verb, and no other not named.")
@click.option("--queue", "queues", multiple=True, help="Open this queue, and no other not named.")
@click.option("--profile", type=click.Choice(["worker", "orchestrator", "operator"]))
@click.option("--expires-s", type=float, help="Seconds from now after which it opens nothing.")
@_place
def create(name: str, **options: Any) -> None:
    """Make a key for NAME and print it, this one time."""
    fields = {field: options[field] for field in ("role", "verbs", "queues") if options[field]}
    fields |= {"name": name, "profile": options["profile"] or "", "expires": options["expires_s"]}
    _print_key(_call(CreateKey, fields, options), as_json=options["as_json"])


@keys.command("list")
@click.option("--name", default="", help="Only those of this agent or person.")
@_place
def list_keys(name: str, **options: Any) -> None:
    """List the keys that are not revoked. Secrets are kept nowhere and cannot be shown."""
    found: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = _call(GetKeys, {"name": name, "cursor": cursor}, options)
        assert isinstance(page, Keys)
        found += page.items
        cursor = page.cursor or None
    if options["as_json"]:
        print_json({"keys": found})
        return
    print_table(
        ["key", "name", "role", "made", "expires", "verbs", "queues"],
        [
            (
                key.key_id,
                key.name,
                key.role,
                moment(key.created_us),
                moment(key.expires_us),
                ", ".join(key.verbs) or "all",
                ", ".join(key.queues) or "all",
            )
            for key in found
        ],
    )
    say(f"{len(found):,} keys")


@keys.command()
@click.argument("key_id")
@click.option(
    "--grace-s", type=float, default=3600.0, show_default=True, help="How long the old one works."
)
@_place
def rotate(key_id: str, grace_s: float, **options: Any) -> None:
    """Give a key a new secret and print it, this one time. The old one works for a while."""
    made = _call(RotateKey, {"key_id": key_id, "grace_s": grace_s}, options)
    _print_key(made, as_json=options["as_json"])


@keys.command()
@click.argument("key_id")
@click.option("--reason", default="", help="For the log.")
@_place
def revoke(key_id: str, reason: str, **options: Any) -> None:
    """End a key: its next call is refused, and calls that wait are given up."""
    ended = _call(RevokeKey, {"key_id": key_id, "reason": reason}, options)
    assert isinstance(ended, KeyState)
    if options["as_json"]:
        print_json(ended)
    else:
        say(f"{ended.key.key_id} of {ended.key.name} is revoked")


def _call(kind: type[Command], fields: dict[str, Any], options: dict[str, Any]) -> Reply:
    """The answer; a refusal ends the command."""
    try:
        from interlock.server.locksmith import call_ledger, call_server
    except ImportError as error:
        message = f"keys need {error.name}: install interlock[server]"
        raise Unusable(message) from error
    fields = {**fields, "namespace": options["namespace"]}
    ledger = options["ledger"]
    asking = (
        call_ledger(ledger, kind, fields)
        if ledger is not None
        else call_server(options["url"], kind, fields, key=options["key"])
    )
    try:
        reply = asyncio.run(asking)
    except Refused as error:
        raise Failed(inert(str(error))) from error
    except InterlockError as error:
        raise Unusable(inert(_advised(error))) from error
    if isinstance(reply, Refusal):
        raise Failed(inert(f"{reply.code}: {reply.message}"))
    return reply


def _advised(error: InterlockError) -> str:
    from interlock.client.failure import BadKey

    if not isinstance(error, BadKey):
        return str(error)
    return f"{error}; give an admin's key with INTERLOCK_KEY, or name the ledger file with --ledger"


def _print_key(made: Reply, *, as_json: bool) -> None:
    """The key alone goes to standard output, so that a script can take it."""
    assert isinstance(made, KeyMade)
    if as_json:
        print_json({"key_id": made.key_id, "name": made.name, "role": made.role, "key": made.key})
        return
    click.echo(made.key)
    told = f"{made.key_id}, {made.role} {made.name}: keep the key now, it is not shown again."
    click.echo(inert(told), err=True)
