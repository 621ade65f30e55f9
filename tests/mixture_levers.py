"""What random mixtures of mechanisms are made of, and strategies of what may become of cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

Tree = dict[str, Any]  # a scenario, or a part of it, as one would write it
Strategy = st.SearchStrategy[Any]

OFFICE = "weekdays 08:30-12:00 14:00-18:00"
OFF = {"kind": "off"}

SHARES = st.sampled_from(["0 %", "20 %", "60 %", "100 %"])
SOME = st.sampled_from(["20 %", "71 %", "100 %"])
SELDOM = st.sampled_from(["0 %", "5 %", "30 %"])
KAPPA = st.sampled_from(["70 %", "100 %"])
HOURS = st.sampled_from(["daily 18:30-21:00", "sat,sun 09:00-11:00", OFFICE])
SHIFTS = st.just("always") | HOURS
MEETINGS = st.sampled_from(["every 1 d at 09:00", "every 10 d at 09:00", "mon,thu at 14:30"])
SPANS = st.sampled_from(["1 s", "4 h", "2 d", "1 working days"])
WORK = st.sampled_from(["0 s", "15 min", "2 h"])
TRIAGE = st.sampled_from(["full", "15 min"])
TIERS = ("grid", "community", "street")


def easiest_first(now: int, since: int, features: np.ndarray) -> int:
    """A live score of a user's own."""
    return int(features[0])


def fields(**said: Strategy) -> Strategy:
    """A mapping with all of these fields; those that are None are left to their defaults."""
    return st.fixed_dictionaries(said).map(
        lambda found: {name: value for name, value in found.items() if value is not None}
    )


def kind(name: str, **said: Strategy) -> Strategy:
    return fields(kind=st.just(name), **said)


def few(one: Strategy, most: int = 3) -> Strategy:
    return st.lists(one, min_size=1, max_size=most, unique=True)


def steps(
    states: list[float], chance: Strategy, *, names: tuple[str, str] = ("at", "chance"), unit: str = ""
) -> Strategy:
    """A table of chances by ascending states, the first of them at 0; ``names`` of its columns."""
    rows = st.lists(st.tuples(st.sampled_from(states), chance), max_size=2, unique_by=lambda row: row[0])
    return st.tuples(chance, rows).map(
        lambda found: [
            dict(zip(names, (f"{at} {unit}" if unit else at, much), strict=True))
            for at, much in [(0, found[0]), *sorted(found[1])]
        ]
    )


@dataclass(frozen=True)
class Place:
    """What a mixture may name in a scenario: its categories, those that departments lead (category → department), departments and streets."""

    categories: tuple[str, ...]
    led: Mapping[str, str]
    departments: tuple[str, ...]
    streets: tuple[str, ...]
    days: int

    def some(self) -> Strategy:
        """Some of its categories, or nothing said."""
        return st.none() | few(st.sampled_from(self.categories))

    def shares(self, share: Strategy = SHARES) -> Strategy:
        """A share for each of some categories."""
        return st.dictionaries(st.sampled_from(self.categories), share, min_size=1, max_size=4)

    def first_days(self) -> Strategy:
        return st.integers(0, self.days - 1).map(lambda day: f"{day} d")


# what becomes of cases


def cases(place: Place) -> dict[str, Strategy]:
    return {
        "rings": kind("nested", timeout=SPANS, rings=st.integers(1, 3).flatmap(lambda n: rings(place, n))),
        "claims": claims(place),
        "gates": gates(place),
        "whistle": whistle(),
        "escalation": escalation(place),
        "dispatch": dispatch(),
        "verification": verification(place),
        "channels": channels(place),
    }


def rings(place: Place, count: int) -> Strategy:
    return st.tuples(
        *(
            fields(
                id=st.just(f"r{k}"),
                title=st.just(f"r{k}"),
                per=st.sampled_from(TIERS),
                members=st.integers(1, 3),
                coverage=SOME,
                shift=SHIFTS,
                skill=SOME,
                willing=SHARES,
                settles=place.shares(),
                triage=TRIAGE,
            )
            for k in range(count)
        )
    ).map(list)


