"""Every verb, asked with everything that must not open it. Each finding is a line; none is what a server owes.

The same matrix is run on servers with planted bugs: a bug that gives no finding would mean that nobody looks.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import httpx2
import msgspec

from interlock.kernel.decide import VERBS
from interlock.server.serve import Serving

OTHER = "team-b"
UNKNOWN = {"task": "task-0-999999", "message": "message-0-999999", "key": "key-0-999999"}

Answer = tuple[int, str, str]
"""Status, code and the whole text."""


class Fleet:
    """A server with work, mail and keys of all sorts in two namespaces."""

    def __init__(self, serving: Serving, http: httpx2.AsyncClient) -> None:
        self.serving = serving
        self.http = http
        self.keys: dict[str, str] = {}
        self.ids: dict[str, Any] = {}

    @property
    def heads(self) -> tuple[int, ...]:
        """Where the ledgers stand: whatever changes one moves its head."""
        namespaces = self.serving.door.namespaces
        hubs = [namespaces.get(name) for name in sorted(namespaces)]
        return tuple(hub.state.head for hub in hubs if hub is not None)

    async def ask(self, verb: str, body: dict[str, Any], key: str = "") -> Answer:
        """Calls a verb over HTTP."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        answer = await self.http.post(f"/v1/{verb}", json=body, headers=headers)
        is_error = answer.status_code >= 400
        return answer.status_code, answer.json()["error"]["code"] if is_error else "", answer.text

    async def do(self, verb: str, key: str = "", **body: Any) -> Any:
        """Calls a verb that must go through."""
        status, _, text = await self.ask(verb, body, key)
        assert status == 200, text
        return msgspec.json.decode(text)

    async def settle(self) -> None:
        """Makes keys, and something of every noun in both namespaces."""
        admin = await self.do("create_key", name="ada", role="admin")
        self.keys["admin"] = admin["key"]
        made = {
            "agent": {"name": "ann"},
            "bob": {"name": "bob"},
            "viewer": {"name": "vic", "role": "viewer"},
            "scoped": {"name": "ann", "queues": ["mail"]},
            "expired": {"name": "ann", "role": "admin", "expires": 1e-6},
            "revoked": {"name": "ann", "role": "admin"},
            "rotated": {"name": "ann", "role": "admin"},
            "spare": {"name": "cid"},
            "only get_queue": {"name": "ada", "role": "admin", "verbs": ["get_queue"]},
            "only get_task": {"name": "ada", "role": "admin", "verbs": ["get_task"]},
            "foreign admin": {"name": "eve", "role": "admin", "namespace": OTHER},
            "foreign agent": {"name": "ann", "namespace": OTHER},
        }
        for name, fields in made.items():
            key = await self.do("create_key", admin["key"], **fields)
            self.keys[name] = key["key"]
            self.ids[name] = key["key_id"]
        await self.do("revoke_key", admin["key"], key_id=self.ids["revoked"])
        await self.do("rotate_key", admin["key"], key_id=self.ids["rotated"], grace_s=0)
        bob, agent = self.keys["bob"], self.keys["agent"]
        await self.do("register_agent", agent)
        await self.do("register_agent", bob)
        await self.do("open_session", bob, session="session of bob")
        await self.do("send_message", bob, target="bob", message_type="QUERY", message="for bob")
        mail = (await self.do("get_messages", bob))["items"][0]
        self.ids["message"], self.ids["receipt"] = mail["id"], mail["receipt"]
        task = await self.do("create_task", bob, title="of bob", queue="other")
        self.ids["task"] = task["task_id"]
        self.ids["fence"] = (await self.do("claim_task", bob, queue="other"))["fence"]
        own = await self.do("create_task", agent, title="of ann")
        self.ids["own task"] = own["task_id"]
        schedule = {
            "name": "nightly",
            "cron": "0 3 * * *",
            "task": {"title": "t", "queue": "other"},
        }
        await self.do("create_schedule", admin["key"], **schedule)
        await self.do("subscribe", bob, topic="news", group="readers")
        await self.do("publish_event", bob, topic="news")
        events = await self.do("get_events", bob, topic="news", group="readers")
        self.ids["events"] = events["receipt"]
        blob = await self.do("put_blob", bob, content="YWJj")
        self.ids["blob"] = blob["ref"]

    def body(self, verb: str) -> dict[str, Any]:
        """Fields with which the verb would go through, or at least be looked at."""
        return {**_least(verb), **self._bodies().get(verb, {})}

    def _bodies(self) -> dict[str, dict[str, Any]]:
        held = {"task_id": self.ids["task"], "fence": self.ids["fence"]}
        group = {"topic": "news", "group": "readers"}
        shared: dict[str, dict[str, Any]] = {
            "extend_lease complete_task fail_task release_task checkpoint_task": held,
            "cancel_task retry_task get_task get_timeline": {"task_id": self.ids["task"]},
            "ack_message reject_message": {"receipt": self.ids["receipt"]},
            "get_agent pause_agent resume_agent quarantine_agent": {"name": "bob"},
            "get_schedule pause_schedule resume_schedule delete_schedule": {"name": "nightly"},
            "get_events get_subscription seek_subscription unsubscribe": group,
            "revoke_key rotate_key": {"key_id": self.ids["spare"]},
            "record_step": {**held, "name": "step"},
            "get_message": {"message_id": self.ids["message"]},
            "close_session": {"session": "session of bob"},
            "create_schedule": {"name": "new", "every_s": 60, "task": {"title": "t"}},
            "ack_events": {**group, "receipt": self.ids["events"]},
            "get_blob": {"ref": self.ids["blob"]},
            "put_blob": {"content": "YWJj"},
            "create_webhook": {"url": "https://127.0.0.1/hook"},
            "redrive_dead_letters": {"ids": [self.ids["task"]]},
        }
        return {verb: fields for verbs, fields in shared.items() for verb in verbs.split()}


