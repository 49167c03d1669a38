"""The demo's page names what there is: each option, agent, topic and queue."""

import re
from pathlib import Path

import click

from interlock.cli.demo import demo
from interlock.demo.roles import ASPECTS, FILE, QUEUES, ROLES, UPLOADED
from interlock.demo.sample_set import load_expected

PAGE = (Path(__file__).parents[2] / "docs" / "demo.md").read_text()


def test_the_page_lists_exactly_the_options_of_the_command() -> None:
    options = {
        parameter.opts[0] for parameter in demo.params if isinstance(parameter, click.Option)
    }
    assert set(re.findall(r"^\| `(--[a-z]+)", PAGE, re.MULTILINE)) == options


def test_the_page_names_every_agent_topic_and_queue() -> None:
    for role in ROLES:
        assert f"\n| {role} |" in PAGE
    for name in (*QUEUES, FILE, UPLOADED, *(aspect.topic for aspect in ASPECTS)):
        assert f"`{name}`" in PAGE


def test_the_page_counts_the_samples() -> None:
    assert f"# {len(load_expected())} sample documents" in PAGE
    dead = sum("dead_letter" in expected for expected in load_expected().values())
    assert re.search(rf"^    dead letters +{dead}$", PAGE, re.MULTILINE)
