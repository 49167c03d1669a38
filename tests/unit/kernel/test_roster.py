"""Lists of agents, sessions and queues tell what each does now, and no more than was asked for."""

from interlock.kernel.roster import agent_count
from tests.unit.kernel.shard import Shard


def test_an_agent_in_a_list_shows_what_it_holds_and_what_waits_for_it(shard: Shard) -> None:
    shard.do("register_agent", agent="ada", groups=["readers"], capabilities=["pdf"])
    shard.do("open_session", agent="ada", session="s-1")
    task = shard.do("create_task", title="Read", lease_s=60)
    claim = shard.do("claim_task", agent="ada", session="s-1")
    shard.do(
        "extend_lease",
        task_id=task.task_id,
        fence=claim.fence,
        agent="ada",
        progress={"pages": 3},
    )
    shard.do("send_message", target="ada", message_type="QUERY", message="?", agent="bob")
    shard.advance(5)

    [ada] = shard.do("get_agents").items

    assert (ada.name, ada.status, ada.groups, ada.capabilities) == (
        "ada",
        "active",
        ("readers",),
        ("pdf",),
    )
    assert (ada.sessions, ada.session_count, ada.mail_count, ada.claim_count) == (("s-1",), 1, 1, 1)
    [held] = ada.claims
    assert (held.task_id, held.session, held.held_ms) == (task.task_id, "s-1", 5_000)
    assert held.progress_json == '{"pages":3}'
    assert not held.is_cancelled


def test_whoever_holds_a_task_is_listed_without_having_registered(shard: Shard) -> None:
    shard.do("create_task", title="a")
    shard.do("create_task", title="b")
    shard.do("claim_task", agent="stranger")
    shard.do("claim_task")

    [listed] = shard.do("get_agents").items

    assert (listed.name, listed.is_registered, listed.mail_count) == ("stranger", False, 0)
    assert agent_count(shard.state) == 1


def test_agents_are_chosen_by_status_group_and_what_they_do(shard: Shard) -> None:
    shard.do("register_agent", agent="ada", groups=["readers"])
    shard.do("register_agent", agent="bob")
    shard.do("pause_agent", name="bob", agent="person")
    shard.do("create_task", title="a")
    shard.do("claim_task", agent="stranger")

    def names(**chosen: object) -> list[str]:
        return [agent.name for agent in shard.do("get_agents", **chosen).items]

    assert names(status="paused") == ["bob"]
    assert names(status="active") == ["ada", "stranger"]
    assert names(group="readers") == ["ada"]
    assert names(busy=True) == ["stranger"]
    assert names(busy=False) == ["ada", "bob"]
    assert not shard.do("get_agents", group="nobody")


def test_a_list_of_agents_comes_in_pages(shard: Shard) -> None:
    for name in ("cy", "ada", "bob"):
        shard.do("register_agent", agent=name)

    first = shard.do("get_agents", limit=2)
    second = shard.do("get_agents", limit=2, cursor=first.cursor)

    assert [agent.name for agent in first.items] == ["ada", "bob"]
    assert [agent.name for agent in second.items] == ["cy"]
    assert second.cursor == ""


def test_sessions_stand_in_the_order_of_their_opening_with_their_claims(shard: Shard) -> None:
    shard.do("open_session", agent="bob", session="s-b")
    shard.do("open_session", agent="ada", session="s-a")
    shard.do("create_task", title="a")
    shard.do("claim_task", agent="ada", session="s-a")
    shard.advance(2)

    both = shard.do("get_sessions").items
    [own] = shard.do("get_sessions", name="ada").items

    assert [session.session for session in both] == ["s-b", "s-a"]
    assert (own.agent, own.claim_count, own.age_ms) == ("ada", 1, 2_000)
    assert not shard.do("get_sessions", name="nobody")


def test_a_page_of_queues_without_any_is_false(shard: Shard) -> None:
    assert not shard.do("get_queues")

    shard.do("create_task", title="a", queue="mail")

    [mail] = shard.do("get_queues").items
    assert (mail.queue, mail.depth) == ("mail", 1)