async def findings(fleet: Fleet, verbs: Iterable[str] = VERBS) -> list[str]:
    """What is wrong, in the order of the checks."""
    return [f"{verb}: {line}" for verb in verbs async for line in _findings_of(fleet, verb)]


async def _findings_of(fleet: Fleet, verb: str) -> AsyncIterator[str]:
    """Asks one verb with all that must not open it, and once with what does."""
    body = fleet.body(verb)
    before = fleet.heads
    first: Answer | None = None
    for name, key in _no_keys(fleet):
        answer = await fleet.ask(verb, body, key)
        if answer[:2] != (401, "unauthenticated"):
            yield f"{name} got {answer}"
        if first is not None and answer != first:
            yield f"{name} is told what is wrong: {answer}"
        first = first or answer
    for name, key, given in _too_little(fleet, verb, body):
        answer = await fleet.ask(verb, given, key)
        if answer[:2] != (403, "forbidden"):
            yield f"{name} got {answer}"
    for name, key, known, unknown in _foreign(fleet, verb, body):
        answers = [await fleet.ask(verb, given, key) for given in (known, unknown)]
        shown = [
            _without_ids(answer, given)
            for answer, given in zip(answers, (known, unknown), strict=True)
        ]
        if shown[0] != shown[1]:
            yield f"{name} can tell: {answers}"
    if fleet.heads != before:
        yield f"something changed: {before} to {fleet.heads}"
    answer = await fleet.ask(verb, body, fleet.keys["admin"])
    if (answer[0] in {401, 403}) != (verb in NOBODY):
        yield f"an admin got {answer}"


def _no_keys(fleet: Fleet) -> Iterator[tuple[str, str]]:
    """What is no key, or not any more."""
    key = fleet.keys["agent"]
    yield "no key", ""
    yield "a word", "admin"
    yield "a key with another secret", key[:-1] + ("0" if key[-1] != "0" else "1")
    yield "a key with another number", key.replace("il_default_", "il_default_1")
    yield "a key taken to another namespace", key.replace("il_default_", f"il_{OTHER}_")
    yield "a key of no namespace", key.replace("il_default_", "il_nowhere_")
    yield "an expired key", fleet.keys["expired"]
    yield "a revoked key", fleet.keys["revoked"]
    yield "a rotated key", fleet.keys["rotated"]


