"""The door: every call from outside passes here, whatever it came over."""

import asyncio
import hmac
import secrets
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from msgspec.structs import replace

from interlock.hub.batch import Answer, settled
from interlock.hub.hub import Hub
from interlock.kernel.access.create import CreateKey, KeyMade
from interlock.kernel.access.model import AccessKey
from interlock.kernel.access.rotate import RotateKey
from interlock.kernel.border import make_command
from interlock.kernel.command import Command, Refusal, Reply
from interlock.kernel.decide import VERBS
from interlock.kernel.errors import Invalid
from interlock.kernel.rights.admit import admitted, unseen_rows
from interlock.kernel.rights.bearer import forbidden
from interlock.kernel.state import State
from interlock.kernel.webhook.create import CreateWebhook, RotateWebhookSecret
from interlock.server.caller import HOME, OPEN, Caller
from interlock.server.credential import new_secret, read_credential, write_credential
from interlock.server.namespaces import Namespaces
from interlock.server.secret import SECRET_BYTES, ServerSecret
from interlock.server.token import PREFIX, TokenMade, Tokens, TokenWish
from interlock.server.waiting import NO_KEY, Waiting
from interlock.server.webhooks.making import submit_webhook
from interlock.server.webhooks.target import PUBLIC_TARGETS, TargetPolicy
from interlock.store.contract import StoreError

NEVER: Final = -2
"""No rotation of any key, and not the one before one."""


class Unauthenticated(Exception):
    """No credential, or one that opens nothing. What is wrong with it is not told."""


