"""Random mixtures of all mechanisms, on top of any scenario."""

from __future__ import annotations

from hypothesis import strategies as st
from mixture_levers import (
    HOURS,
    KAPPA,
    MEETINGS,
    OFF,
    SELDOM,
    SHARES,
    SOME,
    SPANS,
    TIERS,
    Place,
    Strategy,
    Tree,
    cases,
    few,
    fields,
    kind,
    steps,
)

MERGED = (
    "staffing",
    "channels",
    "rounds",
    "limits",
)  # levers of which a mixture says only some fields  # levers of which a mixture says only some fields


def mixtures(place: Place) -> st.SearchStrategy[Tree]:
    """What a mixture says: ``policy`` by lever, ``outposts`` by department, ``demand``; each may be there or not."""
    policy = st.fixed_dictionaries({}, optional={**cases(place), **people(place), **pressure()})
    demand = st.fixed_dictionaries({}, optional={"surges": surges(place), "partners": partners(place)})
    outposts = st.dictionaries(st.sampled_from(sorted(set(place.led.values()))), outpost(), max_size=2)
    return st.fixed_dictionaries({"policy": policy, "demand": demand, "outposts": outposts})


def mixed(tree: Tree, mixture: Tree) -> Tree:
    """The scenario ``tree`` with what a mixture says, and without the most frequent of what would contradict in it."""
    policy, demand = {**tree["policy"]}, {**tree["demand"], **mixture["demand"]}
    for lever, said in mixture["policy"].items():
        merged = lever in MERGED and said != OFF
        policy[lever] = {**policy.get(lever, {}), **said} if merged else said
    _untangle(policy, demand)
    outposts = {} if _kind(policy, "gates") != "off" else mixture["outposts"]
    departments = [
        {**one, "outposts": outposts[one["id"]]} if one["id"] in outposts else one
        for one in policy["tiers"]["departments"]
    ]
    return {**tree, "policy": {**policy, "tiers": {**policy["tiers"], "departments": departments}}, "demand": demand}


def _untangle(policy: Tree, demand: Tree) -> None:
    """Give up what leads cases from where something else does, what lacks partners, and what goes by time limits without any."""
    claimed = policy.get("claims", {}).get("of")
    local = _kind(policy, "escalation") == "local_first"
    if (claimed == "reports" and _kind(policy, "rings") != "off") or (claimed == "grid" and local):
        policy["claims"] = {**policy["claims"], "of": "community"}
    if not demand.get("partners"):
        policy["whistle"] = OFF
    if policy["limits"] == OFF:
        policy |= {"supervision": OFF, "conduct": OFF, "dispatch": {"kind": "fifo"}}
    if _kind(policy, "dispatch") != "severity_first" and "raise_to" in policy.get("supervision", {}):
        policy["supervision"] = {**policy["supervision"], "raise_to": "urgent"}
    if _kind(policy, "gates") != "off":
        departments = [{**one, "outposts": None} for one in policy["tiers"]["departments"]]
        policy["tiers"] = {**policy["tiers"], "departments": departments}


def _kind(policy: Tree, lever: str) -> str:
    return str(policy.get(lever, OFF)["kind"])


# who is there


def people(place: Place) -> dict[str, Strategy]:
    scope = st.dictionaries(st.sampled_from(sorted(place.led)), st.sampled_from(["0 %", "5 %"]))
    return {
        "staffing": staffing(place),
        "rounds": st.fixed_dictionaries(
            {},
            optional={
                "order": st.permutations(["urgent", "cases", "admin", "visits", "patrol"]),
                "overtime": few(st.sampled_from(["urgent", "cases", "admin", "visits", "patrol"])),
            },
        ),
        "skills": kind("generalists", slowdown=place.shares(st.sampled_from([0.8, 1.5])), scope=scope)
        | kind("specialists", split=st.just([{"categories": [name]} for name in place.categories[:2]])),
        "reinforcement": kind("waves", waves=st.integers(1, 2).flatmap(lambda n: waves(place, n))),
        "admission": kind("gate", from_above=SHARES, admit=SHARES, funded=SHARES, kappa=st.sampled_from([0.7, 1, 1.3])),
    }


