"""What kind of world: how much of each fault, and what its agents mostly do."""

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Faults:
    """Chances per commit, per message on the network and per beat of the world; times in virtual seconds."""

    is_calm: bool = False
    commit_s: float = 0.004
    crash_before: float = 0.001
    crash_after: float = 0.001
    store_full: float = 0.001
    store_error: float = 0.001
    commit_unknown: float = 0.003
    resolve_error: float = 0.05
    lose: float = 0.02
    duplicate: float = 0.04
    delay: float = 0.05
    """Of messages that take long; the others take a few milliseconds."""
    crash: float = 0.001
    usurp: float = 0.0005
    jump: float = 0.002
    suspend: float = 0.001
    low_disk: float = 0.002
    pause: float = 0.001
    """Of beats after which nothing is asked for seconds, minutes or days."""


@dataclass(frozen=True)
class Profile:
    """One kind of world."""

    name: str
    faults: Faults = field(default_factory=Faults)
    deeds: dict[str, int] = field(default_factory=dict)
    agents: int = 14
    open_max: int = 60
    zombies: float = 0.06
    """The chance that a worker goes silent beyond its lease and then goes on."""
    request_ids: float = 0.6
    closed_max: int = 12
    """Finished things that a hub keeps at hand: few, so that it often has to fetch them."""
    alarms_max: int = 5
    beat_s: float = 0.008
    patience: float = 0.4
    """The share of questions that wait for an answer."""
    is_fair: bool = False
    is_plain: bool = False
    """No capabilities, no concurrency keys and no claims by name: the order of the queue can be judged."""


TASKS = {
    "create": 16, "claim": 20, "claim_named": 8, "work": 44, "cancel": 2, "retry": 3, "look": 4, "queue": 1,
    "register": 2, "agent_status": 2, "session": 2, "keyed": 3,
}  # fmt: skip
MAIL = {
    "send": 18, "read": 16, "settle": 20, "reply": 4, "redrive": 3, "publish": 6, "subscribe": 2,
    "get_events": 7, "ack_events": 6, "register": 2, "agent_status": 1, "session": 1,
}  # fmt: skip
MIXED = {**TASKS, **{deed: (weight + 1) // 2 for deed, weight in MAIL.items()}}
CALM = Faults(
    crash_before=0, crash_after=0, store_full=0, store_error=0, commit_unknown=0, resolve_error=0, lose=0,
    duplicate=0, delay=0, crash=0, usurp=0, jump=0, suspend=0, low_disk=0, pause=0.0005,
)  # fmt: skip

PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            "mixed",
            deeds={**MIXED, "garbage": 6, "program": 2, "schedule": 2, "help": 2, "list": 4},
        ),
        Profile("tasks", deeds=TASKS),
        Profile("mail", deeds=MAIL),
        Profile(
            "crashes",
            faults=Faults(
                crash=0.01, crash_before=0.01, crash_after=0.01, jump=0.01, suspend=0.005
            ),
            deeds=MIXED,
        ),
        Profile(
            "network",
            faults=Faults(lose=0.1, duplicate=0.2, delay=0.2),
            deeds=MIXED,
            zombies=0.15,
        ),
        Profile(
            "disk",
            faults=Faults(
                store_full=0.01,
                store_error=0.01,
                commit_unknown=0.03,
                low_disk=0.01,
                resolve_error=0.1,
            ),
            deeds=MIXED,
        ),
        Profile("owners", faults=Faults(usurp=0.01, crash=0.002), deeds=MIXED),
        Profile("garbage", deeds={**MIXED, "garbage": 80, "program": 5, "schedule": 5}),
        Profile(
            "quiet",
            deeds={
                "create": 20,
                "claim": 25,
                "work": 30,
                "send": 12,
                "read": 14,
                "settle": 10,
                "publish": 5,
                "subscribe": 2,
                "get_events": 6,
                "ack_events": 4,
            },
            agents=6,
            beat_s=4.0,
            patience=0.95,
        ),
        Profile(
            "order",
            faults=replace(Faults(), crash=0.002),
            deeds={"create": 34, "claim": 20, "work": 46, "queue": 1},
            is_plain=True,
            open_max=120,
        ),
        Profile(
            "fair",
            faults=replace(CALM, crash=0.001, lose=0.01),
            deeds={"create": 34, "claim": 20, "work": 46, "queue": 1},
            is_plain=True,
            is_fair=True,
            open_max=120,
            zombies=0.01,
        ),
    )
}