class Door:
    """Tells who calls, checks what they may, and hands the command to the hub of their namespace.

    `may_open` says that calls without a key are taken until the first key is made: only where the server listens to
    this machine alone; `targets` says which addresses a webhook may reach.
    """

    def __init__(
        self,
        namespaces: Namespaces,
        *,
        secret: ServerSecret | None = None,
        may_open: bool = True,
        targets: TargetPolicy = PUBLIC_TARGETS,
    ) -> None:
        self.namespaces = namespaces
        self.secret = secret or ServerSecret(secrets.token_bytes(SECRET_BYTES))
        self.targets = targets
        self._may_open = may_open
        self._tokens = Tokens(self.secret)
        self._waiting = Waiting(self.is_alive)

    @property
    def is_open(self) -> bool:
        """Whether calls without a key are taken: no key was ever made but the first one, which a server makes for
        itself, and the server listens to this machine only."""
        return self._may_open and not any(hub.state.ring.made for hub in self._hubs())

    @property
    def has_keys(self) -> bool:
        """Whether somebody can be let in by a key."""
        return any(hub.state.access for hub in self._hubs())

    def admit(self, credential: str) -> Caller:
        """Who calls with this credential, empty for none. Raises `Unauthenticated`."""
        if not credential:
            if self.is_open:
                return OPEN
            raise Unauthenticated
        if credential.startswith(PREFIX):
            return self._admit_token(credential)
        shown = read_credential(credential)
        if shown is None:
            raise Unauthenticated
        digest = self.secret.digest_of(shown.secret, namespace=shown.namespace)
        hub = self.namespaces.get(shown.namespace)
        key = hub.state.access.get(shown.key_id) if hub is not None else None
        if hub is None or key is None:
            raise Unauthenticated
        rotations = _rotations_shown(key, digest)
        if not key.is_good(rotations, hub.now_us()):
            raise Unauthenticated
        return caller_of(key, shown.namespace, rotations)

    def hub(self, caller: Caller) -> Hub:
        """The hub of the caller's namespace."""
        hub = self.namespaces.get(caller.namespace)
        if hub is None:
            raise Unauthenticated
        return hub

    def submit(self, caller: Caller, command: Command) -> Answer:
        """Decides now, or refuses. The command comes from `make` or `check_command`.

        Whether the key still opens is looked at anew: a caller may have been admitted long ago.
        """
        hub = self.namespaces.get(caller.namespace)
        if hub is None or not self.is_alive(caller):
            return NO_KEY
        if command.sealed:
            filled = [name for name in command.sealed if getattr(command, name)]
            if filled:
                return forbidden(f"{command.verb}: {filled[0]} is filled in by the server alone")
        named = getattr(command, "namespace", "") or caller.namespace
        if named != caller.namespace:
            return self._submit_elsewhere(caller, command, named)
        return self._submit_to(hub, caller, command)

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

    def is_alive(self, caller: Caller) -> bool:
        """Whether the credential behind a caller still opens."""
        if not caller.key_id:
            return self.is_open
        hub = self.namespaces.get(caller.namespace)
        key = hub.state.access.get(caller.key_id) if hub is not None else None
        if hub is None or key is None:
            return False
        now_us = hub.now_us()
        return key.is_good(caller.rotations, now_us) and (
            not caller.expires_us or now_us < caller.expires_us
        )

    def make_token(self, caller: Caller, wish: TokenWish) -> TokenMade | Refusal:
        """Lends some of what the caller may for some minutes, to whoever gets the token."""
        hub = self.namespaces.get(caller.namespace)
        if hub is None or not self.is_alive(caller):
            return NO_KEY
        return self._tokens.make(caller, wish, now_us=hub.now_us())

    def _admit_token(self, token: str) -> Caller:
        claims = self._tokens.read(token)
        hub = self.namespaces.get(claims.namespace) if claims is not None else None
        key = (
            hub.state.access.get(claims.key_id) if claims is not None and hub is not None else None
        )
        if claims is None or key is None:
            raise Unauthenticated
        lender = caller_of(key, claims.namespace, claims.rotations)
        caller = replace(
            lender,
            role=claims.role,
            verbs=frozenset(claims.verbs),
            queues=claims.queues,
            expires_us=min(claims.expires_us, lender.expires_us or claims.expires_us),
            is_token=True,
        )
        if not self.is_alive(caller):
            raise Unauthenticated
        return caller

    # On the way to a hub.

    def _submit_to(self, hub: Hub, caller: Caller, command: Command) -> Answer:
        if unseen_rows(hub.state, command, caller):
            return hub.run(self._fetch_and_submit(hub, caller, command))
        return self._submit_at_hand(hub, caller, command)

    def _submit_at_hand(self, hub: Hub, caller: Caller, command: Command) -> Answer:
        found = admitted(hub.state, command, caller, hub.now_us())
        if isinstance(found, Reply):
            return found
        if found.sealed:
            return self._submit_sealed(hub, found)
        answer = hub.submit(found)
        if (
            isinstance(answer, asyncio.Future)
            and getattr(found, "wait_s", 0.0) > 0
            and caller.key_id
        ):
            return self._waiting.add(hub, caller, answer)
        return answer

    async def _fetch_and_submit(self, hub: Hub, caller: Caller, command: Command) -> Reply:
        try:
            await hub.fetch(partial(_unseen_by, caller, command))
        except StoreError as error:
            message = f"{command.verb}: the store failed: {error}"
            return Refusal(code="ledger_unavailable", message=message)
        if not self.is_alive(caller):
            return NO_KEY
        return await settled(self._submit_at_hand(hub, caller, command))

    # Keys.

    def _submit_elsewhere(self, caller: Caller, command: Command, namespace: str) -> Answer:
        """Keys of another namespace are made, listed and ended from the home namespace alone."""
        if caller.namespace != HOME:
            message = f"{command.verb}: only the home namespace {HOME} handles the keys of others"
            return forbidden(message)
        hub = self.namespaces.get(namespace)
        if hub is not None:
            return self._submit_to(hub, caller, command)
        if isinstance(command, CreateKey):
            return self.hub(caller).run(self._create_and_submit(caller, command, namespace))
        message = f"{command.verb}: there is no namespace {namespace}"
        return Refusal(code="not_found", message=message)

    async def _create_and_submit(self, caller: Caller, command: CreateKey, namespace: str) -> Reply:
        hub = self.namespaces.get(caller.namespace)
        if hub is None:
            return NO_KEY
        found = admitted(hub.state, command, caller, hub.now_us())
        if isinstance(found, Reply):
            return found
        try:
            made = await self.namespaces.create(namespace)
        except ValueError as error:
            return Refusal(code="invalid", message=f"{command.verb}: {error}")
        except StoreError as error:
            return Refusal(code="ledger_unavailable", message=f"{command.verb}: {error}")
        if not self.is_alive(caller):
            return NO_KEY
        return await settled(self._submit_to(made, caller, command))

    def _submit_sealed(self, hub: Hub, command: Command) -> Answer:
        """Fills in what a new secret leaves in the ledger; the answer shows the secret if it is this one that was
        kept."""
        if isinstance(command, CreateWebhook | RotateWebhookSecret):
            sealing, policy = self.secret.sealing, self.targets
            return hub.run(submit_webhook(hub, command, sealing=sealing, policy=policy))
        if not isinstance(command, CreateKey | RotateKey):
            return forbidden(f"{command.verb}: no server can fill in what it needs")
        namespace = self._name_of(hub)
        secret = new_secret()
        digest = self.secret.digest_of(secret, namespace=namespace)
        answer = hub.submit(replace(command, digest=digest))
        shown = partial(_shown, namespace=namespace, secret=secret, digest=digest)
        return hub.run(_after(answer, shown))

    def _name_of(self, hub: Hub) -> str:
        return next(name for name in self.namespaces if self.namespaces.get(name) is hub)

    def _hubs(self) -> list[Hub]:
        found = (self.namespaces.get(name) for name in self.namespaces)
        return [hub for hub in found if hub is not None]