def _too_little(
    fleet: Fleet, verb: str, body: dict[str, Any]
) -> list[tuple[str, str, dict[str, Any]]]:
    """Keys that open something else, and bodies that claim another name."""
    other = "only get_queue" if verb != "get_queue" else "only get_task"
    asks = [
        ("a key for another verb", fleet.keys[other], body),
        ("an admin in another's name", fleet.keys["admin"], {**body, "agent": "bob"}),
        ("an agent in another's name", fleet.keys["agent"], {**body, "agent": "bob"}),
    ]
    if verb == "get_program_state":
        asks = [ask for ask in asks if ask[0] != "an admin in another's name"]
    if verb in AGENTS_NEVER:
        asks.append(("an agent", fleet.keys["agent"], body))
    if verb in VIEWERS_NEVER:
        asks.append(("a viewer", fleet.keys["viewer"], body))
    if body.get("fence") == fleet.ids["fence"] or verb in {"cancel_task", "retry_task"}:
        asks.append(("an agent with the claim of another", fleet.keys["agent"], body))
    return asks


def _foreign(
    fleet: Fleet, verb: str, body: dict[str, Any]
) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """What is there for others only, and the same question about what is nowhere."""
    unknown = {**body, **{name: value for name, value in NOWHERE.items() if name in body}}
    if unknown == body or verb == "open_session":
        return
    yield "the admin of another namespace", fleet.keys["foreign admin"], body, unknown
    if verb not in AGENTS_NEVER:
        yield "an agent of another namespace", fleet.keys["foreign agent"], body, unknown
        if "task_id" in body:
            yield "a key for other queues", fleet.keys["scoped"], body, unknown
        if verb in {"get_message", "ack_message", "reject_message", "close_session"}:
            yield "another agent", fleet.keys["agent"], body, unknown


def _without_ids(answer: Answer, body: dict[str, Any]) -> tuple[int, str, str]:
    status, code, text = answer
    for name in NOWHERE.keys() & body.keys():
        values = body[name] if isinstance(body[name], list) else [body[name]]
        for value in values:
            text = text.replace(str(value), f"<{name}>")
    return status, code, text


NOWHERE: dict[str, Any] = {
    "task_id": UNKNOWN["task"],
    "message_id": UNKNOWN["message"],
    "receipt": "message-0-999999/bob@999999",
    "key_id": UNKNOWN["key"],
    "session": "session of nobody",
    "ids": [UNKNOWN["task"]],
    "ref": "sha256:" + "0" * 64,
}
"""Values that name nothing in any namespace."""

AGENTS_NEVER = {
    *("configure_queue", "pause_agent", "resume_agent", "quarantine_agent", "seek_subscription"),
    *("unsubscribe", "create_schedule", "pause_schedule", "resume_schedule", "delete_schedule"),
    *("get_webhook", "get_webhooks", "pause_webhook", "resume_webhook", "create_webhook"),
    *("rotate_webhook_secret", "delete_webhook", "advance_webhook"),
    *("redrive_dead_letters", "read_log", "create_key", "rotate_key", "revoke_key", "get_keys"),
}
"""Written down here once more, so that the table of the kernel is not its own proof."""

NOBODY = {"advance_webhook", "create_webhook"}
"""The first is the server's own; the second is asked here for a target that no webhook may reach."""

VIEWERS_NEVER = {
    verb
    for verb in VERBS
    if verb in {"get_messages", "get_events", "get_keys"}
    or not verb.startswith(("get_", "read_", "search_"))
}


def _least(verb: str) -> dict[str, Any]:
    """The fewest fields that make a command, one that does not wait."""
    given = {"fence": 1, "position": 0, "message_type": "ACK", "wait_s": 0}
    return {
        field.name: given.get(field.name, "x")
        for field in msgspec.structs.fields(VERBS[verb])
        if field.required or field.name == "wait_s"
    }
