"""Foreign JSON is the same value for every reader, or is refused with a clear reason."""

import json
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.kernel.limits import NESTING_MAX, PAYLOAD_BYTES_MAX
from interlock.kernel.payload import InvalidJson, check_json, decode_json, encode_json, parse_json

I64 = 2**63
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-I64, I64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
DEEPEST = "[" * NESTING_MAX + "]" * NESTING_MAX
TOO_DEEP = "[" * (NESTING_MAX + 1) + "]" * (NESTING_MAX + 1)

REFUSED_TEXTS = {
    '{"a":1,"a":2}': "stands twice",
    '[{"b":0,"a":1,"a":1}]': "stands twice",
    "NaN": "NaN",
    "[Infinity]": "Infinity",
    "-Infinity": "-Infinity",
    "1e400": "inf",
    '"\\ud800"': "surrogate",
    '{"\\udfff":1}': "surrogate",
    str(I64): "64",
    str(-I64 - 1): "64",
    "1" * 30: "64",
    TOO_DEEP: "nested",
    '["\\"[\\\\",' + TOO_DEEP + "]": "nested",
    '"' + "x" * PAYLOAD_BYTES_MAX + '"': "bytes",
    "": "not JSON",
    "{": "not JSON",
    "[1,]": "not JSON",
    "nul": "not JSON",
    "1 2": "not JSON",
    "\ud800": "surrogate",
}


@given(VALUES)
def test_every_value_that_json_can_hold_passes_and_comes_back(value: Any) -> None:
    text = encode_json(value)

    assert decode_json(text) == value
    assert parse_json(text) == value
    assert check_json(text) == text
    assert json.loads(text) == value


@pytest.mark.parametrize(("text", "reason"), REFUSED_TEXTS.items())
def test_text_that_readers_would_read_differently_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InvalidJson, match=reason):
        parse_json(text)
    with pytest.raises(InvalidJson, match=reason):
        check_json(text)


def test_text_of_another_encoding_is_refused() -> None:
    with pytest.raises(InvalidJson, match="UTF-8"):
        parse_json(b'"\xff"')


def test_a_nesting_bomb_cannot_hide_in_another_encoding() -> None:
    bomb = ('["\u2200",' + "[" * 15_000).encode("utf-16-le")

    with pytest.raises(InvalidJson):
        parse_json(bomb)


def test_many_brackets_are_no_nesting_unless_they_are_nested() -> None:
    flat = json.dumps([[]] * 200)
    quoted = json.dumps('\\"' + "[" * 200)

    assert parse_json(flat) == [[]] * 200
    assert parse_json(quoted) == '\\"' + "[" * 200
    assert check_json(DEEPEST) == DEEPEST


@pytest.mark.parametrize(
    ("text", "compact"),
    [
        (' { "a" : [ 1 , 2 ] } ', '{"a":[1,2]}'),
        ('"\\u0041"', '"A"'),
        ("1.10", "1.1"),
        ("-0", "0"),
        ("9007199254740993", "9007199254740993"),
        (str(I64 - 1), str(I64 - 1)),
        ("null", "null"),
        ('"\u00e4"', '"\u00e4"'),
    ],
)
def test_text_is_kept_in_its_compact_form(text: str, compact: str) -> None:
    assert check_json(text) == compact


@dataclass
class Point:
    """Something that a caller may hand in."""

    x: int
    y: Any = None


class Pair(msgspec.Struct):
    """Something else."""

    left: Any


def test_structs_dataclasses_and_tuples_are_values_too() -> None:
    assert encode_json({"p": Point(1), "q": (Pair([2]),)}) == (
        '{"p":{"x":1,"y":null},"q":[{"left":[2]}]}'
    )


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        [float("inf")],
        "\ud800",
        {"\ud800": 1},
        {"a": {1: 2}},
        I64,
        -I64 - 1,
        10**400,
        object(),
        Point(1, y=float("nan")),
        Pair(left=object()),
        "x" * PAYLOAD_BYTES_MAX,
    ],
)
def test_a_value_that_json_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(InvalidJson):
        encode_json(value)


def test_a_value_that_holds_itself_is_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)

    with pytest.raises(InvalidJson, match="nested"):
        encode_json(circle)


def test_nothing_stands_for_null() -> None:
    assert encode_json(None) == "null"
    assert decode_json("") is decode_json("null") is None
