"""What a receiver of webhooks may rely on. Hours of backoff pass by the hub's clock, which the tests move."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx2
import pytest

from interlock.hub.clock import HubClock
from interlock.hub.hub import Hub
from interlock.kernel.border import make_command
from interlock.kernel.decide import VERBS
from interlock.kernel.webhook.create import CreateWebhook, WebhookMade
from interlock.kernel.webhook.model import Webhook
from interlock.server.sealing import Sealing
from interlock.server.tail import Tail
from interlock.server.webhooks.courier import Courier
from interlock.server.webhooks.making import submit_webhook
from interlock.server.webhooks.post import RESPONSE_BYTES_MAX, Poster
from interlock.server.webhooks.signature import new_secret, signed_headers
from interlock.server.webhooks.target import TargetPolicy, read_networks
from interlock.store.memory import MemoryStore
from tests.server.certificates import certify
from tests.server.receiver import Received, Receiver, is_genuine, receiving

START_US = 1_800_000_000_000_000
HERE = TargetPolicy(networks=read_networks(("127.0.0.0/8",)), is_http_allowed=True)
OWN = Sealing(bytes(32))


class Office:
    """A hub with a clock that the test moves, and couriers for its webhooks."""

    def __init__(self) -> None:
        self.elapsed_us = 0
        self.hub: Hub
        self.trust = httpx2.create_ssl_context()

    async def do(self, verb: str, **fields: Any) -> Any:
        return await self.hub.call(make_command(VERBS[verb], fields))

    async def create_webhook(self, url: str, **fields: Any) -> WebhookMade:
        command = make_command(CreateWebhook, {"url": url, **fields})
        made = await submit_webhook(self.hub, command, sealing=OWN, policy=HERE)
        assert isinstance(made, WebhookMade)
        return made

    def webhook(self, id: str) -> Webhook:
        return self.hub.state.webhooks[id]

    @property
    def now_s(self) -> int:
        return self.hub.now_us() // 1_000_000

    async def pause(self, seconds: float) -> None:
        """Lets hub time pass."""
        self.elapsed_us += int(seconds * 1_000_000)
        await asyncio.sleep(0)

    @asynccontextmanager
    async def delivering(
        self, id: str, *, policy: TargetPolicy = HERE, sealing: Sealing = OWN
    ) -> AsyncIterator[asyncio.Task[None]]:
        """A courier at work on the webhook."""
        tail = Tail(self.hub)
        poster = Poster(policy, trust=self.trust)
        courier = Courier(tail, id, post=poster.post, sealing=sealing, pause=self.pause)
        running = asyncio.create_task(courier.run())
        try:
            yield running
        finally:
            tail.end("the test is over")
            await running
            await poster.close()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Waits until something of the ledger holds."""
        while not holds():
            position = self.hub.head
            await self.hub.store.read("0", after=position, limit=1, wait_s=1)


