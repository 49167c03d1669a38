"""Sessions, and the verbs that show or make more than one thing."""

from typing import TYPE_CHECKING, Any

from interlock.kernel.access.create import CreateKey
from interlock.kernel.access.rotate import RotateKey
from interlock.kernel.command import Command, Refusal, Reply
from interlock.kernel.escalation import ESCALATION_TOPIC
from interlock.kernel.letters import GetDeadLetters
from interlock.kernel.rights.bearer import Bearer, as_unknown, forbidden, without
from interlock.kernel.rights.queues import refuse_queues
from interlock.kernel.session import CloseSession
from interlock.kernel.time import from_now_us
from interlock.kernel.webhook.create import CreateWebhook

if TYPE_CHECKING:
    from interlock.kernel.state import State


def own_session(
    state: "State", command: CloseSession, bearer: Bearer, now_us: int
) -> Command | Reply | None:
    """An agent closes its own sessions."""
    session = state.sessions.get(command.session)
    if session is None or bearer.role != "agent" or session.agent == bearer.agent:
        return None
    return as_unknown(without(state, sessions={}), command, now_us)


def own_letters(
    state: "State", command: GetDeadLetters, bearer: Bearer, now_us: int
) -> Refusal | None:
    """Under a key for queues one of them is named; an agent sees the dead letters of tasks, and of its own mail."""
    del state, now_us
    if bearer.queues:
        return refuse_queues(command.verb, command.queue, bearer)
    is_own_mail = command.noun == "message" and command.recipient == bearer.agent
    if bearer.role != "agent" or command.noun == "task" or command.queue or is_own_mail:
        return None
    message = f"{command.verb}: an agent's key shows those of tasks, and of messages to itself"
    return forbidden(f"{message}: name the noun, and for messages the recipient")


def no_escalations(state: "State", command: Any, bearer: Bearer, now_us: int) -> Refusal | None:
    """Escalations speak of the tasks of every queue."""
    del state, now_us
    if not bearer.queues or command.topic != ESCALATION_TOPIC:
        return None
    message = f"{command.verb}: a key for queues does not open the topic {command.topic}"
    return forbidden(f"{message}, which speaks of all queues")


def all_queues(state: "State", command: Any, bearer: Bearer, now_us: int) -> Refusal | None:
    """What shows every queue at once."""
    del state, now_us
    if not bearer.queues:
        return None
    return forbidden(f"{command.verb}: it shows all queues, and the key opens some of them only")


def webhook_within(
    state: "State", command: CreateWebhook, bearer: Bearer, now_us: int
) -> Refusal | None:
    """A key for queues lets events of these queues out, no others; one that ends makes nothing that goes on."""
    del state, now_us
    if bearer.expires_us:
        message = f"{command.verb}: the key will end, and a webhook goes on: use one that lasts"
        return forbidden(message)
    if not bearer.queues:
        return None
    if command.selection.queues:
        return refuse_queues(command.verb, command.selection.queues, bearer)
    message = f"{command.verb}: the key opens some queues only: name them in selection.queues"
    return forbidden(message, queues=list(bearer.queues))


def no_wider_key(state: "State", command: CreateKey, bearer: Bearer, now_us: int) -> Refusal | None:
    """A key makes none that may more, or lasts longer, than itself."""
    del state
    expires_us = 0 if command.expires is None else from_now_us(command.expires, now_us)
    return _refuse_wider(command.verb, command.verbs, command.queues, expires_us, bearer)


def no_wider_secret(
    state: "State", command: RotateKey, bearer: Bearer, now_us: int
) -> Refusal | None:
    """Whoever gives a key a new secret has that key."""
    del now_us
    key = state.access.get(command.key_id)
    if key is None:
        return None
    return _refuse_wider(command.verb, key.verbs, key.queues, key.expires_us, bearer)


def _refuse_wider(
    verb: str,
    verbs: tuple[str, ...],
    queues: tuple[str, ...],
    expires_us: int,
    bearer: Bearer,
) -> Refusal | None:
    wider = [
        name
        for name, is_wider in (
            ("verbs", bearer.verbs and not (verbs and bearer.verbs.issuperset(verbs))),
            ("queues", bearer.queues and not (queues and set(bearer.queues).issuperset(queues))),
            ("expires", bearer.expires_us and not 0 < expires_us <= bearer.expires_us),
        )
        if is_wider
    ]
    if not wider:
        return None
    message = f"{verb}: a key makes none that allows more than itself: narrow {', '.join(wider)}"
    return forbidden(message, wider=wider)