def staffing(place: Place) -> Strategy:
    away = fields(id=st.just("sealed"), start=place.first_days(), days=st.integers(1, 20), share=SHARES)
    return st.fixed_dictionaries(
        {},
        optional={
            "kind": st.sampled_from(["own_grids", "neighbour_backup", "community_pool", "street_float"]),
            "absence": SELDOM,
            "turnover": fields(per_year=SHARES, gap=st.sampled_from(["0 d", "5 d"]), novice=st.sampled_from([1, 1.5])),
            "diversion": fields(share=SELDOM, days=st.integers(1, 5)),
            "away": away.map(lambda one: [one]),
        },
    )


def waves(place: Place, count: int) -> Strategy:
    visits = fields(quota=st.integers(1, 9), finds=st.sampled_from(["usual", "urgent"]))
    tasks = st.tuples(few(st.sampled_from(TIERS)), st.none() | visits) | st.tuples(st.none(), visits)

    def wave(k: int) -> Strategy:
        terms = fields(
            id=st.just(f"w{k}"),
            start=place.first_days(),
            days=st.none() | st.integers(4, 15),
            lag=st.sampled_from(["0 d", "3 d"]),
            ramp=st.sampled_from(["0 d", "4 d"]),
            per=st.sampled_from([*TIERS, "district"]),
            servers=st.integers(1, 3),
            persons=st.integers(1, 3),
            shift=HOURS,
            every=st.sampled_from(["1 d", "3 d"]),
            skill=SOME,
            speed=st.sampled_from(["0 km/h", "4.5 km/h"]),
            unfamiliar=st.sampled_from([1, 1.15]),
        )
        return st.tuples(terms, tasks).map(lambda found: {**found[0], **_tasks(*found[1])})

    return st.tuples(*(wave(k) for k in range(count))).map(list)


def _tasks(handles: list[str] | None, visits: Tree | None) -> Tree:
    return {**({} if handles is None else {"handles": handles}), **({} if visits is None else {"visits": visits})}


def outpost() -> Strategy:
    seniors = st.lists(st.sampled_from(["urgent", "quick", "hard"]), max_size=2, unique=True)
    return fields(crews=st.integers(1, 2), every=st.integers(1, 5), shift=HOURS, seniors=seniors)


# what weighs upon them


def pressure() -> dict[str, Strategy]:
    of_limit = st.sampled_from(["50 %", "90 %", "150 %"])
    mark = fields(at=of_limit, chance=SHARES, extension=of_limit)
    briefly, levels = st.sampled_from(["1 s", "15 min"]), st.sampled_from([*TIERS, "department"])
    used, queue = steps([0.5, 0.8, 1.2], SELDOM), steps([1, 4, 9], SELDOM)
    return {
        "limits": st.just(OFF) | limits() | limits(),
        "supervision": kind(
            "at_shares",
            shares=st.lists(st.sampled_from([0.5, 0.8, 1.0, 1.5]), max_size=3, unique=True).map(sorted),
            raise_to=st.sampled_from(["urgent", "first"]),
            notice=st.none() | MEETINGS,
            kappa=KAPPA,
        ),
        "conduct": kind(
            "measured",
            feign=st.none() | fields(used=used, strength=SHARES, work=briefly, levels=few(levels)),
            passing=st.none() | fields(backlog=steps([1, 11], SHARES, unit="h"), strength=SHARES),
            refuse=st.none() | fields(queue=queue, strength=SHARES),
            suppress=st.none() | fields(queue=queue, strength=SHARES),
            hang=st.none() | mark,
            postpone=st.none() | mark,
        ),
    }  # fmt: skip


def limits() -> Strategy:
    return fields(urgent=st.none() | SPANS, ordinary=st.none() | SPANS, dispatch=st.none() | SPANS, kappa=KAPPA)


# demand


def surges(place: Place) -> Strategy:
    def surge(k: int) -> Strategy:
        streets = st.none() | few(st.sampled_from(place.streets))
        factors = place.shares(st.sampled_from([0, 0.5, 3]))
        return fields(
            id=st.just(f"s{k}"), start=place.first_days(), days=st.integers(1, 20), streets=streets, factors=factors
        )

    return st.integers(1, 2).flatmap(lambda n: st.tuples(*(surge(k) for k in range(n))).map(list))


def partners(place: Place) -> Strategy:
    def of(category: str) -> Strategy:
        others = [id for id in place.departments if id != place.led[category]]
        return fields(share=SOME, work=st.dictionaries(st.sampled_from(others), SHARES, min_size=1, max_size=3))

    names = few(st.sampled_from(sorted(place.led)))
    return names.flatmap(lambda found: st.fixed_dictionaries({name: of(name) for name in found}))
