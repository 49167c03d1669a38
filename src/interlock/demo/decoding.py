"""From bytes to text: a ladder of encodings, and a note for every rung that had to guess."""

import codecs
import unicodedata
from typing import Final

import msgspec

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # The UTF-32 mark begins with the UTF-16 one, so it is asked for first.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# Enough of a file to tell text from junk; a larger sample changes no verdict.
SNIFF_BYTES: Final = 65_536

# Characters that no text is made of: control, unassigned, private, half; and the replacement of broken ones.
_STRANGE: Final = frozenset(("Cc", "Cn", "Co", "Cs", "So"))
SNIFF_CHARS_BYTES: Final = 8_192

# Real text holds almost no control characters; random bytes hold about one in nine.
CONTROL_SHARE_MAX: Final = 0.05

_CONTROL_BYTES: Final = bytes(byte for byte in range(32) if byte not in b"\t\n\r\f\x1b") + b"\x7f"

_DROPPED: Final = {
    code: None for code in (*range(32), *range(0x7F, 0xA0), 0xFEFF) if chr(code) not in "\t\n"
} | {ord("\f"): "\n", 0x85: "\n", 0x2028: "\n", 0x2029: "\n"}


class Decoded(msgspec.Struct, frozen=True):
    text: str
    encoding: str
    warnings: tuple[str, ...] = ()


def looks_binary(content: bytes) -> bool:
    """True when the bytes are no text in any encoding of the ladder."""
    encoding = _unicode_with_nuls(content)
    if encoding is not None:
        # Nearly any two bytes are some character, so meaning is what has to be asked for.
        text = content[:SNIFF_CHARS_BYTES].decode(encoding, "replace")
        strange = sum(
            unicodedata.category(char) in _STRANGE for char in text if char not in "\r\n\t"
        )
        return strange > len(text) * CONTROL_SHARE_MAX
    sample = content[:SNIFF_BYTES]
    controls = len(sample) - len(sample.translate(None, _CONTROL_BYTES))
    return controls > len(sample) * CONTROL_SHARE_MAX


def decode_text(content: bytes) -> Decoded:
    """Always gives text: the last rung, latin-1, knows every byte. Guesses are told in `warnings`."""
    encoding = _unicode_with_nuls(content)
    if encoding is not None:
        return _decode_marked(content, encoding)
    try:
        return Decoded(text=clean_text(content.decode("utf-8")), encoding="utf-8")
    except UnicodeDecodeError:
        return _decode_legacy(content)


def clean_text(text: str) -> str:
    """One kind of line end, no control characters, no byte order marks, no lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_DROPPED)
    return text.encode("utf-8", "replace").decode("utf-8")


def _unicode_with_nuls(content: bytes) -> str | None:
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return encoding
    sample = content[:4096]
    if len(sample) < 8:
        return None
    even, odd = sample[0::2], sample[1::2]
    if odd.count(0) > len(odd) * 0.4 and even.count(0) < len(even) * 0.05:
        return "utf-16-le"
    if even.count(0) > len(even) * 0.4 and odd.count(0) < len(odd) * 0.05:
        return "utf-16-be"
    return None


def _decode_marked(content: bytes, encoding: str) -> Decoded:
    guessed = encoding in ("utf-16-le", "utf-16-be")
    warnings = [f"no byte order mark, read as {encoding}"] if guessed else []
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode(encoding, "replace")
        warnings.append(f"damaged {encoding}: unreadable characters were replaced")
    return Decoded(text=clean_text(text), encoding=encoding, warnings=tuple(warnings))


def _decode_legacy(content: bytes) -> Decoded:
    whole = len(content)
    text = content.decode("utf-8", "ignore")
    multibyte = sum(1 for char in text[:SNIFF_BYTES] if ord(char) > 127)
    broken = whole - len(text.encode("utf-8"))
    if multibyte >= broken:
        mixed = content.decode("utf-8", "interlock-demo-cp1252")
        warning = f"mixed encodings: {broken} bytes that are not UTF-8 were read as cp1252"
        return Decoded(text=clean_text(mixed), encoding="utf-8+cp1252", warnings=(warning,))
    try:
        text, encoding = content.decode("cp1252"), "cp1252"
    except UnicodeDecodeError:
        text, encoding = content.decode("latin-1"), "latin-1"
    return Decoded(
        text=clean_text(text), encoding=encoding, warnings=(f"not UTF-8, read as {encoding}",)
    )


def _read_broken_as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    broken = error.object[error.start : error.end]
    try:
        return broken.decode("cp1252"), error.end
    except UnicodeDecodeError:
        return broken.decode("latin-1"), error.end


codecs.register_error("interlock-demo-cp1252", _read_broken_as_cp1252)