def claims(place: Place) -> Strategy:
    fading = steps([1, 3, 9], SHARES, names=("after", "willing"), unit="d")
    return kind(
        "open_list",
        of=st.sampled_from(["reports", "grid", "community"]),
        per=st.sampled_from(["community", "street"]),
        members=st.integers(1, 4),
        shift=SHIFTS,
        settles=place.shares(),
        willing=SHARES,
        feedback=st.none() | fields(at=MEETINGS, steps=fading),
        ease=st.sampled_from([0, 1, 100]),
        limit=SPANS,
        meeting=MEETINGS,
        triage=TRIAGE,
    )


def gates(place: Place) -> Strategy:
    waiting = st.none() | few(st.sampled_from(sorted(place.led)))
    return kind("meeting", meeting=MEETINGS, categories=waiting) | kind(
        "five_step",
        consolidation=MEETINGS,
        coordinators=st.integers(1, 3),
        coordinator_work=WORK,
        shift=SHIFTS,
        dispatch=st.none() | MEETINGS,
        categories=waiting,
    )


def whistle() -> Strategy:
    return kind(
        "joint",
        use=SOME,
        idle=SELDOM,
        after=st.sampled_from([0, 0, 1]),
        per=st.sampled_from(["community", "street"]),
        leaders=st.integers(1, 2),
        shift=SHIFTS,
        leader_work=WORK,
        officers=st.integers(1, 2),
        officer_shift=SHIFTS,
        sign_work=WORK,
        contact_work=WORK,
        sign=SPANS,
        contact=SPANS,
        attend=SPANS,
        no_show=SHARES,
    )


def escalation(place: Place) -> Strategy:
    holds = {tier: st.none() | SPANS for tier in TIERS}
    limits: dict[str, Strategy] = {
        **holds,
        "misroute": SELDOM,
        "return_work": WORK,
        "return_delay": st.sampled_from(["0 s", "4 h", "4 working hours"]),
        "first_contact": st.none() | WORK,
        "rebind_after": st.none() | st.sampled_from(["0 s", "2 d"]),
        "handover_loss": SHARES,
    }
    local = kind(
        "local_first",
        **limits,
        local_hold=st.sampled_from(["0 h", "4 h", "2 d", "1 working days"]),
        inquiry=SHARES,
        inquiry_work=st.sampled_from([0.5, 1, 2]),
        local=place.some(),
    )
    return kind("off") | kind("limits", **limits) | local


def dispatch() -> Strategy:
    live = {"score": st.just(f"{__name__}:easiest_first"), "features": st.just(["severity", "category"])}
    preempt = st.sampled_from(["none", "urgent", "all"])
    plain = [kind(name, preempt=preempt) for name in ("fifo", "earliest_due", "ageing")]
    return st.one_of(kind("severity_first", preempt=preempt), *plain, kind("live", preempt=preempt, **live))


def verification(place: Place) -> Strategy:
    common: dict[str, Strategy] = {
        "failure": SELDOM,
        "failures": place.shares(),
        "recomplain": SHARES,
        "recomplain_delay": st.sampled_from(["1 h", "2 d"]),
        "trace": WORK,
    }
    audits = fields(begin=MEETINGS, lasts=st.sampled_from(["8 h", "3 d"]), field=st.none() | SHARES, papers=WORK)
    detected = st.sampled_from(["0 %", "80 %"])
    return kind("none", **common) | kind(
        "sampled",
        **common,
        field=SHARES,
        field_work=WORK,
        paper_work=WORK,
        field_detect=detected,
        paper_detect=detected,
        audits=st.none() | audits,
    )


def channels(place: Place) -> Strategy:
    return st.fixed_dictionaries(
        {},
        optional={
            "platforms": fields(integrated=SHARES, reentry=WORK),
            "cameras": fields(
                integrated=SHARES,
                sees=place.shares(),
                delay=st.sampled_from(["0 s", "1 h"]),
                channel=st.just("hotline"),
            ),
            "counters": fields(share=SHARES, instead_of=st.just("hotline"), channel=st.just("walk_in")),
            "errors": fields(over=SELDOM, under=SELDOM, tiers=st.integers(1, 4)),
        },
    )
