"""Session tokens: what a key lends for some minutes, to somebody who should have less than the key.

A token is signed, not kept. It ends by itself, and with its key at the latest: each call looks the key up.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from typing import Annotated, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from msgspec import Meta

from interlock.kernel.access.model import Queues, Role, Verbs
from interlock.kernel.access.roles import ROLES
from interlock.kernel.command import Refusal
from interlock.kernel.rights.bearer import forbidden
from interlock.server.caller import Caller
from interlock.server.secret import ServerSecret

PREFIX: Final = "ilt_"
"""No key begins with it, and no namespace."""

TOKEN_S_MAX: Final = 600.0
TOKEN_CHARS_MAX: Final = 16_384
"""Room for all verbs and the longest names of queues; a longer header is no token."""

VERIFIED_MAX: Final = 4_096
"""Tokens whose signature need not be checked again: checking one costs as much as many calls."""

NARROWER: Final[dict[str, frozenset[str]]] = {
    "agent": frozenset({"agent"}),
    "viewer": frozenset({"viewer"}),
    "operator": frozenset({"operator", "viewer"}),
    "approver": frozenset({"approver", "viewer"}),
    "admin": frozenset({"admin", "operator", "approver", "viewer"}),
}
"""The roles that each role may lend. Nobody lends another name: an agent's token is that agent's."""

_CONTEXT: Final = b"interlock session token 1\n"
"""Stands before what is signed, so that no other signature of this key reads as a token."""


class TokenWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the body of `create_token` may say. What is left out is as with the key or token that asks."""

    ttl_s: Annotated[float, Meta(gt=0, le=TOKEN_S_MAX)] = TOKEN_S_MAX
    role: Role | None = None
    verbs: Verbs = ()
    queues: Queues = ()


class TokenMade(msgspec.Struct, frozen=True, kw_only=True):
    """A token, and when it ends by the hub's clock, in microseconds since 1970."""

    token: str
    expires_us: int


class Claims(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a token says."""

    namespace: str
    key_id: str
    role: Role
    expires_us: int
    rotations: int = 0
    verbs: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()


class Tokens:
    """Signs tokens and reads them."""

    def __init__(self, secret: ServerSecret) -> None:
        self._key = secret.signing_key
        self._public = self._key.public_key()
        self._verified: OrderedDict[str, Claims] = OrderedDict()

    def make(self, caller: Caller, wish: TokenWish, *, now_us: int) -> TokenMade | Refusal:
        """A token that allows what the wish says, and nothing that the caller may not."""
        refusal = _refuse(caller, wish)
        if refusal is not None:
            return refusal
        expires_us = now_us + int(wish.ttl_s * 1_000_000)
        claims = Claims(
            namespace=caller.namespace,
            key_id=caller.key_id,
            role=wish.role or caller.role,
            expires_us=min(expires_us, caller.expires_us or expires_us),
            rotations=caller.rotations,
            verbs=wish.verbs or tuple(sorted(caller.verbs)),
            queues=wish.queues or caller.queues,
        )
        body = msgspec.json.encode(claims)
        signature = self._key.sign(_CONTEXT + body)
        token = f"{PREFIX}{_text(body)}.{_text(signature)}"
        return TokenMade(token=token, expires_us=claims.expires_us)

    def read(self, token: str) -> Claims | None:
        """What a token says, if this server signed it."""
        known = self._verified.get(token)
        if known is not None or len(token) > TOKEN_CHARS_MAX:
            return known
        body, _, signature = token.removeprefix(PREFIX).partition(".")
        try:
            signed = _bytes(body)
            self._public.verify(_bytes(signature), _CONTEXT + signed)
            claims = msgspec.json.decode(signed, type=Claims)
        except (InvalidSignature, ValueError):
            return None
        self._verified[token] = claims
        if len(self._verified) > VERIFIED_MAX:
            self._verified.popitem(last=False)
        return claims


def _refuse(caller: Caller, wish: TokenWish) -> Refusal | None:
    if not caller.key_id:
        return forbidden("create_token: a token is lent by a key, and this call came without one")
    unknown = [verb for verb in wish.verbs if verb not in ROLES]
    if unknown:
        return Refusal(code="invalid", message=f"create_token: there is no verb {unknown[0]}")
    is_wider = {
        "role": wish.role is not None and wish.role not in NARROWER[caller.role],
        "verbs": bool(caller.verbs) and not caller.verbs.issuperset(wish.verbs),
        "queues": bool(caller.queues) and not set(caller.queues).issuperset(wish.queues),
    }
    wider = [name for name, is_so in is_wider.items() if is_so]
    if not wider:
        return None
    message = f"create_token: a token allows less, never more: narrow {', '.join(wider)}"
    return forbidden(message, wider=wider)


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """Raises `ValueError` for what `_text` did not write: one token has one spelling."""
    raw = urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
    if _text(raw) != text:
        raise ValueError("not in the shortest form")
    return raw
