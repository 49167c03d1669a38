"""How a refusal looks over HTTP: one shape for all, and the status that fits its code."""

from typing import TYPE_CHECKING, Any, Final

import msgspec

from interlock.kernel.command import CODES, Refusal
from interlock.server.exchange import Headers, Scope, Send, answer, exchange_of

if TYPE_CHECKING:
    from starlette.responses import Response

SERVER_CODES: Final[dict[str, str]] = {
    "unauthenticated": "No key came with the call, or one that opens nothing.",
    "forbidden": "The key does not allow this.",
    "wrong_host": "The Host header names no host that this server answers for.",
    "wrong_origin": "A page of another origin made the call.",
    "method_not_allowed": "The method does not go with the path; the Allow header names those that do.",
    "slow_request": "The request did not arrive in time.",
    "too_large": "The request is larger than the server takes.",
    "internal": "The server failed; what happened stands in its log.",
}
"""Why the server itself refuses a request, before a hub has seen it."""

STATUS: Final[dict[str, int]] = {
    "invalid": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "wrong_host": 403,
    "wrong_origin": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "slow_request": 408,
    "too_large": 413,
    "limit": 429,
    "queue_full": 429,
    "mailbox_full": 429,
    "internal": 500,
    "disk_full": 503,
    "ledger_unavailable": 503,
    "outcome_unknown": 503,
    "closing": 503,
}
"""The status of a code; every other one is a conflict with the present state: 409."""

CONFLICT: Final = 409

HINTS: Final[dict[str, str]] = {
    "invalid": "Correct the field that the message names; /docs shows what each verb takes.",
    "not_found": "Check the id or the name. Ids come from the answers of the verbs that create.",
    "already_claimed": "Take another task: claim_task without task_id gives the next one.",
    "not_claimable": "Look at its status with get_task; only a ready task can be claimed.",
    "wrong_status": "Read it again with its get verb, then decide again.",
    "stale_fence": "Stop working on it: somebody else holds it, and your result will not be taken.",
    "missing_capabilities": "Offer the missing capabilities with the claim, or leave it to those who have them.",
    "concurrency_busy": "Wait until the running task with that key has ended, or take another one.",
    "paused": "Wait until a person resumes the agent; what it holds it may finish.",
    "session_closed": "Open a new session with open_session and use its id.",
    "idempotency_conflict": "Use a new key for a new body, or send the first body again.",
    "version_conflict": "Read the current version, merge your change into it, and send that.",
    "queue_full": "Wait until the queue has drained, or raise its depth_max with configure_queue.",
    "mailbox_full": "Wait until the recipient has read some of its messages.",
    "limit": "Do as the message says, and wait a little before you try again.",
    "stale_receipt": "Read the mailbox again: a message that is still open comes with a new receipt.",
    "disk_full": "Make room on the server's disk, then send it again.",
    "ledger_unavailable": "Send it again under the same request id.",
    "outcome_unknown": "Look whether it was done, or send it again under the same request id.",
    "closing": "Send it again under the same request id: the server is being restarted.",
    "unauthenticated": "Send the header `Authorization: Bearer <key>`; `interlock keys` makes keys.",
    "forbidden": "Ask for a key with this verb, queue and namespace, or use the one that has them.",
    "wrong_host": "Use the address the server was started with, or add the name to allowed_hosts.",
    "wrong_origin": "Add the origin to allowed_origins if its pages may use this server.",
    "method_not_allowed": "Use a method that the Allow header names.",
    "slow_request": "Send the whole request at once.",
    "too_large": "Send less, or keep the bulk as a blob and send its reference.",
    "internal": "Send it again under the same request id; if it fails again, see the server's log.",
}
"""What to do about a refusal, by code."""

RETRY_AFTER_S: Final = 1
"""When to come back after 429 and 503."""

POLICY_VIOLATION: Final = 1_008
"""The WebSocket's code for a connection that breaks a rule."""

_encode: Final = msgspec.json.Encoder().encode


def refusal_response(refusal: Refusal, *, headers: dict[str, str] | None = None) -> "Response":
    """The response to a call that was refused."""
    from starlette.responses import Response  # the command line refuses too, and may be without it

    status, body, found = _parts(refusal)
    extra = {name.decode(): value.decode() for name, value in found}
    return Response(body, status_code=status, headers={**extra, **(headers or {})})


async def refuse_request(
    scope: Scope, send: Send, refusal: Refusal, *, headers: Headers | None = None
) -> None:
    """Answers a request with a refusal. A WebSocket that was not accepted yet is refused by closing it."""
    exchange_of(scope).code = refusal.code
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": refusal.code})
        return
    status, body, found = _parts(refusal)
    await answer(send, status, body, [*found, *(headers or ())])


def _parts(refusal: Refusal) -> tuple[int, bytes, Headers]:
    status = status_of(refusal.code)
    headers: Headers = [(b"content-type", b"application/json")]
    if status in {429, 503}:
        headers.append((b"retry-after", b"%d" % RETRY_AFTER_S))
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    return status, body_of(refusal), headers


def refused(code: str, message: str, **details: Any) -> Refusal:
    """A refusal by the server itself."""
    assert code in CODES or code in SERVER_CODES, code
    return Refusal(code=code, message=message, details=details)


def status_of(code: str) -> int:
    """The HTTP status that fits a code."""
    return STATUS.get(code, CONFLICT)


def body_of(refusal: Refusal) -> bytes:
    """The body of a refusal as JSON."""
    return _encode(error_of(refusal))


def error_of(refusal: Refusal) -> dict[str, Any]:
    """The body of a refusal: `{error: {code, message, hint, details}}`."""
    return {
        "error": {
            "code": refusal.code,
            "message": refusal.message,
            "hint": HINTS.get(refusal.code, ""),
            "details": refusal.details,
        }
    }
