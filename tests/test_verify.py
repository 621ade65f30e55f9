"""gridgov verify: random Plans reach every primitive, faults are found and can be replayed, and the tables say what was seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.engine import compiled, reference
from sim.engine.check_log import LogError
from sim.engine.check_log.parties import _stamps_in_order, _way
from sim.engine.check_log.stays import Stay, stays
from sim.engine.events import NEVER, Action, EventKind, Outcome, Phase, Role, Source, State
from sim.engine.log import record_type
from sim.engine.plan import DAY, MILLION, Plan, has_courses
from sim.engine.simulate import simulate
from sim.study.verify import agreement, checking, theory
from sim.study.verify.agreement import check_plan, simultaneous
from sim.study.verify.answers import answers
from sim.study.verify.random_plans import draw

SEEDS = range(300)

plan_of_seed = cache(draw)
log_of_seed = cache(lambda seed: simulate(plan_of_seed(seed), events=True))


# Random Plans


def test_the_same_seed_gives_the_same_plan() -> None:
    one, other = draw(5), draw(5)
    assert all(one[name].tobytes() == other[name].tobytes() for name in (*one.tables, *one.arrays))
    assert (one.rules, one.score) == (other.rules, other.score)
    assert draw(6)["issues"].tobytes() != one["issues"].tobytes()


@pytest.mark.parametrize("seed", [0, 2**32 - 1, 2**63])
def test_any_seed_will_do(seed: int) -> None:
    assert simulate(draw(seed), "reference").plan.rules["horizon"] > 0


def column(table: str, name: str) -> Callable[[Plan], np.ndarray]:
    return lambda plan: plan[table][name]


def some(values: Callable[[Plan], np.ndarray], holds: Callable[[np.ndarray], np.ndarray]) -> Callable[[Plan], bool]:
    return lambda plan: bool(holds(values(plan)).any())


def shifts_of(plan: Plan, calendar: int) -> list[tuple[int, int]]:
    first, count = plan["calendars"][calendar].tolist()
    return plan["shifts"][first : first + count].tolist()


def any_shift(holds: Callable[[Plan, int, int], bool]) -> Callable[[Plan], bool]:
    return lambda plan: any(holds(plan, start, end) for start, end in plan["shifts"].tolist())


def touching(plan: Plan) -> bool:
    calendars = range(len(plan["calendars"]))
    return any(one[1] == other[0] for calendar in calendars for one, other in pairwise(shifts_of(plan, calendar)))


def levels_of(plan: Plan, level: int) -> int:
    return int((plan["queues"]["level"] == level).sum())


def links_per(name: str) -> Callable[[Plan], np.ndarray]:
    return lambda plan: np.bincount(plan["server_links"][name])


def one_component_several_levels(plan: Plan) -> bool:
    links = plan["server_links"]
    return any(
        len(set(plan["queues"]["level"][links["queue"][links["server"] == server]].tolist())) > 1
        for server in range(len(plan["servers"]))
    )


def thresholds(plan: Plan) -> int:
    """How many different shapes the rows of ``preempts`` have."""
    return len({row.tobytes() for row in plan["preempts"]})


def duty_classes(plan: Plan) -> np.ndarray:
    return np.stack([plan["servers"][f"{duty}_class"] for duty in ("admin", "visit", "patrol")], axis=1)


def several_absences(plan: Plan) -> bool:
    return bool((plan["servers"]["absences"] > 1).any())


def skipping(plan: Plan) -> bool:
    """Has an issue no queue at a handling stage?"""
    ways = plan["stages"]["way"][plan["stages"]["role"] == Role.HANDLE]
    return bool((plan["route"][:, ways] == NEVER).any())


def waiting(name: str) -> Callable[[Plan], np.ndarray]:
    return lambda plan: plan["stages"][name][plan["stages"]["role"] == Role.WAIT]


def lengths(plan: Plan) -> np.ndarray:
    return plan["shifts"]["end"] - plan["shifts"]["start"]


def meets(plan: Plan, calendar: int) -> bool:
    """Is it open for single seconds only?"""
    return {end - start for start, end in shifts_of(plan, calendar)} == {1}


def leads_to_wait(table: str, name: str) -> Callable[[Plan], bool]:
    """Does any row of a handling stage, a desk, a category or an issue name a waiting stage?"""

    def leads(plan: Plan) -> bool:
        ids = plan[table][name]
        if table == "hops":
            role = np.repeat(plan["stages"]["role"], len(plan["categories"]))
            ids = ids[role == Role.HANDLE]
        if name == "next":
            ids = ids[plan["stages"]["role"] == Role.DESK]
        return bool((plan["stages"]["role"][ids[ids != NEVER]] == Role.WAIT).any())

    return leads


def parties_of(plan: Plan) -> list[list[int]]:
    """The queues of each party."""
    queues = plan["party_members"]["queue"].tolist()
    return [queues[first : first + count] for first, count in plan["parties"].tolist()]


def at_role(name: str, role: Role, holds: Callable[[np.ndarray], np.ndarray]) -> Callable[[Plan], bool]:
    return some(lambda plan: plan["stages"][name][plan["stages"]["role"] == role], holds)


def has_joint(plan: Plan) -> bool:
    return bool((plan["stages"]["role"] == Role.JOINT).any())


def at_handling(name: str, holds: Callable[[np.ndarray], np.ndarray]) -> Callable[[Plan], bool]:
    """Of hops at stages where a whistle leads to the crews."""

    def hops(plan: Plan) -> np.ndarray:
        whistles = (plan["stages"]["role"] == Role.HANDLE) & (plan["stages"]["whistle"] >= 0)
        return plan["hops"][name][np.repeat(whistles, len(plan["categories"]))]

    return some(hops, holds)


def ordinary_waits(plan: Plan) -> set[int]:
    """Waits to which something else than a whistle may lead."""
    whistles = plan["stages"]["whistle"][plan["stages"]["whistle"] != NEVER].tolist()
    on_ways = {stage for whistle in whistles for stage in _way(plan, whistle)}
    return {*np.flatnonzero(plan["stages"]["role"] == Role.WAIT).tolist()} - on_ways


def whistle_ways(plan: Plan) -> set[int]:
    """How many desks and waits whistles at levels lead through."""
    stages = plan["stages"][["role", "whistle"]].tolist()
    return {len(_way(plan, whistle)) - 1 for role, whistle in stages if role == Role.HANDLE and whistle != NEVER}


POSITIVE, NEGATIVE, NOTHING = (lambda v: v > 0), (lambda v: v < 0), (lambda v: v == 0)

#: what a Plan may hold → whether one does
PRIMITIVES: Mapping[str, Callable[[Plan], bool]] = {
    "no issue": lambda plan: not len(plan["issues"]),
    "no server": lambda plan: not len(plan["servers"]),
    "servers but no link": lambda plan: len(plan["servers"]) > 0 and not len(plan["server_links"]),
    "several communities": lambda plan: levels_of(plan, 1) > 1,
    "several streets": lambda plan: levels_of(plan, 2) > 1,
    "departments and a city": lambda plan: levels_of(plan, 3) > 1 and levels_of(plan, 4) > 0,
    "a district's desk": lambda plan: levels_of(plan, 5) > 0,
    "no grid": lambda plan: not levels_of(plan, 0),
    "levels in another order": lambda plan: bool((np.diff(plan["queues"]["level"].astype(int)) < 0).any()),
    "ten servers on a queue": some(links_per("queue"), lambda v: v >= 10),
    "a pool": some(links_per("server"), lambda v: v >= 4),
    "a queue nobody serves": lambda plan: bool((plan["queues"]["links"] == 0).any()),
    "a server of several levels": one_component_several_levels,
    "ranks": some(column("server_links", "rank"), lambda v: v > 1),
    "work that takes no effort": some(column("server_links", "work_factor"), NOTHING),
    "components far apart": some(column("queues", "component"), lambda v: v > 100),
    "newest first": some(column("queues", "slope"), NEGATIVE),
    "by due date": some(column("queues", "due_slope"), lambda v: v != 0),
    "peers of one's own only": some(column("queues", "peers"), lambda v: v == 1),
    "always open": lambda plan: bool((plan["calendars"]["count"][plan["servers"]["calendar"]] == 0).any()),
    "a shift before the run": any_shift(lambda plan, start, end: start < 0 < end),
    "a shift past the end": any_shift(lambda plan, start, end: start < plan.rules["horizon"] < end),
    "a shift across midnight": any_shift(lambda plan, start, end: (end - 1) // DAY > start // DAY),
    "a shift of more than a day": any_shift(lambda plan, start, end: end - start > DAY),
    "a shift of a second": any_shift(lambda plan, start, end: end - start == 1),
    "shifts that touch": touching,
    "absences": several_absences,
    "part of a day": lambda plan: plan.rules["horizon"] % DAY > 0,
    "less than two hours": lambda plan: plan.rules["horizon"] <= 7200,
    "handed back at once": lambda plan: plan.rules["rebind_after"] == 0,
    "never handed back": lambda plan: plan.rules["rebind_after"] == NEVER,
    "twice the work after it": lambda plan: plan.rules["handover_loss"] == MILLION,
    "four thresholds of interruption": lambda plan: thresholds(plan) > 4,
    "nobody interrupts": lambda plan: not plan["preempts"].any(),
    "overtime for some": lambda plan: 1 < plan["classes"]["overtime"].sum() < 15,
    "duties before cases": lambda plan: bool((duty_classes(plan) == 0).any()),
    "duties equal to each other": lambda plan: bool((np.diff(np.sort(duty_classes(plan))) == 0).any()),
    "patrol before visits before admin": lambda plan: bool((np.diff(duty_classes(plan)) < 0).all(axis=1).any()),
    "a live score": lambda plan: plan.score is not None,
    "a big building": some(column("buildings", "households"), lambda v: v > 1000),
    "luck above half its range": some(column("issues", "luck"), lambda v: v > np.uint64(1 << 63)),
    "onset before the run": some(column("issues", "onset"), NEGATIVE),
    "reported twice": some(column("issues", "duplicate"), POSITIVE),
    "the duplicate first": lambda plan: bool(
        ((plan["issues"]["duplicate"] > 0) & (plan["issues"]["duplicate"] < plan["issues"]["report"])).any()
    ),
    "worse at once": lambda plan: bool((plan["issues"]["worsen"] == plan["issues"]["onset"]).any()),
    "nothing behind the report": some(column("issues", "valid"), NOTHING),
    "no patience at all": some(column("issues", "patience"), NOTHING),
    "a threshold of one": some(column("issues", "threshold"), lambda v: v == 1),
    "no work": some(lambda plan: plan["work"], NOTHING),
    "desks in a row": lambda plan: bool((plan["stages"]["role"][plan["stages"]["next"]] == Role.DESK)[plan["stages"]["next"] >= 0].any()),
    "a desk that passes on to one level": lambda plan: bool((plan["stages"]["role"][plan["stages"]["next"]] == Role.HANDLE)[plan["stages"]["next"] >= 0].any()),
    "two stages of a level": lambda plan: len(np.unique(plan["stages"]["level"][plan["stages"]["role"] == Role.HANDLE])) < (plan["stages"]["role"] == Role.HANDLE).sum(),
    "misrouted and straight back": lambda plan: bool(((plan["stages"]["misroute"] > 0) & (plan["stages"]["back"] == NEVER)).any()),
    "misrouted and to a desk": lambda plan: bool(((plan["stages"]["misroute"] > 0) & (plan["stages"]["back"] >= 0)).any()),
    "no hold at all": some(column("hops", "hold"), NOTHING),
    "no triage at all": some(column("hops", "triage"), NOTHING),
    "a limit of nothing": some(column("limits", "seconds"), NOTHING),
    "admin in pieces of nothing": lambda plan: bool(((plan["servers"]["admin"] >= 0) & (plan["servers"]["admin_piece"] == 0)).any()),
    "a leg that takes no time": some(column("legs", "seconds"), NOTHING),
    "nothing new": lambda plan: not has_courses(plan) and plan["route"].shape[1] == 6 and not plan["queues"]["ease_slope"].any(),
    "courses": has_courses,
    "ways and contents beside those of the levels": lambda plan: bool((plan["stages"]["way"] > 6).any() and (plan["stages"]["content"] > 4).any()),
    "levels that some issues skip": skipping,
    "a level below the grid": lambda plan: levels_of(plan, 6) > 0,
    "servers below the grid": some(column("servers", "level"), lambda v: v == 6),
    "the easiest first": some(column("queues", "ease_slope"), POSITIVE),
    "the hardest first": some(column("queues", "ease_slope"), NEGATIVE),
    "finds that are urgent": some(column("servers", "find_class"), NOTHING),
    "finds that are kept quiet": some(column("servers", "suppress"), lambda v: v >= 0),
    "three waits": lambda plan: (plan["stages"]["role"] == Role.WAIT).sum() == 3,
    "a wait of nothing": some(waiting("wait"), NOTHING),
    "a wait that pauses": some(waiting("pauses"), POSITIVE),
    "a wait that does not pause": some(waiting("pauses"), NOTHING),
    "a wait for a meeting": lambda plan: any(meets(plan, calendar) for calendar in waiting("wait_calendar")(plan).tolist()),
    "meetings on the ticks of shifts": lambda plan: bool(np.isin(plan["shifts"]["end"][np.flatnonzero(lengths(plan) == 1)], plan["shifts"]["start"]).any()),
    "meetings that are over before the run": lambda plan: any(meets(plan, c) and shifts_of(plan, c)[-1][1] < plan.rules["horizon"] // 2 for c in range(len(plan["calendars"]))),
    "reported into a wait": leads_to_wait("issues", "report_stage"),
    "noticed into a wait": leads_to_wait("issues", "notice_stage"),
    "up into a wait": leads_to_wait("hops", "up"),
    "from a desk into a wait": leads_to_wait("stages", "next"),
    "back into a wait": leads_to_wait("stages", "back"),
    "a wait before a field check": leads_to_wait("categories", "field_stage"),
    "a wait before a paper check": leads_to_wait("categories", "paper_stage"),
    "four marks": some(column("limits", "marks"), lambda v: v == 4),
    "marks without a limit": lambda plan: bool(((plan["limits"]["marks"] > 0) & (plan["limits"]["seconds"] == NEVER)).any()),
    "a mark at once": some(column("marks", "seconds"), NOTHING),
    "an extension of nothing": some(column("marks", "extension"), NOTHING),
    **{f"marks that {action.name}": some(column("marks", "action"), lambda v, a=action: v == a) for action in Action},
    "marks with a look": some(column("marks", "look"), lambda v: v >= 0),
    "supervision into a higher class": some(column("marks", "class"), lambda v: v > 8),
    **{f"a look at {state.name}": some(column("looks", "state"), lambda v, s=state: v == s) for state in State},
    "four buckets": some(column("looks", "buckets"), lambda v: v == 4),
    "five looks": lambda plan: len(plan["looks"]) == 5,
    "a bucket that is certain": some(column("buckets", "chance"), lambda v: v == MILLION),
    "a bucket without a chance": some(column("buckets", "chance"), NOTHING),
    "who declines passes up": lambda plan: bool(((plan["hops"]["decline"] >= 0) & (plan["hops"]["declined"] == 0)).any()),
    "who declines returns": lambda plan: bool(((plan["hops"]["decline"] >= 0) & (plan["hops"]["declined"] == 1)).any()),
    "who pretends": some(column("hops", "feign"), lambda v: v >= 0),
    "checks by the state of the run": some(column("categories", "field_look"), lambda v: v >= 0),
    "parties": lambda plan: len(plan["parties"]) > 0,
    "three parties": lambda plan: len(plan["parties"]) == 3,
    **{f"a party of {size}": some(column("parties", "members"), lambda v, n=size: v == n) for size in (2, 3, 4, 8)},
    "a party of several levels": lambda plan: any(len(set(plan["queues"]["level"][queues].tolist())) > 1 for queues in parties_of(plan)),
    "parties that have a queue in common": lambda plan: any(set(one) & set(other) for one, other in pairwise(parties_of(plan))),
    "a member whose queue nobody serves": lambda plan: bool((plan["queues"]["links"][plan["party_members"]["queue"]] == 0).any()),
    "a member of several servers": lambda plan: bool((plan["queues"]["links"][plan["party_members"]["queue"]] > 1).any()),
    "a member that never comes": some(column("party_members", "no_show"), lambda v: v == MILLION),
    "a member that may stay away": some(column("party_members", "no_show"), lambda v: (v > 0) & (v < MILLION)),
    "a share of nothing": some(column("party_members", "share"), NOTHING),
    "a share of more than all": some(column("party_members", "share"), lambda v: v > MILLION),
    "a party that nobody has to take all of": lambda plan: bool(((plan["issues"]["party"] >= 0) & (plan["issues"]["joint"] == 0)).any()),
    "joint issues, and others": lambda plan: len(np.unique(plan["issues"]["joint"])) == 2,
    "levels that refer": at_role("refers", Role.HANDLE, POSITIVE),
    "two joint stages": lambda plan: (plan["stages"]["role"] == Role.JOINT).sum() == 2,
    "a joint stage that is never overdue": at_role("attend", Role.JOINT, NEGATIVE),
    "a joint stage that is overdue at once": at_role("attend", Role.JOINT, NOTHING),
    "attendance by the clock of a meeting": lambda plan: any(meets(plan, calendar) for calendar in plan["stages"]["attend_calendar"][plan["stages"]["role"] == Role.JOINT].tolist()),
    "attendance on a clock that ends": lambda plan: any(shifts_of(plan, c) and shifts_of(plan, c)[-1][1] < plan.rules["horizon"] for c in plan["stages"]["attend_calendar"][plan["stages"]["role"] == Role.JOINT].tolist()),
    "a whistle straight to the crews": lambda plan: 0 in whistle_ways(plan),
    "a whistle by way of three": lambda plan: 3 in whistle_ways(plan),
    "a whistle that is certain": at_handling("whistle", lambda v: v == MILLION),
    "a whistle that never comes": at_handling("whistle_idle", NOTHING),
    "stamps in the order of the way": lambda plan: has_joint(plan) and _stamps_in_order(plan) and bool((plan["stages"]["stamp"] > 0).any()),
    "stamps in any order": lambda plan: has_joint(plan) and not _stamps_in_order(plan),
    "whistles after two returns": lambda plan: plan.rules["whistle_after"] == 2,
    "crews of a level that is not able": lambda plan: bool(((plan["hops"]["up"] >= 0) & (plan["hops"]["capability"] < MILLION))[np.repeat(plan["stages"]["role"], len(plan["categories"])) == Role.JOINT].any()),
    "rounds that overlap": lambda plan: bool((plan["servers"]["homes"] > 0).sum() > 1),
}  # fmt: skip


@pytest.mark.parametrize("name", PRIMITIVES)
def test_random_plans_reach_every_primitive(name: str) -> None:
    """At least two in three hundred have it, and not all do."""
    holds = [PRIMITIVES[name](plan_of_seed(seed)) for seed in SEEDS]
    assert 2 <= sum(holds) < len(holds)


def test_a_third_of_the_plans_has_each_of_the_newer_primitives_off() -> None:
    plans = [plan_of_seed(seed) for seed in SEEDS]
    off = {
        "waits": sum(not ordinary_waits(plan) for plan in plans),
        "marks": sum(not len(plan["marks"]) for plan in plans),
        "looks": sum(not len(plan["looks"]) for plan in plans),
        "finds": sum((plan["servers"]["find_class"] == NEVER).all() for plan in plans),
        "ease": sum(not plan["queues"]["ease_slope"].any() for plan in plans),
        "columns": sum(plan["work"].shape[1] == 5 for plan in plans),
        "parties": sum(not len(plan["parties"]) for plan in plans),
    }
    assert all(len(plans) / 4 < count < len(plans) * 3 / 4 for count in off.values()), off


def test_links_stand_in_the_order_of_the_contract_and_are_found_from_both_ends() -> None:
    for seed in SEEDS[:100]:
        plan = plan_of_seed(seed)
        links = plan["server_links"]
        by_server = np.lexsort((links["queue"], links["rank"], links["server"]))
        by_queue = np.lexsort((links["server"], links["rank"], links["queue"]))
        assert by_server.tolist() == list(range(len(links)))
        assert plan["queue_links"]["link"].tolist() == by_queue.tolist()
        for table, rows in (("servers", links["server"]), ("queues", links["queue"][by_queue])):
            for k, row in enumerate(plan[table]):
                assert (rows[row["first_link"] : row["first_link"] + row["links"]] == k).all()
            assert plan[table]["links"].sum() == len(links)
        assert (plan["servers"]["component"][links["server"]] == plan["queues"]["component"][links["queue"]]).all()


def test_most_plans_are_full_of_simultaneous_events() -> None:
    """In most of them at least half of all rows share their second with a row about something else."""
    events = [log_of_seed(seed).raw["events"] for seed in SEEDS[:60]]
    shares = [simultaneous(rows) / len(rows) for rows in events if len(rows)]
    assert np.median(shares) > 0.5
    rows = np.concatenate(events)
    assert set(rows["kind"].tolist()) == set(EventKind)
    assert (rows["kind"][rows["kind"] == EventKind.RESUME] >= 0).any()


def test_random_plans_end_cases_in_every_way() -> None:
    cases = np.concatenate([log_of_seed(seed).raw["cases"] for seed in SEEDS[:60]])
    assert set(cases["outcome"].tolist()) == set(Outcome)
    assert set(cases["source"].tolist()) == set(Source)
    assert cases["reworks"].max() > 1
    assert cases["returns"].max() > 1


def test_random_plans_let_everything_happen_to_cases_that_are_under_way() -> None:
    courses = np.concatenate([log_of_seed(seed).raw["courses"] for seed in SEEDS[:60]])
    assert all((courses[name] > 1).any() for name in courses.dtype.names if name != "hung")
    assert courses["hung"].any()


def attended(seed: int) -> list[Stay]:
    """The stays at joint stages to which crews came."""
    return [stay for stay in stays(log_of_seed(seed)) if stay.rows]


def broken_off(stay: Stay, phase: Phase, events: np.ndarray) -> bool:
    """Was it interrupted, or did a shift end?"""
    rows = events[(events["case"] == stay.case) & (events["kind"] == EventKind.SUSPEND) & (events["phase"] == phase)]
    return bool(np.isin(rows["time"], [row.time for row in stay.rows if row.kind == EventKind.SUSPEND]).any())


def starts(stay: Stay) -> set[int]:
    return {row.time for row in stay.rows if row.kind == EventKind.START}


#: what may happen at joint stages → whether it does in a stay; in how many of a hundred Plans it has to at least
TOGETHER: Mapping[str, tuple[Callable[[Stay, np.ndarray], bool], int]] = {
    "crews come": (lambda stay, events: True, 30),
    "and end together": (lambda stay, events: stay.rows[-1].kind == EventKind.FINISH, 25),
    "a shift ends": (lambda stay, events: broken_off(stay, Phase.CALENDAR_END, events), 6),
    "they are interrupted": (lambda stay, events: broken_off(stay, Phase.DISPATCH, events), 2),
    "they begin anew": (lambda stay, events: len(starts(stay)) > 1, 5),
    "another comes in place of one": (lambda stay, events: len({row.server for row in stay.rows}) > len({row.queue for row in stay.rows}), 2),
    "three and more": (lambda stay, events: len({row.queue for row in stay.rows}) > 2, 10),
}  # fmt: skip


@pytest.mark.parametrize("name", TOGETHER)
def test_random_plans_bring_crews_together(name: str) -> None:
    happens, least = TOGETHER[name]
    plans = [
        seed for seed in SEEDS[:100] if any(happens(stay, log_of_seed(seed).raw["events"]) for stay in attended(seed))
    ]
    assert len(plans) >= least


def test_random_plans_keep_crews_free_refer_and_stay_away() -> None:
    logs = [log_of_seed(seed) for seed in SEEDS[:100]]
    assert sum(log.raw["days"]["reserved"].any() for log in logs) >= 20
    assert sum((log.raw["events"]["kind"] == EventKind.REFER).any() for log in logs) >= 20
    assert sum((log.raw["courses"]["no_shows"] > 0).any() for log in logs) >= 20
    for name in ("called", "signed", "contacted"):
        assert sum((log.raw["courses"][name] != NEVER).any() for log in logs) >= 5


# Agreement


@pytest.mark.parametrize(
    "first", [*range(1, 101, 20), *(pytest.param(first, marks=pytest.mark.slow) for first in range(101, 601, 20))]
)
def test_both_engines_agree_and_keep_the_invariants(first: int) -> None:
    for seed in range(first, first + 20):
        check = check_plan(seed)
        assert not check.difference, f"seed {seed}: {check.difference}"
        assert not check.broken, f"seed {seed}: {check.broken}"
        assert sum(check.rows.values()) > 0


def rows_of(*times: tuple[int, int, int]) -> np.ndarray:
    """Event rows of these times, phases and cases."""
    rows = np.full(len(times), NEVER, record_type("events"))
    for row, (time, phase, case) in zip(rows, times, strict=True):
        row["time"], row["phase"], row["case"] = time, phase, case
    return rows


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], 0),
        ([(0, 0, 1)], 0),
        ([(0, 0, 1), (0, 0, 1)], 0),
        ([(0, 0, 1), (1, 0, 2), (2, 1, 3)], 0),
        ([(0, 0, 1), (0, 0, 1), (0, 5, 2), (5, 0, 3)], 3),
        ([(0, 0, 1), (5, 0, 3), (5, 0, 4), (5, 5, 5), (6, 5, 5)], 3),
    ],
)
def test_rows_are_simultaneous_if_they_are_about_different_things(rows: list, expected: int) -> None:
    assert simultaneous(rows_of(*rows)) == expected


def test_servers_and_issues_are_things_too() -> None:
    rows = rows_of((0, 0, NEVER), (0, 0, NEVER), (1, 0, NEVER), (1, 0, NEVER))
    rows["server"] = [0, 1, NEVER, NEVER]
    rows["issue"] = [NEVER, NEVER, 7, 7]
    assert simultaneous(rows) == 2


@pytest.fixture
def broken_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A compiled engine with a severity of its own."""

    def wilful(plan: Plan, *, events: bool = False) -> Mapping[str, np.ndarray]:
        raw = dict(reference.simulate(plan, events=events))
        raw["cases"]["severity"] = 9
        return raw

    monkeypatch.setattr(compiled, "simulate", wilful)


