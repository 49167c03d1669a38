"""Replies as callers of the server see them: JSON values, without the kernel's tags."""

from typing import Any, Final

import msgspec

from interlock.kernel.command import Refusal, Reply
from interlock.kernel.payload import decode_json

_TEXT_MAPS: Final = ("steps",)
"""Fields that map names to JSON texts."""


def builtins_of(reply: Reply) -> Any:
    """The reply as JSON-like values; a field such as `payload_json` becomes the value `payload`."""
    assert not isinstance(reply, Refusal)
    return _plain(msgspec.to_builtins(reply))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return dict(_field(name, item) for name, item in value.items() if name != "type")
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _field(name: str, value: Any) -> tuple[str, Any]:
    if name.endswith("_json") and isinstance(value, str):
        return name.removesuffix("_json"), decode_json(value)
    if name in _TEXT_MAPS and isinstance(value, dict):
        return name, {key: decode_json(text) for key, text in value.items()}
    return name, _plain(value)
