"""The pure parts of the console, called in the browser itself."""

from typing import Any

import pytest

from tests.console.watched import Watched

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_frames_are_read_however_the_bytes_are_cut(looking: Watched) -> None:
    await looking.go()
    stream = (
        'retry: 2000\nid: 4\n\n: alive\n\nid: 5\nevent: A\ndata: {"pos":5}\n\n'
        "id: 6\r\ndata: one\r\ndata: two\r\n\r\nid: 7\nda"
    )
    script = """async ([stream, size]) => {
      const { Frames } = await import("./api/frames.js");
      const frames = new Frames();
      const found = [];
      for (let at = 0; at < stream.length; at += size) found.push(...frames.take(stream.slice(at, at + size)));
      return found.map((frame) => [frame.id, frame.data]);
    }"""

    for size in (1, 2, 3, 7, 1_000):
        found = await looking.page.evaluate(script, [stream, size])
        assert found == [["4", ""], [None, ""], ["5", '{"pos":5}'], ["6", "one\ntwo"]], size


FIGURES: list[tuple[str, str, Any, str]] = [
    ("text/figures.js", "duration", 820_000, "820 ms"),
    ("text/figures.js", "duration", 4_210_000, "4.2 s"),
    ("text/figures.js", "duration", 200_000_000, "3 min 20 s"),
    ("text/figures.js", "age", 187_200_000_000, "2 d 4 h"),
    ("text/figures.js", "age", 400_000, "0 s"),
    ("text/figures.js", "roughAge", 200_000_000, "3 min"),
    ("text/figures.js", "whole", 1_234_567, "1,234,567"),
    ("text/figures.js", "rate", 0.42, "0.4"),
    ("text/command.js", "quoted", "it's", "'it'\\''s'"),
    ("text/inert.js", "inert", "a\u202eb\u0007", "a\\u{202e}b\\u{7}"),
    ("text/inert.js", "inert", "Brücke 橋 🌉 — ok\n", "Brücke 橋 🌉 — ok\n"),
]


async def test_figures_and_texts_read_as_people_read_them(looking: Watched) -> None:
    await looking.go()
    script = "([path, name, value]) => import('./' + path).then((module) => module[name](value))"

    for path, name, value, expected in FIGURES:
        assert await looking.page.evaluate(script, [path, name, value]) == expected
