"""Random mixtures of rings, claims, gates and local first: each makes a Plan that freezes, on which both engines agree."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_demand import WORLD as DRAWN_WORLD
from small_demand import drawn, written

from sim.engine.check_log import check_log
from sim.engine.make_plan import make_plan
from sim.engine.plan import Plan
from sim.engine.simulate import simulate
from sim.model.period import PeriodSpec
from sim.model.policies import Policy
from sim.model.policies.groups import Detours, Stop
from sim.model.world import WorldSpec, build_world

OFFICE = "weekdays 08:30-12:00 14:00-18:00"
CATEGORIES = ("dispute", "waste", "hazard")
PERIOD = {"start": "2021-03-01", "days": 30, "history": "20 d"}
TIERS: dict[str, Any] = {
    "office_shift": OFFICE,
    "grid_triage": "25 min",
    "desk": {"work": "4 min", "shift": "daily 08:00-20:00"},
    "community": {"triage": "15 min"},
    "street": {"staff": 2, "triage": "10 min", "desk_work": "5 min"},
    "departments": [{"id": "police", "title": "p", "triage": "full"}, {"id": "urban", "title": "u", "crews": 2}],
}
LIMITS = {"urgent": "2 h", "quick": "24 h", "ordinary": "3 working days", "hard": "15 d"}

SHARES = st.sampled_from(["0 %", "20 %", "60 %", "100 %"])
SOME = st.sampled_from(["20 %", "71 %", "100 %"])
SHIFTS = st.sampled_from(["always", "daily 18:30-21:00", "sat,sun 09:00-11:00", OFFICE])
MEETINGS = st.sampled_from(
    ["every 1 d at 09:00", "every 10 d at 09:00", "mon,thu at 14:30", "every 400 d at 09:00"][:3]
)
SPANS = st.sampled_from(["1 s", "4 h", "2 d", "1 working days"])
SETTLES = st.dictionaries(st.sampled_from(CATEGORIES), SHARES, min_size=1)
TRIAGE = st.sampled_from(["full", "15 min"])
UNITS = st.sampled_from(["grid", "community", "street"])


def ring(id: str) -> st.SearchStrategy[dict[str, Any]]:
    terms = {
        "per": UNITS,
        "members": st.integers(1, 3),
        "coverage": SOME,
        "shift": SHIFTS,
        "skill": SOME,
        "willing": SHARES,
        "settles": SETTLES,
        "triage": TRIAGE,
    }
    return st.fixed_dictionaries({"id": st.just(id), "title": st.just(id), **terms})


RINGS = st.fixed_dictionaries(
    {"timeout": SPANS, "rings": st.integers(1, 3).flatmap(lambda n: st.tuples(*(ring(f"r{k}") for k in range(n))))}
)
CLAIMS = st.fixed_dictionaries(
    {
        "of": st.sampled_from(["reports", "grid", "community"]),
        "per": st.sampled_from(["community", "street"]),
        "members": st.integers(1, 4),
        "shift": SHIFTS,
        "settles": SETTLES,
        "willing": SHARES,
        "ease": st.sampled_from([0, 1, 100]),
        "limit": SPANS,
        "meeting": MEETINGS,
        "triage": TRIAGE,
    }
)
WAITING = st.none() | st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=3, unique=True)
MEETING = st.fixed_dictionaries({"kind": st.just("meeting"), "meeting": MEETINGS, "categories": WAITING})
FIVE_STEP = st.fixed_dictionaries(
    {
        "kind": st.just("five_step"),
        "consolidation": MEETINGS,
        "coordinators": st.integers(1, 3),
        "coordinator_work": st.sampled_from(["0 s", "2 h"]),
        "shift": SHIFTS,
        "dispatch": st.none() | MEETINGS,
        "categories": WAITING,
    }
)
LOCAL = st.fixed_dictionaries(
    {
        "kind": st.just("local_first"),
        "local_hold": st.sampled_from(["0 h", "4 h", "2 d", "1 working days"]),
        "inquiry": SHARES,
        "inquiry_work": st.sampled_from([0.5, 1, 2]),
        "local": WAITING,
        "grid": st.none() | SPANS,
        "misroute": st.sampled_from(["0 %", "20 %"]),
    }
)
MIXTURES = st.fixed_dictionaries(
    {},
    optional={"rings": RINGS, "claims": CLAIMS, "gates": MEETING | FIVE_STEP, "escalation": LOCAL},
)

WORLD = build_world(WorldSpec.model_validate({**DRAWN_WORLD, "households": 1200}))
DEMAND = drawn(written(), WORLD, PERIOD)


def said(value: Any) -> Any:
    """A mixture without what it leaves to defaults."""
    return {name: said(one) for name, one in value.items() if one is not None} if isinstance(value, dict) else value


def plan_of(mixture: dict[str, Any]) -> Plan:
    fixed = {
        "zoning": {"kind": "by_households", "target": 150},
        "staffing": {"workers": 9, "shift": OFFICE, "speed": "4.5 km/h"},
        "tiers": TIERS,
        "limits": LIMITS,
        "channels": {
            "kind": "by_table",
            "hotline": "district",
            "walk_in": "community",
            "targets": {"hazard": "department"},
        },
        "rounds": {"kind": "daily", "visits": {"quota": 2}, "patrol": {"quota": "1 h"}},
        "verification": {"kind": "sampled", "failure": "20 %", "field": "30 %", "field_work": "30 min"},
    }
    policy = Policy.model_validate({**fixed, **said(mixture)})
    return make_plan(WORLD, DEMAND, policy, period=PeriodSpec.model_validate(PERIOD))


def collides(mixture: dict[str, Any]) -> bool:
    """Whether two of its parts lead from the same tier."""
    claimed = mixture.get("claims", {}).get("of")
    return (claimed == "reports" and "rings" in mixture) or (claimed == "grid" and "escalation" in mixture)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(MIXTURES.filter(lambda mixture: not collides(mixture)))
def test_engines_agree_on_any_mixture(mixture: dict[str, Any]) -> None:
    check_log(simulate(plan_of(mixture), engine="both", events=True))


def test_two_detours_from_one_tier_are_refused() -> None:
    one, other = (Detours((Stop(name, "wait", "grid", next="grid"),), up={"grid": name}) for name in ("a", "b"))
    with pytest.raises(ValueError, match="two parts of the policy lead cases from grid"):
        one + other
    assert (one + Detours()).up == {"grid": "a"}
