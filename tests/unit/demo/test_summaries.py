"""A summary is made of the document's own sentences, short, in order, and always the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.demo.sentences import split_sentences, tidy_sentence
from interlock.demo.summariser import (
    CONSIDERED_CHARS_MAX,
    SENTENCE_CHARS_MAX,
    SENTENCES_MAX,
    first_lines,
    summarise,
)

STORY = (
    "The bridge over the river was built long ago. Somebody sneezed loudly somewhere else. The bridge carries"
    " trains over the river every day. Trains over the bridge are slow today. My cat likes the warm window."
)


def sentences(text: str) -> list[str]:
    return [tidy_sentence(text[start:end]) for start, end in split_sentences(text)]


def test_the_sentences_that_share_most_words_are_chosen_in_their_order() -> None:
    assert summarise(STORY).sentences == (
        "The bridge over the river was built long ago.",
        "The bridge carries trains over the river every day.",
        "Trains over the bridge are slow today.",
    )


def test_a_repeated_sentence_is_told_once() -> None:
    found = summarise("The same words come again and again. " * 20).sentences
    assert found == ("The same words come again and again.",)


def test_mail_headers_are_no_sentences() -> None:
    text = "From: Anna Bella Clara Dora\nSubject: The garden gate is broken\n\nPlease send someone over."
    assert all("Anna" not in sentence for sentence in summarise(text).sentences)


def test_a_summary_is_bounded_however_long_the_document_is() -> None:
    text = "\n".join(
        f"word{chr(97 + n % 26)} flies over long rivers {'x' * 500}." for n in range(900)
    )
    found = summarise(text)
    assert found.is_cut is (len(text) > CONSIDERED_CHARS_MAX)
    assert len(found.sentences) <= SENTENCES_MAX
    assert all(len(sentence) <= SENTENCE_CHARS_MAX for sentence in found.sentences)


def test_a_text_without_sentences_is_left_to_the_lower_tier() -> None:
    with pytest.raises(ValueError, match="no sentence"):
        summarise("1 2 3\n4 5 6")
    assert first_lines("\n\n 1 2 3\n\n4 5 6\n").sentences == ("1 2 3", "4 5 6")
    with pytest.raises(ValueError, match="no visible line"):
        first_lines("\n \n")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One is here. Two is here! Three?", ["One is here.", "Two is here!", "Three?"]),
        ("Am 3. März kam er. Er ging.", ["Am 3. März kam er.", "Er ging."]),
        ("It began in 2026. It ended.", ["It began in 2026.", "It ended."]),
        ("See p. 4, e. g. there.", ["See p. 4, e. g. there."]),
        ("- first\n- second", ["first", "second"]),
        ("- [x] done\n- [ ] open", ["done", "open"]),
        ("Title\nText", ["Title", "Text"]),
        (f"{'a long wrapped line ' * 4}\ngoes on", [f"{'a long wrapped line ' * 4}goes on"]),
    ],
)
def test_sentences_end_where_a_reader_would_say(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


@given(st.text(max_size=1_000))
def test_no_character_that_shows_is_lost_or_doubled(text: str) -> None:
    parts = "".join(text[start:end] for start, end in split_sentences(text))
    assert "".join(parts.split()) == "".join(text.split())


@given(st.text(alphabet="Der Hund läuft. The dog! le chat?\n", min_size=20, max_size=400))
def test_the_same_text_has_the_same_summary(text: str) -> None:
    try:
        assert summarise(text) == summarise(text)
    except ValueError:
        assert first_lines(text + "x") == first_lines(text + "x")