async def first_key(door: Door, *, name: str = "admin") -> str:
    """The key of an admin, where no key was ever made; else nothing. Whoever starts a server shows it, this one
    time. It does not close an open door: that is done by the first key that somebody asks for."""
    hub = door.namespaces.get(HOME)
    if hub is None or hub.state.ring.made or hub.state.access:
        return ""
    secret = new_secret()
    digest = door.secret.digest_of(secret, namespace=HOME)
    command = CreateKey(name=name, role="admin", digest=digest, is_first=True)
    reply = await hub.call(command)
    if not isinstance(reply, KeyMade):
        return ""
    return write_credential(namespace=HOME, key_id=reply.key_id, secret=secret)


def _rotations_shown(key: AccessKey, digest: str) -> int:
    """Which secret of the key has this digest, by the number of rotations before it."""
    is_latest = hmac.compare_digest(digest, key.digest)
    is_before = bool(key.digest_before) and hmac.compare_digest(digest, key.digest_before)
    return key.rotations if is_latest else key.rotations - 1 if is_before else NEVER


def caller_of(key: AccessKey, namespace: str, rotations: int) -> Caller:
    """Whoever shows this key's secret of that many rotations."""
    return Caller(
        namespace=namespace,
        agent=key.name,
        role=key.role,
        key_id=key.id,
        profile=key.profile or ("worker" if key.role == "agent" else "operator"),
        verbs=frozenset(key.verbs),
        queues=key.queues,
        expires_us=key.expires_us,
        rotations=rotations,
    )


def _unseen_by(caller: Caller, command: Command, state: State) -> list[tuple[str, str]]:
    return unseen_rows(state, command, caller)


async def _after(answer: Answer, change: Callable[[Reply], Reply]) -> Reply:
    return change(await settled(answer))


def _shown(reply: Reply, *, namespace: str, secret: str, digest: str) -> Reply:
    if not isinstance(reply, KeyMade):
        return reply
    if not hmac.compare_digest(reply.digest, digest):
        return replace(reply, digest="")
    key = write_credential(namespace=namespace, key_id=reply.key_id, secret=secret)
    return replace(reply, digest="", key=key)
