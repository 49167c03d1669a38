"""The frames that a client and a hub exchange: a length of four bytes, big endian, then msgpack.

All calls, or all answers, of one turn of the sender's loop travel in one frame. The same frames travel
over a WebSocket, which keeps their lengths itself.
"""

from typing import Any, Final, Union

import msgspec

from interlock.kernel.command import Command, Reply
from interlock.kernel.decide import COMMANDS, all_of
from interlock.kernel.errors import InterlockError

PROTOCOL: Final = 1
"""Raised when an old client could misread a new hub, or the other way round."""

FRAME_BYTES_MAX: Final = 32 * 1024 * 1024
"""One frame: room for a few hundred of the largest commands."""

FRAME_BYTES_SOFT: Final = 8 * 1024 * 1024
"""Where a sender starts another frame."""

CALLS_MAX: Final = 10_000
"""Calls of one connection that may be unanswered."""

LENGTH_BYTES: Final = 4

UNAUTHENTICATED_CODE: Final = 4_401
"""With this code a server closes the WebSocket of a client whose hello brought no key that it takes."""

AnyCommand: Any = Union[COMMANDS]  # noqa: UP007
AnyReply: Any = all_of(Reply)


class Hello(msgspec.Struct, frozen=True, tag=True):
    """The client's first frame. `key` is the credential of a client that cannot send headers, such as a browser."""

    protocol: int = PROTOCOL
    key: str = ""


class Welcome(msgspec.Struct, frozen=True, tag=True):
    """The hub's first frame: it speaks this protocol for this shard. Another protocol ends the connection."""

    shard: str
    protocol: int = PROTOCOL


class Calls(msgspec.Struct, frozen=True, tag=True):
    """Commands, each with a number that its answer will carry."""

    calls: list[tuple[int, msgspec.Raw]]


class Abandon(msgspec.Struct, frozen=True, tag=True):
    """Calls whose callers went away: nobody waits for the answers."""

    calls: list[int]


class Answers(msgspec.Struct, frozen=True, tag=True):
    """Answers to calls."""

    answers: list[tuple[int, Any]]
    """Replies, or what stands for them in the frame."""


MALFORMED: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What the decoders raise for bytes that are no message: wrong types, text that is no UTF-8, nesting bombs."""

ANSWER_BYTES_MAX: Final = FRAME_BYTES_MAX - FRAME_BYTES_SOFT
"""The largest single answer: it fits into a frame behind others."""


class WireError(InterlockError):
    """The other side sent what is not of this protocol: the connection is closed."""


_encoder: Final = msgspec.msgpack.Encoder()
decode_request: Final = msgspec.msgpack.Decoder(Hello | Calls | Abandon).decode
"""A frame that a client sends."""
decode_command: Final = msgspec.msgpack.Decoder(AnyCommand).decode
"""One command of a `Calls` frame."""
_AnswersIn: Any = msgspec.defstruct(
    "Answers", [("answers", list[tuple[int, AnyReply]])], frozen=True, tag=True
)
decode_response: Final = msgspec.msgpack.Decoder(Welcome | _AnswersIn).decode
"""A frame that a hub sends."""


def encode_body(message: Hello | Welcome | Calls | Abandon | Answers) -> bytes:
    """The bytes of a frame without their length."""
    return _encoder.encode(message)


def framed(body: bytes) -> bytes:
    """A frame's bytes behind their length, as a stream needs them."""
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def encode_frame(message: Hello | Welcome | Calls | Abandon | Answers) -> bytes:
    """The bytes of a frame, length included."""
    return framed(encode_body(message))


def encode_command(command: Command) -> bytes:
    """A command as it stands in its frame, once it is wrapped as `Raw`."""
    return _encoder.encode(command)


def encode_raw(message: Command | Reply) -> msgspec.Raw:
    """A command or an answer as it stands in its frame."""
    return msgspec.Raw(_encoder.encode(message))


class FrameReader:
    """Cuts a stream of bytes into frames."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, received: bytes) -> list[bytes]:
        """The frames that are complete now. Raises `WireError` for one that is too long."""
        buffer = self._buffer
        buffer += received
        frames: list[bytes] = []
        at = 0
        while len(buffer) - at >= LENGTH_BYTES:
            length = int.from_bytes(buffer[at : at + LENGTH_BYTES], "big")
            if length > FRAME_BYTES_MAX:
                raise WireError(f"a frame of {length} bytes is longer than {FRAME_BYTES_MAX}")
            end = at + LENGTH_BYTES + length
            if len(buffer) < end:
                break
            frames.append(bytes(buffer[at + LENGTH_BYTES : end]))
            at = end
        del buffer[:at]
        return frames
