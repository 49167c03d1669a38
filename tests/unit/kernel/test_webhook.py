"""What may be relied on when events are posted to a webhook."""

from typing import Any

import pytest

from interlock.kernel.webhook import advance, create, model
from tests.unit.kernel.shard import Shard, refused

HOUR_S = 3_600
URL = "https://hooks.example/in"


def webhook(shard: Shard, **fields: Any) -> str:
    """Makes a webhook; returns its id."""
    made = shard.do("create_webhook", **{"url": URL, "secret_sealed": "sealed", **fields})
    id: str = made.webhook_id
    return id


def state_of(shard: Shard, id: str) -> Any:
    return shard.do("get_webhook", webhook_id=id).webhook


def work(shard: Shard, count: int = 1) -> list[int]:
    """Events to be posted; returns their positions."""
    first = shard.state.head + 1
    for _ in range(count):
        shard.do("create_task", title="t")
    return list(range(first, first + count))


def settle(shard: Shard, id: str, position: int, **fields: Any) -> Any:
    return shard.do("advance_webhook", webhook_id=id, position=position, **fields)


def fail(shard: Shard, id: str, position: int, **fields: Any) -> Any:
    """An attempt in vain at the event behind what is settled."""
    failure = {"position": position, "error": "connection refused", **fields}
    place = shard.state.webhooks[id].position
    return shard.do("advance_webhook", webhook_id=id, position=place, failure=failure)


def die(shard: Shard, id: str, position: int) -> None:
    """All attempts in vain."""
    for _ in range(state_of(shard, id).posts_max):
        fail(shard, id, position)


def test_a_webhook_begins_with_what_happens_from_now_on(shard: Shard) -> None:
    work(shard, 3)

    assert state_of(shard, webhook(shard)).position == 4
    assert state_of(shard, webhook(shard, from_position="start")).position == 0
    assert state_of(shard, webhook(shard, from_position=2)).position == 2


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"url": "https:///in"}, "no host"),
        ({"url": "https://[::1/in"}, "no host"),
        ({"url": "https://a.example:x/"}, "no host"),
        ({"url": "ftp://a.example/"}, "no http"),
        ({"url": "https://a example/"}, "no http"),
        ({"url": "https://é.example/\n"}, "no http"),
        ({"url": "https://user:word@a.example/"}, "password"),
        ({"url": "https://a.example/#part"}, "fragment"),
        ({"url": "https://a.example:0"}, "no port 0"),
        ({"url": "https://a.example:70000?a"}, "no port 70000"),
        ({"selection": {"types": ["TaskClamed"]}}, "no event has the type 'TaskClamed'"),
        ({"from_position": 99}, "beyond"),
        ({"secret_sealed": ""}, "by a server"),
    ],
)
def test_a_webhook_that_cannot_be_is_refused(
    shard: Shard, fields: dict[str, Any], part: str
) -> None:
    reply = shard.do("create_webhook", **{"url": URL, "secret_sealed": "sealed", **fields})

    assert part in refused(reply, "invalid").message
    assert shard.log == []


@pytest.mark.parametrize(
    "url",
    [
        "HTTPS://a.example",
        "http://10.0.0.1:8080/in?a=b",
        "https://[2001:db8::1]:443/@",
        "https://a?b",
    ],
)
def test_a_webhook_may_have_any_address_of_the_web(shard: Shard, url: str) -> None:
    assert state_of(shard, webhook(shard, url=url)).url == url


