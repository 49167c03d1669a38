"""What the W3C Trace Context standard asks for: valid headers are continued, all others start a new trace."""

from collections.abc import Iterable

import httpx2
import pytest

from interlock.server.trace import Trace, trace_of

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
SPAN_ID = "b7ad6b7169203331"
VALID = f"00-{TRACE_ID}-{SPAN_ID}-01"


def read(*parents: str, states: Iterable[str] = ()) -> Trace:
    """The trace of a request with these headers."""
    headers = [(b"traceparent", parent.encode("latin-1")) for parent in parents]
    headers += [(b"tracestate", state.encode("latin-1")) for state in states]
    return trace_of(headers)


@pytest.mark.parametrize(
    ("parent", "flags"),
    [
        (VALID, 1),
        (f"00-{TRACE_ID}-{SPAN_ID}-00", 0),
        (f"00-{TRACE_ID}-{SPAN_ID}-02", 2),
        (f"00-{TRACE_ID}-{SPAN_ID}-03", 3),
        (f"00-{TRACE_ID}-{SPAN_ID}-ff", 3),
        (f"00-{TRACE_ID}-{SPAN_ID}-fc", 0),
        (f" \t{VALID} ", 1),
        (f"cc-{TRACE_ID}-{SPAN_ID}-01", 1),
        (f"01-{TRACE_ID}-{SPAN_ID}-01-", 1),
        (f"cc-{TRACE_ID}-{SPAN_ID}-01-what-the-future-will-be-like", 1),
        (f"00-{'0' * 31}1-{'0' * 15}1-01", 1),
    ],
)
def test_a_valid_header_is_continued_with_a_new_span(parent: str, flags: int) -> None:
    trace = read(parent)

    assert trace.trace_id == parent.strip().split("-")[1]
    assert trace.span_id not in (parent.strip().split("-")[2], "0" * 16)
    assert trace.traceparent == f"00-{trace.trace_id}-{trace.span_id}-{flags:02x}"


@pytest.mark.parametrize(
    "parent",
    [
        "",
        "nonsense",
        f"ff-{TRACE_ID}-{SPAN_ID}-01",
        f"00-{'0' * 32}-{SPAN_ID}-01",
        f"00-{TRACE_ID}-{'0' * 16}-01",
        VALID.upper(),
        f"00-{TRACE_ID.upper()}-{SPAN_ID}-01",
        f"00-{TRACE_ID}-{SPAN_ID.upper()}-01",
        f"0-{TRACE_ID}-{SPAN_ID}-01",
        f"000-{TRACE_ID}-{SPAN_ID}-01",
        f"0g-{TRACE_ID}-{SPAN_ID}-01",
        f"CC-{TRACE_ID}-{SPAN_ID}-01",
        f"00-{TRACE_ID[:-1]}-{SPAN_ID}-01",
        f"00-{TRACE_ID}0-{SPAN_ID}-01",
        f"00-{TRACE_ID[:-1]}.-{SPAN_ID}-01",
        f"00-{TRACE_ID}-{SPAN_ID[:-1]}-01",
        f"00-{TRACE_ID}-{SPAN_ID}0-01",
        f"00-{TRACE_ID}-{SPAN_ID[:-1]}.-01",
        f"00-{TRACE_ID}-{SPAN_ID}",
        f"00-{TRACE_ID}-{SPAN_ID}-",
        f"00-{TRACE_ID}-{SPAN_ID}-1",
        f"00-{TRACE_ID}-{SPAN_ID}-001",
        f"00-{TRACE_ID}-{SPAN_ID}-0A",
        f"00-{TRACE_ID}-{SPAN_ID}-.0",
        f"00-{TRACE_ID}-{SPAN_ID}-01-",
        f"00-{TRACE_ID}-{SPAN_ID}-01-more",
        f"cc-{TRACE_ID}-{SPAN_ID}-01.more",
        f"cc-{TRACE_ID}-{SPAN_ID}-011",
        f"00_{TRACE_ID}_{SPAN_ID}_01",
        f"00 -{TRACE_ID}-{SPAN_ID}-01",
        f"{VALID},{VALID}",
        f"00-{TRACE_ID}-{SPAN_ID}-0\xb9",
    ],
)
def test_an_invalid_header_starts_a_new_trace_without_its_state(parent: str) -> None:
    trace = read(parent, states=["vendor=1"])

    assert trace.trace_id not in (TRACE_ID, "0" * 32)
    assert len(trace.trace_id) == 32
    assert trace.state == ""
    assert trace.was_sent


def test_two_headers_start_a_new_trace_even_if_they_are_the_same() -> None:
    assert read(VALID, VALID).trace_id != TRACE_ID


