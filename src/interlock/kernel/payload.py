"""Foreign JSON, checked once at the border and then carried as text.

What passes here has no duplicate keys, no NaN or infinity, no lone surrogates, no integers beyond 64 bits,
no nesting bombs and no oversize, so that every reader in every language reads the same value.
"""

import json
import math
import re
from collections import Counter
from typing import Any, Final

import msgspec

from interlock.kernel.limits import I64_MAX, NESTING_MAX, PAYLOAD_BYTES_MAX

NULL: Final = "null"
_LONG_DIGITS: Final = re.compile(r"[0-9]{19}")
_I64_MIN: Final = -I64_MAX - 1


class InvalidJson(ValueError):
    """The value is not JSON that every reader reads alike; the text says what is wrong and where."""


def encode_json(value: Any, *, bytes_max: int = PAYLOAD_BYTES_MAX) -> str:
    """The compact JSON text of a Python value.

    Takes None, bool, int, float, str, and dicts (string keys) and lists or tuples of these; structs and
    dataclasses are taken through `msgspec.to_builtins`. Raises `InvalidJson`.
    """
    if value is None:
        return NULL
    try:
        _walk(value, depth=0)
        encoded = msgspec.json.encode(value)
    except (TypeError, UnicodeEncodeError, RecursionError) as error:
        raise InvalidJson(f"not JSON: {error}") from error
    if len(encoded) > bytes_max:
        raise InvalidJson(_too_large(len(encoded), bytes_max))
    return encoded.decode()


def parse_json(text: str | bytes, *, bytes_max: int = PAYLOAD_BYTES_MAX) -> Any:
    """The Python value of a JSON text. Raises `InvalidJson` for all that `encode_json` would refuse, and for
    duplicate keys."""
    if isinstance(text, str):
        try:
            text = text.encode()
        except UnicodeEncodeError as error:
            raise InvalidJson("the text holds a lone surrogate") from error
    if len(text) > bytes_max:
        raise InvalidJson(_too_large(len(text), bytes_max))
    _refuse_nesting(text)
    try:
        # As text: from bytes it would guess other encodings, and skip a byte order mark.
        value = json.loads(
            text.decode(),
            object_pairs_hook=_refuse_duplicates,
            parse_constant=_refuse_constant,
            parse_int=_parse_int,
        )
    except UnicodeDecodeError as error:
        raise InvalidJson(f"not UTF-8: {error}") from error
    except json.JSONDecodeError as error:
        raise InvalidJson(f"not JSON: {error}") from error
    _walk(value, depth=0)
    return value


def check_json(text: str, *, bytes_max: int = PAYLOAD_BYTES_MAX) -> str:
    """The text itself if it is what `encode_json` would have made, else what it would have made of the same
    value. Raises `InvalidJson`.

    A text that comes back the same from a decoder and an encoder holds no duplicate key and nothing exotic;
    only others take the slow way.
    """
    if len(text) <= bytes_max and _is_canonical(text, bytes_max=bytes_max):
        return text
    return encode_json(parse_json(text, bytes_max=bytes_max), bytes_max=bytes_max)


def decode_json(text: str) -> Any:
    """The value of a text that passed this border before."""
    return None if text == NULL or not text else msgspec.json.decode(text)


def _is_canonical(text: str, *, bytes_max: int) -> bool:
    if text.count("[") + text.count("{") > NESTING_MAX or _is_wide(text):
        return False
    try:
        encoded = text.encode()
        return (
            len(encoded) <= bytes_max and msgspec.json.encode(msgspec.json.decode(text)) == encoded
        )
    except (msgspec.DecodeError, UnicodeEncodeError):
        return False


def _is_wide(text: str) -> bool:
    """Whether the text may hold an integer beyond 64 bits: it has a run of at least 19 digits."""
    return len(text) >= 19 and _LONG_DIGITS.search(text) is not None


def _walk(value: Any, *, depth: int) -> None:
    if depth > NESTING_MAX or (depth == NESTING_MAX and isinstance(value, dict | list | tuple)):
        raise InvalidJson(
            f"nested deeper than {NESTING_MAX} levels: flatten it or send it as a blob"
        )
    if isinstance(value, str):
        _refuse_surrogate(value)
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int):
        _refuse_wide(value)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidJson(f"{value} is not a JSON number: send null or text")
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise InvalidJson(f"the object key {key!r} is not a string")
            _refuse_surrogate(key)
            _walk(item, depth=depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            _walk(item, depth=depth + 1)
    else:
        _walk_foreign(value, depth=depth)


def _walk_foreign(value: Any, *, depth: int) -> None:
    _walk(msgspec.to_builtins(value, str_keys=True), depth=depth)


def _refuse_surrogate(text: str) -> None:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InvalidJson(f"lone surrogate at character {error.start}") from error


def _refuse_wide(number: int) -> None:
    if not _I64_MIN <= number <= I64_MAX:
        raise InvalidJson(
            f"an integer of {number.bit_length()} bits does not fit in 64 bits: send it as text"
        )


def _refuse_nesting(text: bytes) -> None:
    """Refuses a nesting bomb before the recursive parser meets it."""
    if text.count(b"[") + text.count(b"{") <= NESTING_MAX:
        return
    depth = 0
    in_string = escaped = False
    for byte in text:
        if in_string:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_string = False
        elif byte == 0x22:
            in_string = True
        elif byte in b"[{":
            depth += 1
            if depth > NESTING_MAX:
                raise InvalidJson(
                    f"nested deeper than {NESTING_MAX} levels: flatten it or send it as a blob"
                )
        elif byte in b"]}":
            depth -= 1


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        [(twice, _)] = Counter(key for key, _ in pairs).most_common(1)
        raise InvalidJson(f"the object key {twice!r} stands twice")
    return found


def _refuse_constant(name: str) -> Any:
    raise InvalidJson(f"{name} is not a JSON number: send null or text")


def _parse_int(digits: str) -> int:
    if len(digits) > 20:
        raise InvalidJson(
            f"an integer of {len(digits)} digits does not fit in 64 bits: send it as text"
        )
    return int(digits)


def _too_large(size: int, bytes_max: int) -> str:
    return f"{size} bytes are more than the {bytes_max} that fit inline: put them into a blob and send its reference"
