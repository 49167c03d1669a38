"""What a key opens, and what it does not, asked without a server."""

from typing import Any

import msgspec
import pytest

from interlock.kernel.access.roles import PEOPLE, ROLES
from interlock.kernel.border import make_command
from interlock.kernel.command import Refusal, Reply
from interlock.kernel.decide import VERBS
from interlock.kernel.rights.admit import CHECKS, admitted, unseen_rows
from interlock.kernel.rights.bearer import as_unknown, without
from tests.unit.kernel.shard import Shard, refused

ROLE_NAMES = (*sorted(PEOPLE), "agent")


class Bearer(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever shows a key."""

    agent: str = "ann"
    role: str = "agent"
    verbs: frozenset[str] = frozenset()
    queues: tuple[str, ...] = ()
    expires_us: int = 0


ANN = Bearer()
MAIL = Bearer(queues=("mail", "post"))
ADMIN = Bearer(agent="ada", role="admin")


def ask(shard: Shard, bearer: Bearer, verb: str, **fields: Any) -> Any:
    """What the bearer of a key is answered; rows that left memory are fetched first, as a server does."""
    command = make_command(VERBS[verb], fields)
    asked: set[tuple[str, str]] = set()
    while wanted := set(unseen_rows(shard.state, command, bearer)) - asked:
        asked |= wanted
        shard.bring(wanted)
    found = admitted(shard.state, command, bearer, shard.now_us)
    return found if isinstance(found, Reply) else shard.send(found)


def like_unknown(known: Any, unknown: Any, *, known_id: str, unknown_id: str) -> None:
    """Both were refused, in the same words but for the id."""
    assert isinstance(unknown, Refusal)
    assert repr(known).replace(known_id, unknown_id) == repr(unknown)


# Roles.


def test_every_verb_says_which_roles_may_use_it() -> None:
    assert ROLES.keys() == VERBS.keys()


def test_an_admin_may_use_every_verb_and_a_viewer_changes_nothing() -> None:
    assert all("admin" in roles for roles in ROLES.values() if roles)
    assert [verb for verb, roles in ROLES.items() if not roles] == ["advance_webhook"]
    changing = [verb for verb in VERBS if not verb.startswith(("get_", "read_", "search_"))]
    assert [
        verb for verb in (*changing, "get_messages", "get_events") if "viewer" in ROLES[verb]
    ] == []


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_a_verb_outside_of_the_role_is_forbidden(shard: Shard, role: str) -> None:
    bearer = Bearer(role=role)
    for verb, kind in VERBS.items():
        if role in ROLES[verb]:
            continue
        command = kind(
            **{field.name: "x" for field in msgspec.structs.fields(kind) if field.required}
        )
        refused_with = admitted(shard.state, command, bearer, shard.now_us)
        assert isinstance(refused_with, Refusal), verb
        assert refused_with.code == "forbidden", verb


def test_a_verb_without_a_role_is_forbidden_to_all(
    shard: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(ROLES, "get_queue")

    for role in ROLE_NAMES:
        refused(ask(shard, Bearer(role=role), "get_queue", queue="mail"), "forbidden")


def test_a_key_for_some_verbs_opens_no_other(shard: Shard) -> None:
    bearer = Bearer(verbs=frozenset({"get_queue"}))

    assert ask(shard, bearer, "get_queue", queue="mail").queue == "mail"
    refused(ask(shard, bearer, "create_task", title="t"), "forbidden")


# Names.


def test_the_name_comes_from_the_key(shard: Shard) -> None:
    ask(shard, ANN, "register_agent")
    refused(ask(shard, ANN, "register_agent", agent="bob"), "forbidden")
    ask(shard, ANN, "register_agent", agent="ann")

    assert list(shard.state.agents) == ["ann"]


def test_on_an_open_server_the_command_says_the_name(shard: Shard) -> None:
    nobody = Bearer(agent="", role="admin")

    ask(shard, nobody, "register_agent", agent="bob")

    assert list(shard.state.agents) == ["bob"]


def test_people_look_at_the_program_state_of_any_agent_and_agents_at_their_own(
    shard: Shard,
) -> None:
    shard.do("update_program_state", agent="bob", config={"a": 1})

    assert (
        ask(shard, Bearer(agent="vic", role="viewer"), "get_program_state", agent="bob").version
        == 1
    )
    assert ask(shard, Bearer(agent="vic", role="viewer"), "get_program_state").version == 0
    refused(ask(shard, ANN, "get_program_state", agent="bob"), "forbidden")
    refused(ask(shard, ADMIN, "update_program_state", agent="bob", config={}), "forbidden")


# Queues.


def test_a_key_for_queues_creates_claims_and_looks_in_these_alone(shard: Shard) -> None:
    for queue in MAIL.queues:
        assert ask(shard, MAIL, "create_task", title="t", queue=queue).status == "ready"
    assert ask(shard, MAIL, "claim_task", queue=["post", "mail"]).queue == "post"

    refused(ask(shard, MAIL, "create_task", title="t"), "forbidden")
    refused(ask(shard, MAIL, "claim_task"), "forbidden")
    refused(ask(shard, MAIL, "claim_task", queue=["mail", "other"]), "forbidden")
    refused(ask(shard, MAIL, "get_queue", queue="other"), "forbidden")
    steering = Bearer(agent="ola", role="operator", queues=("mail",))
    refused(ask(shard, steering, "configure_queue", queue="other", is_paused=True), "forbidden")
    refused(
        ask(shard, steering, "create_schedule", name="s", every_s=60, task={"title": "t"}),
        "forbidden",
    )


TASK_VERBS: dict[str, dict[str, Any]] = {
    "get_task": {},
    "claim_task": {},
    "cancel_task": {},
    "retry_task": {},
    "extend_lease": {"fence": 2},
    "complete_task": {"fence": 2},
    "fail_task": {"fence": 2},
    "release_task": {"fence": 2},
    "record_step": {"fence": 2, "name": "s"},
    "checkpoint_task": {"fence": 2},
    "create_task": {"fence": 2, "title": "t", "queue": "mail"},
    "send_message": {"fence": 2, "target": "bob", "message_type": "ACK"},
    "publish_event": {"fence": 2, "topic": "news"},
    "update_program_state": {"fence": 2},
}


@pytest.mark.parametrize("verb", TASK_VERBS)
@pytest.mark.parametrize("is_done", [False, True])
def test_a_task_of_another_queue_looks_like_one_that_is_not_there(
    shard: Shard, verb: str, is_done: bool
) -> None:
    foreign = shard.do("create_task", agent="ann", title="t", queue="other").task_id
    claim = shard.do("claim_task", agent="ann", queue="other")
    if is_done:
        shard.do("complete_task", task_id=foreign, fence=claim.fence)
    shard.restart()
    before = list(shard.log)

    fields = TASK_VERBS[verb]
    known = ask(shard, MAIL, verb, task_id=foreign, **fields)
    unknown = ask(shard, MAIL, verb, task_id="task-0-999", **fields)

    like_unknown(known, unknown, known_id=foreign, unknown_id="task-0-999")
    assert shard.log == before


def test_even_what_is_said_before_the_id_is_looked_at_is_the_same(shard: Shard) -> None:
    foreign = shard.do("create_task", title="t", queue="other").task_id
    shard.do("register_agent", agent="ann")
    shard.do("pause_agent", name="ann")

    known = ask(shard, MAIL, "claim_task", task_id=foreign)

    assert refused(known, "paused") == ask(shard, MAIL, "claim_task", task_id="task-0-999")


def test_a_need_of_another_queue_looks_like_one_that_is_not_there(shard: Shard) -> None:
    own = shard.do("create_task", title="t", queue="mail").task_id
    ended = shard.do("create_task", title="t", queue="mail").task_id
    shard.do("cancel_task", task_id=ended)
    done = shard.do("create_task", title="t", queue="post").task_id
    shard.do("complete_task", task_id=done, fence=shard.do("claim_task", queue="post").fence)
    foreign = shard.do("create_task", title="t", queue="other").task_id

    def needing(*needs: str) -> Any:
        return ask(shard, MAIL, "create_task", title="t", queue="mail", needs=[own, done, *needs])

    like_unknown(needing(foreign), needing("task-0-999"), known_id=foreign, unknown_id="task-0-999")
    refused(needing(foreign, ended), "not_found")
    assert needing().status == "blocked"


def test_a_key_for_queues_hears_of_cancellations_in_these_alone(shard: Shard) -> None:
    held = {}
    for queue in ("mail", "elsewhere"):
        shard.do("create_task", title="a", queue=queue)
        held[queue] = shard.do("claim_task", queue=queue, agent="ann")
        shard.do("cancel_task", task_id=held[queue].task_id)
    for fields in ({}, {"queues": ["mail"]}):
        (told,) = ask(shard, MAIL, "get_cancellations", **fields).items
        assert told.task_id == held["mail"].task_id
    assert ask(shard, MAIL, "get_cancellations", queues=["elsewhere"]).code == "forbidden"
    assert len(ask(shard, ANN, "get_cancellations").items) == 2


def test_a_remembered_answer_is_not_a_way_around_the_queues(shard: Shard) -> None:
    foreign = shard.do("create_task", title="t", queue="other").task_id
    ask(shard, ANN, "claim_task", task_id=foreign, request_id="r-1")

    refused(ask(shard, MAIL, "claim_task", task_id=foreign, request_id="r-1"), "not_found")


def test_a_schedule_for_another_queue_looks_like_one_that_is_not_there(shard: Shard) -> None:
    steering = Bearer(agent="ola", role="operator", queues=("mail",))
    for name, queue in (("own", "mail"), ("foreign", "other")):
        shard.do("create_schedule", name=name, every_s=60, task={"title": "t", "queue": queue})

    for verb in ("get_schedule", "pause_schedule", "resume_schedule", "delete_schedule"):
        assert ask(shard, steering, verb, name="own").schedule.name == "own"
        like_unknown(
            ask(shard, steering, verb, name="foreign"),
            ask(shard, steering, verb, name="nothing"),
            known_id="foreign",
            unknown_id="nothing",
        )
    assert shard.do("get_schedule", name="foreign").schedule.status == "active"


def test_dead_letters_are_brought_back_in_the_key_s_queues_alone(shard: Shard) -> None:
    steering = Bearer(agent="ola", role="operator", queues=("mail",))
    dead = {}
    for queue in ("mail", "other"):
        dead[queue] = shard.do("create_task", title="t", queue=queue).task_id
        fence = shard.do("claim_task", queue=queue).fence
        shard.do("fail_task", task_id=dead[queue], fence=fence, error_class="PERMANENT")
    shard.restart()

    refused(
        ask(shard, steering, "redrive_dead_letters", ids=[dead["mail"], dead["other"]]), "not_found"
    )
    refused(ask(shard, steering, "redrive_dead_letters", ids=["task-0-999"]), "not_found")
    assert ask(shard, steering, "redrive_dead_letters", ids=[dead["mail"]]).redriven == (
        dead["mail"],
    )
    anywhere = Bearer(agent="ola", role="operator")
    assert ask(shard, anywhere, "redrive_dead_letters", ids=[dead["other"]]).redriven


def test_a_key_for_queues_opens_nothing_that_speaks_of_all(shard: Shard) -> None:
    watching = Bearer(agent="vic", role="viewer", queues=("mail",))

    for bearer, verb, fields in (
        (watching, "read_log", {}),
        (MAIL, "get_queues", {"queue": ["mail", "other"]}),
        (MAIL, "get_agents", {}),
        (MAIL, "get_sessions", {}),
        (MAIL, "get_fleet", {}),
        (MAIL, "get_schedules", {"queue": "other"}),
        (MAIL, "get_tasks", {"queue": "other"}),
        (watching, "read_topic", {"topic": "escalation"}),
        (MAIL, "subscribe", {"topic": "escalation", "group": "g"}),
        (MAIL, "get_events", {"topic": "escalation", "group": "g"}),
        (watching, "get_dead_letters", {}),
        (watching, "get_dead_letters", {"queue": "other"}),
    ):
        refused(ask(shard, bearer, verb, **fields), "forbidden")
    assert ask(shard, MAIL, "subscribe", topic="news", group="g").group == "g"
    for bearer, verb, fields in (
        (watching, "get_dead_letters", {"queue": "mail"}),
        (MAIL, "get_tasks", {"queue": "mail"}),
        (ANN, "get_tasks", {}),
        (Bearer(role="viewer"), "read_log", {}),
        (Bearer(role="viewer"), "read_topic", {"topic": "escalation"}),
    ):
        assert not isinstance(_asked(shard, bearer, verb, **fields), Refusal)


# Claims and creations of others.


@pytest.mark.parametrize("verb", [verb for verb, fields in TASK_VERBS.items() if "fence" in fields])
def test_the_fence_of_another_agent_proves_nothing(shard: Shard, verb: str) -> None:
    task = shard.do("create_task", title="t").task_id
    fence = shard.do("claim_task", agent="bob").fence
    fields = {**TASK_VERBS[verb], "task_id": task, "fence": fence}
    if verb == "send_message":
        fields["target"] = "cid"
    before = list(shard.log)

    refused(ask(shard, ANN, verb, **fields), "forbidden")

    assert shard.log == before
    assert not isinstance(ask(shard, Bearer(agent="bob"), verb, **fields), Refusal)


def test_a_fence_that_has_passed_on_is_stale_for_whoever_held_it(shard: Shard) -> None:
    task = shard.do("create_task", title="t", lease_s=1).task_id
    fence = shard.do("claim_task", agent="ann").fence
    shard.advance(30)
    shard.do("claim_task", agent="bob")

    refused(ask(shard, ANN, "complete_task", task_id=task, fence=fence), "stale_fence")


def test_an_agent_takes_back_and_tries_again_what_it_created_itself(shard: Shard) -> None:
    own = shard.do("create_task", agent="ann", title="t").task_id
    other = shard.do("create_task", agent="bob", title="t").task_id

    for verb in ("cancel_task", "retry_task"):
        refused(ask(shard, ANN, verb, task_id=other), "forbidden")
    assert ask(shard, ANN, "cancel_task", task_id=own).status == "cancelled"
    operator = Bearer(agent="ola", role="operator")
    assert ask(shard, operator, "cancel_task", task_id=other).status == "cancelled"


def test_the_session_of_another_agent_looks_like_one_that_is_not_open(shard: Shard) -> None:
    shard.do("open_session", agent="bob", session="s-1")
    shard.do("open_session", agent="ann", session="s-2")

    like_unknown(
        ask(shard, ANN, "close_session", session="s-1"),
        ask(shard, ANN, "close_session", session="s-9"),
        known_id="s-1",
        unknown_id="s-9",
    )
    assert ask(shard, ANN, "close_session", session="s-2").status == "closed"
    assert ask(shard, ADMIN, "close_session", session="s-1").status == "closed"


# Mail.


def test_an_agent_reads_what_it_sent_and_what_it_was_sent(shard: Shard) -> None:
    shard.do("register_agent", agent="ann", groups=["crew"])
    sent = [
        shard.do("send_message", agent="bob", target="ann", message_type="STATUS"),
        shard.do("send_message", agent="ann", target="bob", message_type="STATUS"),
        shard.do("send_message", agent="bob", target="group:crew", message_type="STATUS"),
        shard.do("send_message", agent="bob", target="all", message_type="STATUS"),
    ]
    for item in shard.do("get_messages", agent="ann").items:
        shard.do("ack_message", receipt=item.receipt)
    for message in sent:
        assert ask(shard, ANN, "get_message", message_id=message.message_id).message
    shard.restart()

    for message in sent:
        assert ask(shard, ANN, "get_message", message_id=message.message_id).message


@pytest.mark.parametrize("is_closed", [False, True])
def test_the_mail_of_others_looks_like_mail_that_is_not_there(
    shard: Shard, is_closed: bool
) -> None:
    shard.do("register_agent", agent="bob", groups=["crew"])
    for target in ("bob", "group:crew"):
        id = shard.do("send_message", agent="cid", target=target, message_type="QUERY").message_id
        receipt = shard.do("get_messages", agent="bob").items[0].receipt
        if is_closed:
            shard.do("ack_message", receipt=receipt)
            shard.restart()
        like_unknown(
            ask(shard, ANN, "get_message", message_id=id),
            ask(shard, ANN, "get_message", message_id="message-0-999"),
            known_id=id,
            unknown_id="message-0-999",
        )
        none = "message-0-999/bob@1"
        for verb in ("ack_message", "reject_message"):
            for bearer in (ANN, Bearer(agent="ola", role="operator")):
                like_unknown(
                    ask(shard, bearer, verb, receipt=receipt),
                    ask(shard, bearer, verb, receipt=none),
                    known_id=receipt,
                    unknown_id=none,
                )
        assert ask(shard, Bearer(agent="vic", role="viewer"), "get_message", message_id=id).message
        assert ask(shard, ADMIN, "ack_message", receipt=receipt).status == "acked"


def test_a_recipient_settles_its_own_copy(shard: Shard) -> None:
    shard.do("send_message", agent="bob", target="ann", message_type="QUERY")
    receipt = shard.do("get_messages", agent="ann").items[0].receipt

    assert ask(shard, ANN, "ack_message", receipt=receipt).status == "acked"


def test_a_reply_to_the_mail_of_others_does_not_tell_its_thread(shard: Shard) -> None:
    def reply(id: str, **fields: Any) -> str:
        sent = ask(
            shard, ANN, "send_message", target="bob", message_type="STATUS", reply_to=id, **fields
        )
        return str(sent.thread_id)

    def send(source: str, target: str) -> str:
        sent = shard.do(
            "send_message", agent=source, target=target, message_type="QUERY", thread_id="secret"
        )
        return str(sent.message_id)

    foreign = send("bob", "cid")
    assert (reply(foreign), reply("message-0-999")) == (foreign, "message-0-999")
    assert reply(send("bob", "ann")) == "secret"
    assert reply(foreign, thread_id="mine") == "mine"
    assert reply("") != ""


def test_an_agent_sees_the_dead_letters_of_tasks_and_of_its_own_mail(shard: Shard) -> None:
    for fields in ({"noun": "task"}, {"queue": "mail"}, {"noun": "message", "recipient": "ann"}):
        assert not isinstance(_asked(shard, ANN, "get_dead_letters", **fields), Refusal)
    for fields in (
        {},
        {"noun": "message"},
        {"noun": "message", "recipient": "bob"},
        {"noun": "event"},
    ):
        refused(ask(shard, ANN, "get_dead_letters", **fields), "forbidden")


# Webhooks and keys.


def test_a_webhook_lets_nothing_out_that_its_maker_may_not_see(shard: Shard) -> None:
    def made_by(bearer: Bearer, **selection: Any) -> str:
        answer = _asked(
            shard, bearer, "create_webhook", url="https://example.com/", selection=selection
        )
        return str(getattr(answer, "code", "passed"))

    narrow = Bearer(agent="ada", role="admin", queues=("mail",))
    brief = Bearer(agent="ada", role="admin", expires_us=shard.now_us + 1)
    scoped = Bearer(agent="ada", role="admin", verbs=frozenset({"create_webhook"}))

    assert made_by(narrow, queues=["mail"]) == "passed"
    assert made_by(narrow, queues=["mail", "other"]) == "forbidden"
    assert made_by(narrow) == "forbidden"
    assert made_by(brief) == "forbidden"
    assert made_by(scoped) == made_by(ADMIN) == "passed"
    refused(ask(shard, narrow, "get_webhooks"), "forbidden")


def test_a_key_makes_none_that_allows_more_than_itself(shard: Shard) -> None:
    narrow = Bearer(
        agent="ada",
        role="admin",
        verbs=frozenset({"create_key", "rotate_key", "get_task"}),
        queues=("mail",),
        expires_us=shard.now_us + 60_000_000,
    )
    fits: dict[str, Any] = {"name": "ann", "verbs": ["get_task"], "queues": ["mail"], "expires": 60}
    digest = {"digest": "a" * 64}

    made = ask(shard, narrow, "create_key", **fits, **digest)
    for wider in (
        {"verbs": []},
        {"verbs": ["revoke_key"]},
        {"queues": []},
        {"queues": ["mail", "other"]},
        {"expires": None},
        {"expires": 61},
    ):
        refused(ask(shard, narrow, "create_key", **{**fits, **wider}, **digest), "forbidden")
        other = shard.do("create_key", **{**fits, **wider}, **digest)
        refused(ask(shard, narrow, "rotate_key", key_id=other.key_id, **digest), "forbidden")
    assert ask(shard, narrow, "rotate_key", key_id=made.key_id, **digest).key_id == made.key_id
    refused(ask(shard, narrow, "rotate_key", key_id="key-0-999", **digest), "not_found")


def test_where_nothing_can_be_hidden_the_key_is_refused_plainly(
    shard: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CHECKS, VERBS["register_agent"], (_hides_all,))

    refused(ask(shard, ANN, "register_agent"), "forbidden")


def _hides_all(state: Any, command: Any, bearer: Any, now_us: int) -> Any:
    """A check that hides what the verb does not need."""
    del bearer
    return as_unknown(without(state, tasks={}), command, now_us)


def _asked(shard: Shard, bearer: Bearer, verb: str, **fields: Any) -> Any:
    """What becomes of a question that the store answers."""
    return admitted(shard.state, make_command(VERBS[verb], fields), bearer, shard.now_us)


# Lists.


def test_a_key_for_queues_lists_these_queues_alone(shard: Shard) -> None:
    for queue in ("mail", "post", "other"):
        shard.do("create_task", title="t", queue=queue)
        shard.do(
            "create_schedule",
            name=queue,
            task={"title": "t", "queue": queue},
            every_s=60,
            agent="x",
        )
    assert [each.queue for each in ask(shard, MAIL, "get_queues").items] == ["mail", "post"]
    assert [each.name for each in ask(shard, MAIL, "get_schedules").items] == ["mail", "post"]
    refused(ask(shard, MAIL, "get_queues", queue=["other"]), "forbidden")
    listing: Any = admitted(shard.state, make_command(VERBS["get_tasks"], {}), MAIL, shard.now_us)
    assert not isinstance(listing, Reply)
    assert listing.queue == ("mail", "post")
    assert len(ask(shard, ANN, "get_queues").items) == 3


def test_the_story_of_a_task_in_another_queue_is_that_of_an_unknown_one(shard: Shard) -> None:
    inside = shard.do("create_task", title="t", queue="mail").task_id
    outside = shard.do("create_task", title="t", queue="other").task_id
    told = [
        admitted(
            shard.state,
            make_command(VERBS["get_timeline"], {"task_id": id}),
            MAIL,
            shard.now_us,
        )
        for id in (inside, outside, "task-0-99")
    ]
    assert not isinstance(told[0], Reply)
    assert refused(told[1], "not_found").message == f"there is no task {outside}"
    assert not isinstance(told[2], Reply)


def test_an_agent_finds_its_own_mail_and_requests_and_people_find_all(shard: Shard) -> None:
    def found(bearer: Bearer, verb: str, **fields: Any) -> Any:
        command = make_command(VERBS[verb], fields)
        return admitted(shard.state, command, bearer, shard.now_us)

    assert found(ANN, "search_messages").recipient == "ann"
    assert found(ANN, "search_messages", source="ann").recipient == ""
    refused(found(ANN, "search_messages", source="bob"), "forbidden")
    assert found(Bearer(role="viewer"), "search_messages").recipient == ""
    assert found(ANN, "get_help_requests").name == "ann"
    assert found(ANN, "get_help_requests", name="ann").name == "ann"
    refused(found(ANN, "get_help_requests", name="bob"), "forbidden")
    assert found(Bearer(role="viewer"), "get_help_requests").name == ""
    shard.do("request_help", agent="bob", title="t")
    assert not ask(shard, ANN, "get_help_requests")
    assert ask(shard, Bearer(role="approver"), "get_help_requests")


# Webhooks.


def test_a_key_for_queues_lets_only_events_of_these_queues_out(shard: Shard) -> None:
    fields = {"url": "https://hooks.example/in", "secret_sealed": "sealed"}
    for_mail = Bearer(agent="ada", role="admin", queues=("mail",))
    for_all = Bearer(agent="ada", role="admin", verbs=frozenset({"create_webhook"}))
    for_now = Bearer(agent="ada", role="admin", expires_us=shard.now_us + 1)

    for selection in ({}, {"types": ["TaskCreated"]}, {"queues": ["mail", "other"]}):
        refused(ask(shard, for_mail, "create_webhook", selection=selection, **fields), "forbidden")
    refused(ask(shard, for_now, "create_webhook", **fields), "forbidden")

    assert ask(
        shard, for_mail, "create_webhook", selection={"queues": ["mail"]}, **fields
    ).webhook_id
    assert ask(shard, for_all, "create_webhook", **fields).webhook_id
