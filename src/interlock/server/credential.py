"""What a request brings to show who calls."""

from starlette.requests import HTTPConnection


def credential_of(request: HTTPConnection) -> str:
    """The bearer credential of a request, or nothing."""
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else ""
