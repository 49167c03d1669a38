"""What the page on events shows is what happens."""

import json
import re
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from interlock.server.serve import serve
from interlock.server.settings import Settings
from interlock.server.webhooks.signature import new_secret, signed_headers

PAGE = (Path(__file__).parents[2] / "docs" / "events.md").read_text()
CALLS = re.findall(r"curl -s 127\.0\.0\.1:7470(/\S+) -d '(.*)'", PAGE)
[STREAM] = re.findall(r"curl -sN '127\.0\.0\.1:7470(\S+)'", PAGE)


async def test_the_commands_of_the_page_have_the_output_that_it_shows(tmp_path: Path) -> None:
    settings = Settings(store=str(tmp_path / "fleet.db"), port=0)
    async with serve(settings) as serving, httpx2.AsyncClient(base_url=serving.url) as http:
        *_, made = [(await http.post(path, content=body)).json() for path, body in CALLS]
        lines: list[str] = []
        async with http.stream("GET", STREAM) as response:
            async for line in response.aiter_lines():
                lines.append(f"    {line}".rstrip())
                if line.startswith('data: {"pos":2'):
                    break

    assert timeless("\n".join(lines)) in timeless(PAGE)
    shown = json.loads(re.findall(r'    (\{"webhook_id".*\})', PAGE)[0])
    assert (made["webhook_id"], made.keys()) == (shown["webhook_id"], shown.keys())
    assert len(made["secret"]) == len(shown["secret"])


def timeless(text: str) -> str:
    """The text without the times that differ."""
    return re.sub(r"\d{16}", "TIME", text)


def test_ten_lines_verify_a_post() -> None:
    found: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0], found)
    secret, body = new_secret(), b'{"type":"TaskCompleted"}'
    now_s = int(time.time())
    headers = signed_headers([new_secret(), secret], message_id="a_1", timestamp_s=now_s, body=body)

    found["verify"](secret, headers, body)
    for forged in (
        (new_secret(), headers, body),
        (secret, headers, body + b" "),
        (secret, headers | {"webhook-id": "a_2"}, body),
        (secret, headers | {"webhook-timestamp": str(now_s - 3_600)}, body),
    ):
        with pytest.raises(ValueError, match=r"too old|not signed"):
            found["verify"](*forged)
