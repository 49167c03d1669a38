"""One call of a verb over HTTP, with nothing but the standard library."""

import json
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final
from urllib.parse import urlsplit

import msgspec

from interlock.kernel.errors import InterlockError
from interlock.kernel.limits import WAIT_S_MAX

TIMEOUT_S: Final = WAIT_S_MAX + 15
"""How long an answer may take: a long poll, and what the way there and back may cost."""

ANSWER_BYTES_MAX: Final = 64 * 1024 * 1024
"""An answer that is longer comes from something that is no plane."""


class Unreachable(InterlockError):
    """No plane answered at the address; whether the command was carried out is not known."""


class HttpAnswer(msgspec.Struct, frozen=True):
    """What the server said: a status, and the JSON of an answer or of a refusal."""

    status: int
    body: bytes

    @property
    def is_refusal(self) -> bool:
        """Whether the command was not carried out."""
        return self.status >= 400


def call_over_http(url: str, verb: str, body: bytes, *, key: str = "") -> HttpAnswer:
    """Sends the JSON object `body` to the verb of the plane at `url` and waits. Raises `Unreachable`."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Unreachable(f"{url} is no address of a plane: it begins with http:// or https://")
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    try:
        connection = kind(parts.hostname, parts.port, timeout=TIMEOUT_S)
        try:
            return _exchange(connection, f"{parts.path.rstrip('/')}/v1/{verb}", body, headers)
        finally:
            connection.close()
    except (OSError, HTTPException, ValueError) as error:
        raise Unreachable(
            f"no plane answers at {url}: {str(error) or type(error).__name__}"
        ) from error


def _exchange(
    connection: HTTPConnection, path: str, body: bytes, headers: Mapping[str, str]
) -> HttpAnswer:
    connection.request("POST", path, body=body, headers=headers)
    response = connection.getresponse()
    content = response.read(ANSWER_BYTES_MAX + 1)
    if len(content) > ANSWER_BYTES_MAX:
        raise ValueError(f"the answer is longer than {ANSWER_BYTES_MAX} bytes")
    found = json.loads(content)
    is_refusal = response.status >= 400
    if not isinstance(found, dict) or (is_refusal and "error" not in found):
        raise ValueError(f"status {response.status}, and the answer is none of a plane")
    return HttpAnswer(response.status, content)
