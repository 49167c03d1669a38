"""Foreign JSON is read alike by every reader, or refused."""

import json
import math
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.kernel.payload import (
    NULL,
    InvalidJson,
    check_json,
    decode_json,
    encode_json,
    parse_json,
)
from tests.unit.kernel import hostile

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=20,
)


@pytest.mark.parametrize("text", hostile.JSON_TEXTS.values(), ids=hostile.JSON_TEXTS.keys())
def test_a_hostile_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidJson):
        check_json(text)
    with pytest.raises(InvalidJson):
        parse_json(text)
    with pytest.raises(InvalidJson):
        parse_json(text.encode())


def test_a_raw_surrogate_in_a_text_is_refused() -> None:
    with pytest.raises(InvalidJson, match="surrogate"):
        check_json(hostile.RAW_SURROGATE)
    with pytest.raises(InvalidJson, match="surrogate"):
        parse_json(hostile.RAW_SURROGATE)


@pytest.mark.parametrize(
    "text", [b'"\xff"', b'"\xed\xa0\x80"', b'"\xc0\x80"', b"\xff\xfe1\x00", '"a"'.encode("utf-16")]
)
def test_bytes_that_are_no_utf_8_are_refused(text: bytes) -> None:
    with pytest.raises(InvalidJson):
        parse_json(text)


@pytest.mark.parametrize("name", hostile.values())
def test_a_hostile_value_is_refused(name: str) -> None:
    with pytest.raises(InvalidJson):
        encode_json(hostile.values()[name])


def test_a_bomb_in_a_foreign_object_is_refused() -> None:
    @dataclass
    class Box:
        inside: Any

    with pytest.raises(InvalidJson):
        encode_json(Box(hostile.bomb()))


def test_the_message_names_what_is_wrong() -> None:
    with pytest.raises(InvalidJson, match="key 'a' stands twice"):
        check_json('{"b":1,"a":1,"a":2}')
    with pytest.raises(InvalidJson, match="64 bits"):
        encode_json(2**63)
    with pytest.raises(InvalidJson, match="put them into a blob"):
        encode_json("x" * 70_000)
    with pytest.raises(InvalidJson, match="nested deeper than 64"):
        check_json("[" * 70 + "]" * 70)
    with pytest.raises(InvalidJson, match="not JSON"):
        encode_json(hostile.Opaque())


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (' { "a" : [ 1 , 2 ] } ', '{"a":[1,2]}'),
        ('"\\u00e9\\ud83d\\ude00"', '"é😀"'),
        ("-0", "0"),
        ("1E5", "100000.0"),
        ('"a\\/b"', '"a/b"'),
        ("9223372036854775807", "9223372036854775807"),
        ("-9223372036854775808", "-9223372036854775808"),
        ('"12345678901234567890123"', '"12345678901234567890123"'),
        ('"[[[{{{"', '"[[[{{{"'),
        ('"' + "[" * 500 + '\\" ]"', '"' + "[" * 500 + '\\" ]"'),
        ("[" * 64 + "]" * 64, "[" * 64 + "]" * 64),
        ("[" + ",".join(["[]"] * 100) + "]", "[" + ",".join(["[]"] * 100) + "]"),
        ("6.02214076e23", "6.02214076e23"),
    ],
)
def test_a_text_is_kept_in_one_form(text: str, kept: str) -> None:
    assert check_json(text) == kept
    assert check_json(kept) == kept


@given(VALUES)
def test_every_reader_reads_the_value_that_was_sent(value: Any) -> None:
    text = encode_json(value)
    assert json.loads(text) == msgspec.json.decode(text) == value
    assert check_json(text) == text
    assert decode_json(text) == value


@given(VALUES, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_how_a_text_is_written_does_not_matter(value: Any, indent: Any, is_ascii: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=is_ascii)
    checked = check_json(text)
    assert json.loads(checked) == value
    assert check_json(checked) == checked


@given(st.text(alphabet='{}[]":,\\u0123456789abdeE+-.ntflrsu \ud800é\x00', max_size=40))
def test_a_random_text_is_refused_or_read_alike(text: str) -> None:
    try:
        checked = check_json(text)
    except InvalidJson:
        return
    value = json.loads(text)
    assert json.loads(checked) == msgspec.json.decode(checked) == value


@given(st.binary(max_size=40))
def test_random_bytes_are_refused_or_read_alike(text: bytes) -> None:
    try:
        value = parse_json(text)
    except InvalidJson:
        return
    assert json.loads(text.decode()) == value


@given(st.integers())
def test_an_integer_passes_exactly_when_it_has_64_bits(number: int) -> None:
    fits = -(2**63) <= number < 2**63
    for write in (lambda: encode_json(number), lambda: check_json(str(number))):
        if fits:
            assert write() == str(number)
        else:
            with pytest.raises(InvalidJson):
                write()


def test_structs_dataclasses_and_tuples_are_taken() -> None:
    class Point(msgspec.Struct):
        x: int

    class Colour(IntEnum):
        RED = 3

    @dataclass
    class Box:
        inside: Any

    assert encode_json(Point(x=1)) == '{"x":1}'
    assert encode_json(Box((Point(x=2), None))) == '{"inside":[{"x":2},null]}'
    assert encode_json([Colour.RED, {"set"}]) == '[3,["set"]]'
    assert encode_json(None) == NULL


def test_a_limit_of_its_own_is_kept() -> None:
    assert check_json('"abc"', bytes_max=5) == '"abc"'
    for text in ('"abcd"', '"äbc"'):
        with pytest.raises(InvalidJson, match="more than the 5"):
            check_json(text, bytes_max=5)


def test_what_is_not_there_is_null() -> None:
    assert decode_json("") is None
    assert decode_json(NULL) is None
    assert math.isclose(decode_json("1.5"), 1.5)