def test_a_difference_is_told_and_the_invariants_are_checked_all_the_same(broken_engine: None) -> None:
    check = check_plan(4)
    assert check.difference.startswith("the engines differ in table cases, row ")
    assert check.broken == ""
    assert check.rows["events"] > 0


def test_an_engine_that_fails_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(plan: Plan, *, events: bool = False) -> None:
        raise IndexError("out of range")

    monkeypatch.setattr(compiled, "simulate", fails)
    check = check_plan(4)
    assert check.difference.endswith("IndexError: out of range")
    assert check.broken == ""


def test_a_broken_invariant_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(log: object) -> None:
        raise LogError("nothing is lost: case 3")

    monkeypatch.setattr(compiled, "simulate", reference.simulate)
    monkeypatch.setattr(agreement, "check_log", refuse)
    assert check_plan(4).broken == "nothing is lost: case 3"


def test_plans_are_checked_in_several_processes_as_in_one() -> None:
    seen: list[tuple[int, int]] = []
    one = checking.check_plans(4, seed=9, progress=lambda done, total: seen.append((done, total)))
    assert [check.seed for check in one] == [9, 10, 11, 12]
    assert seen == [(k, 4) for k in range(5)]
    assert checking.check_plans(4, seed=9, jobs=2) == one


# The command


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["verify", *arguments])
    return result.exit_code, result.output


