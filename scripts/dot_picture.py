"""Draws a few words as a small PNG that text recognition can read, without any picture library."""

import struct
import zlib
from collections.abc import Sequence

# Five by seven dots for each sign; only the signs that the picture needs.
FONT = {
    " ": "00 00 00 00 00 00 00",
    "-": "00 00 00 1F 00 00 00",
    ".": "00 00 00 00 00 0C 0C",
    ":": "00 0C 0C 00 0C 0C 00",
    "0": "06 09 09 09 09 09 06",
    "1": "04 0C 04 04 04 04 0E",
    "2": "0E 11 01 02 04 08 1F",
    "4": "02 06 0A 12 1F 02 02",
    "5": "1F 10 1E 01 01 11 0E",
    "6": "06 08 10 1E 11 11 0E",
    "8": "0E 11 11 0E 11 11 0E",
    "A": "0E 11 11 1F 11 11 11",
    "B": "1E 11 11 1E 11 11 1E",
    "C": "0E 11 10 10 10 11 0E",
    "D": "1E 09 09 09 09 09 1E",
    "E": "1F 10 10 1E 10 10 1F",
    "I": "0E 04 04 04 04 04 0E",
    "L": "10 10 10 10 10 10 1F",
    "M": "11 1B 15 15 11 11 11",
    "N": "11 19 15 13 11 11 11",
    "O": "0E 11 11 11 11 11 0E",
    "R": "1E 11 11 1E 14 12 11",
    "S": "0F 10 10 0E 01 01 1E",
    "T": "1F 04 04 04 04 04 04",
    "U": "11 11 11 11 11 11 0E",
    "V": "11 11 11 11 11 0A 04",
    "W": "11 11 11 15 15 1B 11",
}

MARGIN = 6
# Each doubling makes the letters twice as large and their slants smooth.
DOUBLINGS = 2


def png(lines: Sequence[str]) -> bytes:
    """Black letters on white, one bit per dot. The same words give the same bytes."""
    dots = drawn(lines)
    for _ in range(DOUBLINGS):
        dots = doubled(dots)
    rows = b"".join(b"\x00" + packed(row) for row in dots)
    header = struct.pack(">IIBBBBB", len(dots[0]), len(dots), 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, content) for name, content in chunks)


def drawn(lines: Sequence[str]) -> list[list[int]]:
    columns = max(map(len, lines)) * 7 + 2 * MARGIN
    blank = [[0] * columns] * MARGIN
    dots = list(blank)
    for line in lines:
        for row in range(7):
            bits = "".join(f"{int(FONT[sign].split()[row], 16):05b}00" for sign in line)
            dots.append([int(bit) for bit in ("0" * MARGIN + bits).ljust(columns, "0")])
        dots += blank
    return dots


def doubled(dots: list[list[int]]) -> list[list[int]]:
    """Twice the size; a corner takes the colour of its two neighbours where they agree (the EPX rule)."""
    height, width = len(dots), len(dots[0])

    def at(row: int, column: int) -> int:
        return dots[row][column] if 0 <= row < height and 0 <= column < width else 0

    larger: list[list[int]] = []
    for row in range(height):
        upper: list[int] = []
        lower: list[int] = []
        for column in range(width):
            up, down = at(row - 1, column), at(row + 1, column)
            left, right = at(row, column - 1), at(row, column + 1)
            same = dots[row][column]
            upper.append(up if left == up != down and up != right else same)
            upper.append(up if up == right != left and right != down else same)
            lower.append(down if down == left != right and left != up else same)
            lower.append(right if right == down != up and down != left else same)
        larger += [upper, lower]
    return larger


def packed(row: list[int]) -> bytes:
    padded = row + [0] * (-len(row) % 8)
    bits = "".join("0" if dot else "1" for dot in padded)
    return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))


def chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)
