"""check_log of cases for several departments: each invariant catches a Log that was damaged on purpose."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from crews import CITY, FIRE, HOUSING, TOGETHER, WATER, chore, leak, leaking, path
from test_check_log import Raw, caught, more, set_at

from sim.engine.check_log import LogError, check_log
from sim.engine.events import NEVER, EventKind, Phase, Role, Stamp
from sim.engine.log import Log, sort_events
from sim.engine.plan import DAY, MILLION
from sim.engine.simulate import simulate

K = EventKind
ALL = (HOUSING, WATER, FIRE)
PLACE = "a case is in one place at a time"
DESKS = [{"role": Role.DESK, "work": 10, "stamp": stamp} for stamp in (Stamp.CALLED, Stamp.SIGNED, Stamp.CONTACTED)]
RULES = {"horizon": DAY}


@pytest.fixture(scope="module")
def together() -> Log:
    """Case 0 has all desks behind it at 30; all come, fire is called away at 60 for 25 s (case 2), and they end at 155.

    Case 1, from the city, of the second party, of housing and the mayor, who always stays away, waits from 40 to 155.
    """
    issues = [leaking(0, **{"class": 3}), leaking(40, party=1, report_stage=CITY, **{"class": 3}), chore(60, FIRE, 25)]
    members = [{"queue": queue, "share": MILLION} for queue in (*ALL, HOUSING, 3)]
    members[-1]["no_show"] = MILLION
    plan = leak(
        issues, path=path(*DESKS), preempts=[(0, k) for k in range(2, 16)], rules=RULES,
        city={"whistle": TOGETHER}, hops={CITY: {"whistle": MILLION}},
        parties=[{"members": 3}, {"first_member": 3, "members": 2}], party_members=members,
    )  # fmt: skip
    return simulate(plan, events=True)


@pytest.fixture(scope="module")
def in_turn() -> Log:
    """Case 0: housing until 100, water until 150, fire until 170."""
    return simulate(leak([leaking(0)], office={"refers": 1, "whistle": NEVER}, rules=RULES), events=True)


def rows(kind: EventKind, second: int, *, server: int | None = None) -> Callable[[np.ndarray], np.ndarray]:
    def found(events: np.ndarray) -> np.ndarray:
        mine = True if server is None else events["server"] == server
        return (events["kind"] == kind) & (events["time"] == second) & (events["case"] == 0) & mine

    return found


def changed(where: Callable[[np.ndarray], np.ndarray], **values: int) -> Callable[[Raw], None]:
    """Other values in all such rows."""

    def damage(raw: Raw) -> None:
        for name, value in values.items():
            raw["events"][name][where(raw["events"])] = value
        raw["events"] = sort_events(raw["events"])

    return damage


def left_out(where: Callable[[np.ndarray], np.ndarray]) -> Callable[[Raw], None]:
    def damage(raw: Raw) -> None:
        raw["events"] = raw["events"][~where(raw["events"])]

    return damage


def row(second: int, phase: Phase, kind: EventKind, server: int) -> tuple[int, ...]:
    """A row of case 0 at the joint stage."""
    return (second, phase, kind, 0, 0, server, server, 2)


def test_the_logs_are_as_they_are_said_to_be(together, in_turn):
    way = together.raw["courses"][0]
    assert [int(way[name]) for name in ("called", "signed", "contacted", "attended", "parts")] == [10, 20, 30, 30, 3]
    assert together.raw["cases"]["finished"].tolist() == [155, 355, 85]
    assert together.raw["courses"]["no_shows"].tolist() == [0, 1, 0]
    assert in_turn.raw["cases"]["finished"].tolist() == [170]


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("parts", 4, "no more parts are done than there are"),
        ("parts", -1, "no more parts are done than there are"),
        ("parts", 2, "parts are those of all who came"),
        ("no_shows", -1, "no_shows is not negative"),
        ("no_shows", 1, "no_shows counts the members that did not come"),
        ("called", DAY, "called lies in the run, after known"),
        ("called", 21, "called does not come after signed"),
        ("called", 11, "called is the end of a service"),
        ("signed", 31, "signed does not come after contacted"),
        ("contacted", 31, "contacted does not come after attended"),
        ("attended", 29, "started does not come after attended"),
        ("attended", 31, "attended is the first START of all members"),
    ],
)
def test_a_course_that_cannot_be_is_caught(together, column, value, rule):
    caught(together, lambda raw: raw["courses"][column].__setitem__(0, value), rule)


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("no_shows", 1, "only members of a party stay away"),
        ("signed", 60, "only a case with a party is signed"),
        ("attended", 60, "only a case with a party is attended"),
    ],
)
def test_what_only_cases_with_a_party_have(together, column, value, rule):
    caught(together, lambda raw: raw["courses"][column].__setitem__(2, value), rule)


def test_crews_that_came_before_anybody_had_begun_are_caught(in_turn):
    caught(
        in_turn, set_at("courses", "called", 0, lambda courses: courses["parts"] == 3), "called is stamped by a desk"
    )
    log = simulate(leak([leaking(5)], rules=RULES), events=True)
    caught(log, lambda raw: raw["cases"]["started"].__setitem__(0, 6), "started does not come after accepted")

    def both(raw: Raw) -> None:
        raw["cases"]["started"][0] = raw["courses"]["accepted"][0] = 6

    caught(log, both, "started does not come after attended")


def test_stamps_in_another_order_are_not_looked_at():
    log = simulate(leak([leaking(0)], path=path(DESKS[2], DESKS[0]), rules=RULES), events=True)
    assert log.raw["courses"]["called"][0] > log.raw["courses"]["contacted"][0]
    check_log(log)


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        (left_out(rows(K.START, 30, server=FIRE)), "all members START together"),
        (left_out(rows(K.FINISH, 155, server=FIRE)), "all members FINISH together"),
        (left_out(rows(K.SUSPEND, 60, server=FIRE)), "all members SUSPEND together"),
        (left_out(rows(K.START, 30)), PLACE),
        (left_out(rows(K.SUSPEND, 60)), PLACE),
        (left_out(rows(K.START, 85)), PLACE),
        (left_out(rows(K.FINISH, 155)), PLACE),
        (changed(rows(K.START, 30, server=FIRE), queue=WATER), PLACE),
        (changed(rows(K.START, 30, server=FIRE), server=5), "a member's server comes"),
        (changed(rows(K.START, 30, server=FIRE), queue=3, server=3), "the members that come are called, no others"),
        (more(*(row(40, Phase.DISPATCH, K.START, server) for server in ALL)), PLACE),
        (more(*(row(70, Phase.DISPATCH, K.SUSPEND, server) for server in ALL)), PLACE),
        (more(*(row(70, Phase.DISPATCH, K.RESUME, server) for server in ALL)), PLACE),
        (more(row(70, Phase.TIMER, K.REBIND, 0)), PLACE),
        (more(row(155, Phase.COMPLETION, K.SETTLE, NEVER)), PLACE),
        (more(row(20, Phase.TIMER, K.HANG, NEVER)), PLACE),
        (more(row(70, Phase.TIMER, K.WITHDRAW, NEVER)), "each case that has ended ended once"),
    ],
)
def test_who_does_not_come_work_and_leave_with_the_others_is_caught(together, damage, rule):
    caught(together, damage, rule)


def test_whoever_leaves_in_place_of_another_is_caught():
    """Fire has two servers, 2 and 6: the one starts, the other is said to finish."""
    links = [{"server": server, "queue": queue} for server, queue in ((0, 0), (1, 1), (2, 2), (6, 2))]
    log = simulate(leak([leaking(0)], servers=[{}] * 7, links=links, rules=RULES), events=True)
    rule = "who started together is there until all leave"
    caught(log, changed(rows(K.FINISH, 100, server=2), server=6), rule)
    caught(log, changed(rows(K.START, 0, server=2), server=6), rule)


def test_a_start_that_is_broken_off_at_once_stands_in_another_order_in_the_rows(together):
    """All start at 90 a second time and are set free at once, or they are set free and start: both may have been."""
    again = [row(90, Phase.DISPATCH, kind, server) for kind in (K.START, K.SUSPEND) for server in ALL]
    log = Log(together.plan, dict(together.raw))
    raw = {name: values.copy() for name, values in log.raw.items()}
    more(*again)(raw)
    check_log(Log(together.plan, raw))
    before = [row(70, Phase.DISPATCH, kind, server) for kind in (K.START, K.SUSPEND) for server in (HOUSING, WATER)]
    caught(together, more(*before), "all members SUSPEND together")


def test_others_do_not_start_and_stop_in_one_second(together):
    """The chore is taken up and laid down at 60, once more."""
    again = [(60, Phase.DISPATCH, kind, 2, 2, FIRE, FIRE, 2) for kind in (K.START, K.SUSPEND)]
    caught(together, more(*again), PLACE)


def test_a_piece_does_not_either(together):
    """Server 5, a clerk, has done nothing since 40."""
    piece = [
        (90, phase, kind, NEVER, NEVER, NEVER, 5, 1)
        for phase, kind in ((Phase.DISPATCH, K.PIECE_START), (Phase.DISPATCH, K.SUSPEND))
    ]
    caught(together, more(*piece), "only a joint service is broken off at once")


# One after the other


@pytest.mark.parametrize("parts", [0, 1, 2])
def test_parts_are_told_by_the_events(in_turn, parts):
    rule = "parts counts REFER and the last settlement"
    log = in_turn
    if parts == 2:  # as if the city had settled it
        check_log(Log(log.plan, {**log.raw, "courses": with_parts(log, 2)}))
        return
    caught(log, lambda raw: raw["courses"]["parts"].__setitem__(0, parts), rule)


def with_parts(log: Log, parts: int) -> np.ndarray:
    courses = log.raw["courses"].copy()
    courses["parts"] = parts
    return courses


def left_out_water(raw: Raw) -> None:
    """Fire does water's part as well."""
    changed(rows(K.ENTER, 100), queue=FIRE)(raw)
    changed(rows(K.START, 100), queue=FIRE, server=FIRE)(raw)
    changed(rows(K.FINISH, 150), queue=FIRE, server=FIRE)(raw)


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        (changed(rows(K.REFER, 100), kind=K.DECLINE), "declines counts DECLINE"),
        (left_out(rows(K.REFER, 100)), "parts counts REFER and the last settlement"),
        (more((170, Phase.COMPLETION, K.REFER, 0, 0, NEVER, NEVER, 3)), PLACE),
        (changed(rows(K.REFER, 100), time=101), PLACE),
        (left_out_water, "a referred case comes to the next member"),
    ],
)
def test_a_case_that_is_not_passed_on_to_the_next_member_is_caught(in_turn, damage, rule):
    caught(in_turn, damage, rule)