def test_a_request_without_a_header_starts_a_trace_that_nobody_sent() -> None:
    trace = read(states=["vendor=1"])

    assert not trace.was_sent
    assert trace.state == ""
    assert trace.trace_id != read().trace_id


@pytest.mark.parametrize(
    ("states", "kept"),
    [
        (["a=1"], "a=1"),
        (["a=1,b=2"], "a=1,b=2"),
        (["a=1", "b=2"], "a=1,b=2"),
        (["a=1 \t,\t b=2"], "a=1,b=2"),
        (["a=1,,b=2,"], "a=1,b=2"),
        ([""], ""),
        (["", "a=1"], "a=1"),
        (["a= inner space"], "a= inner space"),
        (["a-_*/z=!#$%&'()*+-./:;<>?@[]^_`{|}~"], "a-_*/z=!#$%&'()*+-./:;<>?@[]^_`{|}~"),
        (["tenant@vendor=1"], "tenant@vendor=1"),
        (["0tenant@vendor=1"], "0tenant@vendor=1"),
        ([f"{'k' * 256}=1"], f"{'k' * 256}=1"),
        ([f"{'t' * 241}@{'s' * 14}=1"], f"{'t' * 241}@{'s' * 14}=1"),
        ([f"a={'v' * 256}"], f"a={'v' * 256}"),
        ([",".join(f"k{n}=1" for n in range(32))], ",".join(f"k{n}=1" for n in range(32))),
    ],
)
def test_a_valid_state_is_handed_on_in_order(states: list[str], kept: str) -> None:
    assert read(VALID, states=states).state == kept


@pytest.mark.parametrize(
    "state",
    [
        "a",
        "=1",
        "a=",
        "a=1=2",
        "A=1",
        "0a=1",
        "a b=1",
        "a =1",
        "a=1,b",
        "a=1,a=2",
        "@vendor=1",
        "tenant@=1",
        "tenant@0vendor=1",
        "t@e@vendor=1",
        f"{'k' * 257}=1",
        f"{'t' * 242}@v=1",
        f"t@{'s' * 15}=1",
        f"a={'v' * 257}",
        "a=\xe9",
        "a=tab\there",
        ",".join(f"k{n}=1" for n in range(33)),
    ],
)
def test_a_malformed_state_is_dropped_and_the_trace_goes_on(state: str) -> None:
    trace = read(VALID, states=[state])

    assert (trace.trace_id, trace.state) == (TRACE_ID, "")


def test_a_state_that_is_too_long_loses_its_long_members_first_and_then_the_last() -> None:
    long = f"long={'v' * 200}"
    short = ",".join(f"k{n}={'v' * 40}" for n in range(8))

    assert read(VALID, states=[f"{long},{short},{long[1:]}"]).state == short
    many = [f"k{n}={'v' * 40}" for n in range(20)]
    kept = read(VALID, states=[",".join(many)]).state
    assert kept == ",".join(many[: kept.count(",") + 1])
    assert 460 < len(kept) <= 512


async def test_an_answer_names_its_trace_and_the_task_goes_on_in_it(
    http: httpx2.AsyncClient,
) -> None:
    headers = {"traceparent": VALID, "tracestate": "vendor=1"}
    created = await http.post("/v1/create_task", json={"title": "t"}, headers=headers)
    claimed = await http.post("/v1/claim_task")

    version, trace_id, span_id, flags = created.headers["traceparent"].split("-")
    assert (version, trace_id, flags) == ("00", TRACE_ID, "01")
    assert span_id != SPAN_ID
    assert created.headers["tracestate"] == "vendor=1"
    assert claimed.json()["traceparent"] == created.headers["traceparent"]


async def test_a_body_that_names_a_trace_goes_before_the_header(http: httpx2.AsyncClient) -> None:
    other = f"00-{'c' * 32}-{'d' * 16}-01"
    fields = {"title": "t", "traceparent": other}
    await http.post("/v1/create_task", json=fields, headers={"traceparent": VALID})

    assert (await http.post("/v1/claim_task")).json()["traceparent"] == other


async def test_who_sends_no_trace_leaves_none_in_the_ledger(http: httpx2.AsyncClient) -> None:
    created = await http.post("/v1/create_task", json={"title": "t"})

    assert len(created.headers["traceparent"]) == 55
    assert (await http.post("/v1/claim_task")).json()["traceparent"] == ""


async def test_a_refusal_names_its_trace_too(http: httpx2.AsyncClient) -> None:
    for path in ("/v1/nothing", "/nowhere", "/v1/create_task"):
        answer = await http.post(path, headers={"traceparent": VALID})
        assert answer.headers["traceparent"].split("-")[1] == TRACE_ID