def test_there_is_room_for_so_many_webhooks(shard: Shard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(create, "WEBHOOKS_MAX", 1)
    webhook(shard)

    refused(shard.do("create_webhook", url=URL, secret_sealed="sealed"), "limit")


def test_webhooks_are_listed_in_pages(shard: Shard) -> None:
    ids = [webhook(shard) for _ in range(5)]

    first = shard.do("get_webhooks", limit=3)
    second = shard.do("get_webhooks", limit=3, cursor=first.cursor)

    assert [each.webhook_id for each in (*first.items, *second.items)] == ids
    assert (bool(first), second.cursor) == (True, "")
    assert not shard.do("get_webhooks", cursor=ids[-1])
    assert len(shard.do("get_webhooks", cursor="no id").items) == 5


def test_nobody_is_shown_the_secret(shard: Shard) -> None:
    id = webhook(shard)

    assert "sealed" not in repr(shard.do("get_webhook", webhook_id=id))
    assert "sealed" not in repr(shard.do("get_webhooks"))


def test_progress_moves_forward_only(shard: Shard) -> None:
    id = webhook(shard)
    places = work(shard, 4)

    settle(shard, id, places[2], delivered=2)
    settle(shard, id, places[0], delivered=1)

    assert state_of(shard, id).position == places[2]
    assert state_of(shard, id).delivered == 2
    refused(settle(shard, id, 99), "invalid")


def test_what_was_not_wanted_is_settled_without_being_counted(shard: Shard) -> None:
    id = webhook(shard)
    place = work(shard, 3)[-1]

    settle(shard, id, place)

    assert (state_of(shard, id).position, state_of(shard, id).delivered) == (place, 0)


def test_an_event_that_fails_is_tried_again_later_and_later(shard: Shard) -> None:
    id = webhook(shard, posts_max=15)
    [place] = work(shard)

    pauses_s = []
    for attempts in range(1, 15):
        fail(shard, id, place, status=500)
        failing = state_of(shard, id).failing
        assert (failing.attempts, failing.status) == (attempts, 500)
        pauses_s.append((failing.due_us - shard.now_us) / 1_000_000)

    ceilings_s = [min(5 * 2**n, 6 * HOUR_S) for n in range(14)]
    assert all(c / 2 <= p <= c for p, c in zip(pauses_s, ceilings_s, strict=True))
    assert len({p / c for p, c in zip(pauses_s, ceilings_s, strict=True)}) > 10
    assert 8 * HOUR_S < sum(pauses_s) < 18 * HOUR_S


def test_a_target_may_ask_to_be_left_alone(shard: Shard) -> None:
    id = webhook(shard)
    [place] = work(shard)

    fail(shard, id, place, status=429, retry_after_s=120)

    assert state_of(shard, id).failing.due_us == shard.now_us + 120_000_000


def test_a_success_forgets_the_failures(shard: Shard) -> None:
    id = webhook(shard)
    [place] = work(shard)
    fail(shard, id, place)

    settle(shard, id, place, delivered=1)

    assert state_of(shard, id).failing is None
    assert shard.state.webhooks[id].failing_since_us == 0


def test_what_was_posted_in_vain_too_often_is_a_dead_letter_and_people_are_told(
    shard: Shard,
) -> None:
    id = webhook(shard, posts_max=3)
    [place, after] = work(shard, 2)

    die(shard, id, place)

    [letter] = shard.dead_letters(noun="webhook").items
    assert (letter.position, letter.tries, letter.source) == (place, 3, id)
    assert (letter.reason, letter.recipient) == ("post_limit", URL)
    [told] = shard.events("EscalationRaised")
    assert (told.noun, told.id) == ("webhook", id)
    found = state_of(shard, id)
    assert (found.position, found.dead, found.failing) == (place, 1, None)
    fail(shard, id, after)
    assert state_of(shard, id).failing.attempts == 1


def test_a_dead_letter_comes_back_before_what_is_next(shard: Shard) -> None:
    id = webhook(shard, posts_max=2)
    [place, _] = work(shard, 2)
    die(shard, id, place)
    dead = model.dead_post_id(id, place)

    shard.restart()
    assert shard.do("redrive_dead_letters", ids=[dead]).redriven == (dead,)
    shard.restart()

    assert state_of(shard, id).redriven == (place,)
    assert not shard.dead_letters().items
    settle(shard, id, place, redriven=[place, 1])
    assert (state_of(shard, id).redriven, state_of(shard, id).delivered) == ((), 1)


def test_a_dead_letter_that_dies_again_keeps_its_history(shard: Shard) -> None:
    id = webhook(shard, posts_max=1)
    [place] = work(shard)
    dead = model.dead_post_id(id, place)
    for _ in range(2):
        fail(shard, id, place)
        shard.do("redrive_dead_letters", ids=[dead])
    fail(shard, id, place)

    [letter] = shard.dead_letters().items
    assert letter.redriven == 2
    assert state_of(shard, id).position == place


def test_what_cannot_come_back_is_skipped(shard: Shard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advance, "REDRIVEN_MAX", 1)
    id = webhook(shard, posts_max=1)
    places = work(shard, 2)
    for place in places:
        fail(shard, id, place)
    one, two = (model.dead_post_id(id, place) for place in places)

    reply = shard.do("redrive_dead_letters", ids=[one, two, "post-1/none"])
    again = shard.do("redrive_dead_letters", ids=[one])
    shard.do("delete_webhook", webhook_id=id)
    late = shard.do("redrive_dead_letters", ids=[two])

    assert reply.redriven == (one,)
    assert [skipped.code for skipped in reply.skipped] == ["limit", "not_found"]
    assert [skipped.code for skipped in again.skipped] == ["wrong_status"]
    assert [skipped.code for skipped in late.skipped] == ["not_found"]


def test_a_failure_of_what_is_not_next_is_refused(shard: Shard) -> None:
    id = webhook(shard)
    [place] = work(shard)
    settle(shard, id, place, delivered=1)

    refused(fail(shard, id, place), "invalid")
    refused(fail(shard, id, 99), "invalid")


def test_a_target_that_took_nothing_for_a_day_is_left_alone(shard: Shard) -> None:
    id = webhook(shard, posts_max=100)
    [place] = work(shard)
    fail(shard, id, place)
    shard.advance(25 * HOUR_S)
    fail(shard, id, place)
    fail(shard, id, place)

    found = state_of(shard, id)
    assert (found.status, len(shard.events("WebhookPaused"))) == ("paused", 1)
    assert "for a day" in found.reason
    assert shard.events("EscalationRaised")[-1].id == id


def test_a_target_that_wants_no_more_is_left_alone_at_once(shard: Shard) -> None:
    id = webhook(shard)
    [place] = work(shard)

    fail(shard, id, place, status=410, is_gone=True)

    assert state_of(shard, id).status == "paused"


def test_a_paused_webhook_goes_on_where_it_stopped(shard: Shard) -> None:
    id = webhook(shard)
    [place] = work(shard)
    fail(shard, id, place)

    for _ in range(2):
        paused = shard.do("pause_webhook", webhook_id=id, reason="maintenance").webhook
        assert (paused.status, paused.reason) == ("paused", "maintenance")
    shard.restart()
    for _ in range(2):
        resumed = shard.do("resume_webhook", webhook_id=id).webhook
        assert (resumed.status, resumed.position, resumed.failing) == ("active", place - 1, None)

    assert len(shard.events("WebhookPaused", "WebhookResumed")) == 2


def test_while_a_secret_changes_both_are_at_hand(shard: Shard) -> None:
    id = webhook(shard)

    made = shard.do("rotate_webhook_secret", webhook_id=id, grace_s=60, secret_sealed="new")

    kept = shard.state.webhooks[id]
    assert made.grace_until_us == shard.now_us + 60_000_000
    assert (kept.secret_sealed, kept.secret_before_sealed) == ("new", "sealed")
    refused(shard.do("rotate_webhook_secret", webhook_id=id), "invalid")


def test_a_deleted_webhook_is_forgotten(shard: Shard) -> None:
    id = webhook(shard)
    assert shard.do("delete_webhook", webhook_id=id).webhook.webhook_id == id

    for verb in ("get_webhook", "pause_webhook", "resume_webhook", "delete_webhook"):
        refused(shard.do(verb, webhook_id=id), "not_found")
    refused(settle(shard, id, 0), "not_found")
    rotated = shard.do("rotate_webhook_secret", webhook_id=id, secret_sealed="new")
    refused(rotated, "not_found")
    shard.restart()
    assert shard.state.webhooks == {}


def test_every_move_of_a_webhook_happens(shard: Shard) -> None:
    id = webhook(shard)
    seen = {("", "WebhookCreated"): {shard.status_of("webhook", id)}}
    for verb in ("pause_webhook", "resume_webhook"):
        before = shard.status_of("webhook", id)
        shard.do(verb, webhook_id=id)
        event = type(shard.events()[-1]).__name__
        seen[before, event] = {shard.status_of("webhook", id)}

    assert seen == model.WEBHOOK_MOVES
    assert set(model.WEBHOOK_STATUSES) == {"active", "paused"}
