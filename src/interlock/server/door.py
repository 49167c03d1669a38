"""The door: every call from outside passes here, whatever it came over."""

from typing import Any

from interlock.hub.batch import Answer, settled
from interlock.hub.hub import Hub
from interlock.kernel.border import make_command
from interlock.kernel.command import Command, Refusal, Reply
from interlock.kernel.decide import VERBS
from interlock.kernel.errors import Invalid
from interlock.server.caller import OPEN, Caller
from interlock.server.namespaces import Namespaces


class Unauthenticated(Exception):
    """No credential, or one that opens nothing. What is wrong with it is not told."""


class Door:
    """Tells who calls, checks what they may, and hands the command to the hub of their namespace."""

    def __init__(self, namespaces: Namespaces) -> None:
        self.namespaces = namespaces

    @property
    def is_open(self) -> bool:
        """Whether calls without a key are taken: no key was ever made, and the server listens to this machine only."""
        return True

    def admit(self, credential: str) -> Caller:
        """Who calls with this credential, empty for none. Raises `Unauthenticated`."""
        if credential or not self.is_open:
            raise Unauthenticated
        return OPEN

    def hub(self, caller: Caller) -> Hub:
        """The hub of the caller's namespace."""
        hub = self.namespaces.get(caller.namespace)
        if hub is None:
            raise Unauthenticated
        return hub

    def submit(self, caller: Caller, command: Command) -> Answer:
        """Decides now, or refuses. The command comes from `make` or `check_command`."""
        return self.hub(caller).submit(command)

    async def call(self, caller: Caller, verb: str, fields: dict[str, Any]) -> Reply:
        """Carries out a verb with foreign fields; returns the answer, a refusal included, once it is durable."""
        kind = VERBS.get(verb)
        if kind is None:
            return Refusal(code="not_found", message=f"there is no verb {verb}")
        try:
            command = make_command(kind, fields)
        except Invalid as error:
            return Refusal(code=error.code, message=error.message, details=error.details)
        return await settled(self.submit(caller, command))
