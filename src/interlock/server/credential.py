"""Where a request carries its credential."""

from starlette.requests import Request


def credential_of(request: Request) -> str:
    """The bearer credential of a request, or nothing."""
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else ""