def test_only_joint_cases_are_referred_and_only_where_there_are_parties(in_turn):
    with pytest.raises(LogError, match=r"^only joint cases are referred: "):
        check_log(Log(leak([leaking(0, joint=0)], rules=RULES), in_turn.raw))
    alone = leak([leaking(0, joint=0, party=NEVER)], parties=[], party_members=[], rules=RULES)
    with pytest.raises(LogError, match=r"^only members of a party refer: "):
        check_log(Log(alone, {**in_turn.raw, "courses": in_turn.raw["courses"][:0]}))


# Reserved


@pytest.fixture(scope="module")
def kept() -> Log:
    """Water is busy until 50; from 11 on housing and fire are kept for case 1; fire comes at 20 and leaves at 900."""
    plan = leak(
        [chore(0, WATER, 50), leaking(10)], together={"attend": 1}, rules=RULES,
        servers=[{}, {}, {"calendar": 1}, {}, {}, {}], shifts=[[], [(20, 900)]],
    )  # fmt: skip
    return simulate(plan, events=True)


IDLE = "reserved is time in which an overdue case calls for an idle server"


@pytest.mark.parametrize(
    ("server", "seconds", "rule"),
    [
        (HOUSING, 31, IDLE),  # fire is there from 20 on
        (FIRE, 31, IDLE),
        (WATER, 1, IDLE),  # it is busy
        (3, 1, IDLE),  # nobody calls the mayor
        (HOUSING, -1, "reserved is not negative"),
        (FIRE, 900, "work fits into the shift and its overtime"),
    ],
)
def test_more_seconds_than_a_server_may_have_been_kept_are_caught(kept, server, seconds, rule):
    assert kept.raw["days"]["reserved"].tolist()[:3] == [30, 0, 30]
    caught(kept, lambda raw: raw["days"]["reserved"].__setitem__(server, seconds), rule)


def test_reserved_on_a_later_day_is_caught():
    """Kept for an hour from half an hour before midnight on: half an hour may have begun on the next day, not more."""
    issues = [chore(DAY - 3600, WATER, 5400), leaking(DAY - 1801)]
    log = simulate(leak(issues, together={"attend": 1}, rules={"horizon": 2 * DAY}), events=True)
    assert log.raw["days"]["reserved"][:2].tolist() == [3600, 0]
    caught(log, lambda raw: raw["days"]["reserved"].__setitem__(slice(0, 2), [0, 1801]), IDLE)


def test_before_a_case_is_overdue_nobody_is_kept():
    for attend in (NEVER, 60):
        plan = leak([chore(0, WATER, 50), leaking(10)], together={"attend": attend}, rules=RULES)
        log = simulate(plan, events=True)
        caught(log, lambda raw: raw["days"]["reserved"].__setitem__(HOUSING, 1), IDLE)


def test_after_it_is_broken_off_it_is_overdue(together):
    assert together.raw["days"]["reserved"].tolist()[:3] == [25, 25, 0]
    caught(together, lambda raw: raw["days"]["reserved"].__setitem__(WATER, 26), IDLE)