@pytest.fixture
def few_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two answers, of few customers and not very precise."""
    few = tuple(replace(answer, customers=20_000) for answer in answers() if answer.row in (1, 66))
    monkeypatch.setattr(checking, "answers", lambda: few)
    monkeypatch.setattr(theory, "PRECISION", 0.1)


def test_all_that_holds_is_told_in_three_tables(few_answers: None) -> None:
    code, output = run("--plans", "3", "--seed", "2")
    assert code == 0, output
    assert "Both engines agree, row for row" in output
    assert "Invariants" in output
    assert "preemptive-resume" in output
    assert output.count("holds") == 4
    assert "FAILS" not in output


def test_a_difference_is_shown_with_the_command_that_replays_it(broken_engine: None) -> None:
    code, output = run("--plans", "2", "--seed", "3", "--no-theory")
    assert code == 1
    assert "the engines differ in table cases, row " in output
    assert "again: gridgov verify --seed 4 --plans 1 --no-theory" in output
    assert "the engines differ on 2 random plans: seeds 3, 4" in output
    again, told = run("--seed", "4", "--plans", "1", "--no-theory")
    assert again == 1
    assert check_plan(4).difference in told


def test_an_answer_that_is_missed_fails(few_answers: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(theory, "PRECISION", 0.001)
    code, output = run("--plans", "0")
    assert code == 1
    assert output.count("FAILS") == 2
    assert "Invariants" not in output


def test_in_chinese(few_answers: None) -> None:
    code, output = run("--plans", "1", "--lang", "zh")
    assert code == 0, output
    assert "两个引擎逐行一致" in output
    assert "不变量" in output
    assert "理论值与仿真值" in output
    assert output.count("通过") == 4