@pytest.fixture
async def office(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    monkeypatch.setattr("interlock.server.tail.GATHER_S", 0)
    found = Office()
    found.hub = await Hub.start(
        MemoryStore(),
        owner="test",
        make_clock=lambda last_us: HubClock(
            last_us=last_us, wall=lambda: START_US, elapsed=lambda: found.elapsed_us
        ),
    )
    yield found
    await found.hub.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


def test_the_signature_is_that_of_the_rules() -> None:
    """The expected values come from `openssl dgst -sha256 -mac HMAC` over the same bytes."""
    two = ["whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "whsec_" + "ZGVm" * 8]
    headers = signed_headers(
        two, message_id="webhook-0-7_12", timestamp_s=1_800_000_000, body=b'{"type":"TaskCreated"}'
    )
    empty = signed_headers(
        ["whsec_ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7"], message_id="msg", timestamp_s=1, body=b""
    )

    first, second = headers["webhook-signature"].split(" ")
    assert first == "v1,kgZVb95Nhfl43TP6+I43l+882zEG+Mln9nZ4Y5iSBog="
    assert second.startswith("v1,")
    assert headers["webhook-id"] == "webhook-0-7_12"
    assert headers["webhook-timestamp"] == "1800000000"
    assert empty["webhook-signature"] == "v1,w89DdGcutezldhVh6BR8Ocn8gROa/lNoavUdbORdaGk="


def test_a_secret_has_the_length_and_the_form_of_the_rules() -> None:
    secret = new_secret()

    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert secret != new_secret()


async def test_events_arrive_in_order_signed_and_as_selected(
    office: Office, receiver: Receiver
) -> None:
    wanted = {"types": ["TaskCreated", "TaskCancelled"], "queues": ["mail"]}
    made = await office.create_webhook(receiver.url, selection=wanted)
    for number in range(3):
        await office.do("create_task", title=f"t{number}", queue="mail", payload={"n": number})
        await office.do("create_task", title="other")
    await office.do("cancel_task", task_id="task-0-2")

    async with office.delivering(made.webhook_id):
        posts = await receiver.received(4)
        await office.until(lambda: office.webhook(made.webhook_id).delivered == 4)

    assert [post.event["data"]["pos"] for post in posts] == [2, 4, 6, 8]
    assert [post.id for post in posts] == [f"{made.webhook_id}_{pos}" for pos in (2, 4, 6, 8)]
    assert all(is_genuine(post, made.secret, now_s=office.now_s) for post in posts)
    assert not is_genuine(posts[0], new_secret(), now_s=office.now_s)
    assert not is_genuine(posts[0], made.secret, now_s=office.now_s + 3_600)
    first = posts[0].event
    assert (first["type"], first["timestamp"]) == ("TaskCreated", "2027-01-15T08:00:00.000000Z")
    assert first["data"]["payload"] == {"n": 0}
    assert office.webhook(made.webhook_id).position == 8


async def test_the_progress_of_webhooks_is_posted_to_none(
    office: Office, receiver: Receiver
) -> None:
    made = await office.create_webhook(receiver.url)
    async with office.delivering(made.webhook_id):
        for number in range(3):
            await office.do("create_task", title="t")
            await receiver.received(number + 1)
            delivered = number + 1
            await office.until(lambda n=delivered: office.webhook(made.webhook_id).delivered == n)  # type: ignore[misc]

    assert [post.event["type"] for post in receiver.posts] == ["TaskCreated"] * 3


async def test_a_target_that_fails_is_tried_again_under_the_same_id(
    office: Office, receiver: Receiver
) -> None:
    made = await office.create_webhook(receiver.url)
    await office.do("create_task", title="t")
    receiver.statuses = [500, 500, 302, 500]

    async with office.delivering(made.webhook_id):
        posts = await receiver.received(5)
        await office.until(lambda: office.webhook(made.webhook_id).delivered == 1)

    assert len({post.id for post in posts}) == 1
    assert len({post.body for post in posts}) == 1
    sent_s = [int(post.headers["webhook-timestamp"]) for post in posts]
    pauses_s = [after - before for before, after in pairwise(sent_s)]
    assert all(
        low <= found <= 2 * low + 1 for found, low in zip(pauses_s, (2, 5, 10, 20), strict=True)
    )
    assert all(is_genuine(posts[n], made.secret, now_s=sent_s[n]) for n in range(5))
    assert office.webhook(made.webhook_id).failing is None


async def test_hours_later_it_is_a_dead_letter_that_can_be_brought_back(
    office: Office, receiver: Receiver
) -> None:
    wanted = {"types": ["TaskCreated"]}
    made = await office.create_webhook(receiver.url, posts_max=8, selection=wanted)
    await office.do("create_task", title="one")
    receiver.statuses = [500] * 8
    async with office.delivering(made.webhook_id):
        await office.until(lambda: office.webhook(made.webhook_id).dead == 1)
        await office.do("create_task", title="two")
        posts = await receiver.received(9)
        dead = (await office.do("get_dead_letters", noun="webhook")).items
        assert (await office.do("redrive_dead_letters", ids=[dead[0].id])).redriven
        await receiver.received(10)
        await office.until(lambda: not office.webhook(made.webhook_id).redriven)

    titles = [post.event["data"]["task"]["title"] for post in receiver.posts]
    assert titles == ["one"] * 8 + ["two", "one"]
    assert posts[0].id == receiver.posts[-1].id
    assert dead[0].title == "the target answered 500"
    told = await office.hub.store.read("0", after=0, limit=99, topic="escalation")
    assert len(told) == 1


async def test_a_target_that_wants_no_more_is_left_alone(
    office: Office, receiver: Receiver
) -> None:
    made = await office.create_webhook(receiver.url)
    await office.do("create_task", title="t")
    receiver.statuses = [410]
    async with office.delivering(made.webhook_id) as running:
        await running

    assert office.webhook(made.webhook_id).status == "paused"
    await office.do("resume_webhook", webhook_id=made.webhook_id)
    async with office.delivering(made.webhook_id):
        posts = await receiver.received(2)
    assert posts[0].id == posts[1].id


async def test_a_target_is_left_alone_for_as_long_as_it_asks(
    office: Office, receiver: Receiver
) -> None:
    made = await office.create_webhook(receiver.url)
    await office.do("create_task", title="t")
    receiver.statuses = [429]
    async with office.delivering(made.webhook_id):
        posts = await receiver.received(2)

    sent_s = [int(post.headers["webhook-timestamp"]) for post in posts]
    assert 7_200 <= sent_s[1] - sent_s[0] <= 7_201


async def test_a_redirect_is_not_followed(office: Office, receiver: Receiver) -> None:
    async with receiving() as other:
        moved = f"HTTP/1.1 307 Moved\r\nlocation: {other.url}\r\ncontent-length: 0\r\n\r\n"
        receiver.raw = lambda _: moved.encode()
        made = await office.create_webhook(receiver.url, posts_max=2)
        await office.do("create_task", title="t")
        async with office.delivering(made.webhook_id):
            await office.until(lambda: office.webhook(made.webhook_id).dead == 1)

        assert other.posts == []


async def test_a_long_answer_is_not_read(office: Office, receiver: Receiver) -> None:
    def endless(_: Received) -> bytes:
        length = 100 * RESPONSE_BYTES_MAX
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nset-cookie: a=b\r\n\r\n"
        return head.encode() + b"x" * (2 * RESPONSE_BYTES_MAX)

    receiver.raw = endless
    made = await office.create_webhook(receiver.url)
    for _ in range(2):
        await office.do("create_task", title="t")
    async with office.delivering(made.webhook_id):
        posts = await receiver.received(2)

    assert "cookie" not in posts[1].headers


async def test_while_a_secret_changes_both_sign(office: Office, receiver: Receiver) -> None:
    made = await office.create_webhook(receiver.url)
    rotate = make_command(
        VERBS["rotate_webhook_secret"], {"webhook_id": made.webhook_id, "grace_s": 60}
    )
    changed = await submit_webhook(office.hub, rotate, sealing=OWN, policy=HERE)  # type: ignore[arg-type]
    assert isinstance(changed, WebhookMade)
    async with office.delivering(made.webhook_id):
        await office.do("create_task", title="t")
        [both, *_] = await receiver.received(1)
        await office.pause(61)
        await office.do("create_task", title="t")
        during = office.now_s - 61
        found = await receiver.received(2)

    assert {made.secret, changed.secret} == {
        secret for secret in (made.secret, changed.secret) if is_genuine(both, secret, now_s=during)
    }
    assert is_genuine(found[-1], changed.secret, now_s=office.now_s)
    assert not is_genuine(found[-1], made.secret, now_s=office.now_s)


async def test_an_address_inside_is_never_called(office: Office, receiver: Receiver) -> None:
    made = await office.create_webhook(receiver.url, posts_max=1)
    await office.do("create_task", title="t")
    async with office.delivering(made.webhook_id, policy=TargetPolicy(is_http_allowed=True)):
        await office.until(lambda: office.webhook(made.webhook_id).dead == 1)

    [dead] = (await office.do("get_dead_letters", noun="webhook")).items
    assert "no public address" in dead.title
    assert receiver.posts == []


async def test_a_secret_that_cannot_be_opened_pauses_the_webhook(
    office: Office, receiver: Receiver
) -> None:
    made = await office.create_webhook(receiver.url)
    await office.do("create_task", title="t")
    async with office.delivering(made.webhook_id, sealing=Sealing(bytes(31) + b"x")) as running:
        await running

    found = office.webhook(made.webhook_id)
    assert (found.status, receiver.posts) == ("paused", [])
    assert "rotate_webhook_secret" in found.reason


async def test_a_paused_or_deleted_webhook_gets_nothing_more(
    office: Office, receiver: Receiver
) -> None:
    made = await office.create_webhook(receiver.url)
    async with office.delivering(made.webhook_id) as running:
        await office.do("create_task", title="t")
        await receiver.received(1)
        await office.do("delete_webhook", webhook_id=made.webhook_id)
        await running
    await office.do("create_task", title="t")

    assert [post.event["type"] for post in receiver.posts] == ["TaskCreated"]


async def test_the_log_never_holds_a_secret(office: Office, receiver: Receiver) -> None:
    made = await office.create_webhook(receiver.url, request_id="r1", agent="boss")
    records = await office.hub.store.read("0", after=0, limit=99)

    again = await office.create_webhook(receiver.url, request_id="r1", agent="boss")

    text = "".join(record.body for record in records)
    assert made.secret not in text
    assert made.secret.removeprefix("whsec_") not in text
    assert (again.webhook_id, again.secret) == (made.webhook_id, "")


async def test_over_tls_the_certificate_has_to_be_that_of_the_name(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served, office.trust = certify("hooks.example", folder=tmp_path)
    async with receiving(tls=served) as receiver:
        port = receiver.url.rpartition(":")[2]
        loop = asyncio.get_running_loop()

        async def resolve(host: str, port: int, **_: Any) -> list[Any]:
            return [(2, 1, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr(loop, "getaddrinfo", resolve)
        right = await office.create_webhook(f"https://hooks.example:{port}", posts_max=1)
        wrong = await office.create_webhook(f"https://other.example:{port}", posts_max=1)
        await office.do("create_task", title="t")
        async with office.delivering(right.webhook_id):
            posts = await receiver.received(1)
            await office.until(lambda: office.webhook(right.webhook_id).delivered > 0)
        async with office.delivering(wrong.webhook_id):
            await office.until(lambda: office.webhook(wrong.webhook_id).dead > 0)

    assert posts[0].headers["host"] == "hooks.example:" + port.partition("/")[0]
    [dead, *_] = (await office.do("get_dead_letters", noun="webhook")).items
    assert "certificate" in dead.title.lower()
    assert {post.id.partition("_")[0] for post in receiver.posts} == {right.webhook_id}


async def test_what_cannot_be_reached_is_a_failure_like_any_other(office: Office) -> None:
    made = await office.create_webhook("http://127.0.0.1:1/", posts_max=1)
    await office.do("create_task", title="t")
    async with office.delivering(made.webhook_id):
        await office.until(lambda: office.webhook(made.webhook_id).dead == 1)

    [dead] = (await office.do("get_dead_letters", noun="webhook")).items
    assert "ConnectError" in dead.title
