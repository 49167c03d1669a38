"""E-mail addresses in running text."""

import re
from typing import Final

# Bounded parts (RFC 5321) and a look behind: each character starts at most one attempt.
_ADDRESS: Final = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9_%+-][A-Za-z0-9._%+-]{0,63}"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-])"
)


def find_addresses(text: str, *, count_max: int) -> tuple[str, ...]:
    """Distinct addresses in reading order, lower case, at most `count_max`."""
    found: dict[str, None] = {}
    for match in _ADDRESS.finditer(text):
        found.setdefault(match[0].lower())
        if len(found) == count_max:
            break
    return tuple(found)
