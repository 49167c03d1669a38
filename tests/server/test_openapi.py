"""The OpenAPI document says what the server does; requests made from it find no fault and no other shape."""

from collections.abc import Iterator
from typing import Any

import httpx2
import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from interlock.kernel.decide import VERBS
from interlock.kernel.limits import WAIT_S_MAX
from interlock.server.openapi import build_document, codes_of
from interlock.server.shape import sealed_fields
from tests.server.process import ServerProcess, running_server

EXAMPLES = 3
"""Requests for each operation: the explicit ones, and a few that are drawn."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]

DOCUMENT = build_document()
described = schemathesis.openapi.from_dict(DOCUMENT)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server in a process of its own."""
    with running_server(tmp_path_factory.mktemp("openapi") / "fleet.db") as running:
        yield running


@described.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_the_server_keeps_to_its_description(case: Any, server: ServerProcess) -> None:
    for fields in (case.body, case.query):
        if isinstance(fields, dict) and _is_wait(fields.get("wait_s")):
            fields["wait_s"] = 0.0
    key = {"Authorization": f"Bearer {server.key}"}
    case.call_and_validate(base_url=server.url, checks=CHECKS, headers=key)


def _is_wait(value: object) -> bool:
    """Whether it would make a valid request wait."""
    try:
        return 0 < float(str(value)) <= WAIT_S_MAX
    except ValueError:
        return False


def test_every_verb_is_described_with_all_its_fields() -> None:
    for verb, kind in VERBS.items():
        assert f"/v1/{verb}" in DOCUMENT["paths"]
        told = DOCUMENT["components"]["schemas"][kind.__name__]
        assert set(told["properties"]) == set(kind.__struct_fields__) - sealed_fields(kind)
        assert told["additionalProperties"] is False


def test_json_fields_take_any_value() -> None:
    fields = DOCUMENT["components"]["schemas"]["CreateTask"]["properties"]

    assert fields["payload"] == {"description": "Any JSON value.", "default": None}
    assert fields["title"] == {"type": "string", "minLength": 1, "maxLength": 500}


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [each["operationId"] for path in DOCUMENT["paths"].values() for each in path.values()]

    assert len(set(names)) == len(names)


def test_refusals_of_a_docstring_are_responses() -> None:
    responses = DOCUMENT["paths"]["/v1/claim_task"]["post"]["responses"]

    assert {"200", "400", "401", "403", "404", "409", "413", "429", "503"} <= responses.keys()
    assert "`already_claimed`" in responses["409"]["description"]
    assert "Retry-After" in responses["503"]["headers"]
    assert codes_of(VERBS["claim_task"])[0] == "already_claimed"


def test_no_kernel_name_shows() -> None:
    schemas = DOCUMENT["components"]["schemas"]

    assert not [name for name in schemas if "." in name]
    assert not [
        name
        for schema in schemas.values()
        for name in schema.get("properties", ())
        if name.endswith("_json")
    ]


async def test_the_document_is_served(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/openapi.json")

    assert answer.content == msgspec.json.encode(DOCUMENT)
    assert answer.json()["openapi"] == "3.1.0"
