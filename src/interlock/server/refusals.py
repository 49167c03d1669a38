"""How a refusal looks over HTTP: one shape for all, and the status that fits its code."""

from typing import Any, Final

from starlette.responses import JSONResponse

from interlock.kernel.command import Refusal

STATUS: Final[dict[str, int]] = {
    "invalid": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "too_large": 413,
    "limit": 429,
    "queue_full": 429,
    "mailbox_full": 429,
    "disk_full": 503,
    "ledger_unavailable": 503,
    "outcome_unknown": 503,
    "closing": 503,
}
"""The status of a code; every other one is a conflict with the present state: 409."""

HINTS: Final[dict[str, str]] = {}
"""What to do about a refusal, by code."""

RETRY_AFTER_S: Final = 1
"""When to come back after 429 and 503."""


def refusal_response(refusal: Refusal, *, headers: dict[str, str] | None = None) -> JSONResponse:
    """The response to a call that was refused."""
    status = STATUS.get(refusal.code, 409)
    found = dict(headers or {})
    if status in {429, 503}:
        found["Retry-After"] = str(RETRY_AFTER_S)
    return JSONResponse(error_of(refusal), status_code=status, headers=found)


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
