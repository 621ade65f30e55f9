"""Cases that take several departments: how long they take, how often somebody whistles, how soon departments report, what they wait for each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.events import NEVER
from sim.study.kpis.courses import owners
from sim.study.kpis.exact import HOUR, mean, ratio, share
from sim.study.kpis.facts import Facts
from sim.study.kpis.kpi import Side, kpi
from sim.study.kpis.opening_hours import after_open_time

if TYPE_CHECKING:
    from sim.engine.plan import Plan

CLOSED_JOINT = "cases of issues that take several departments, closed within the window"
WHISTLES = "cases whistled for within the window"
LEFT_OUT = "open cases are left out"
OWN = "whistle and report, defined here"
GULOU = "sign, contact and attend limits as in Gulou, Nanjing (jszf.gov.cn, 2023); the rates are defined here"


def has_parties(plan: Plan) -> bool:
    """Are there issues that take several departments?"""
    return bool(len(plan["parties"]))


def can_whistle(plan: Plan) -> bool:
    """May anybody whistle?"""
    return bool((plan["stages"]["whistle"] != NEVER).any())


def _joint_closed(facts: Facts) -> np.ndarray:
    return facts.closed_inside & (facts.behind["joint"] != 0)


def _whistled(facts: Facts) -> np.ndarray:
    return facts.inside(facts.cases["called"])


@kpi(
    "K11",
    unit="h",
    zh="多部门事件用时（平均）",
    en="time in system of joint cases",
    counted=CLOSED_JOINT,
    unfinished=LEFT_OUT,
    source=OWN,
)
def joint_time_mean(facts: Facts) -> float:
    """Mean of closed - known, of cases that take several departments."""
    return mean((facts.cases["closed"] - facts.cases["known"])[facts.once(_joint_closed)], HOUR)


@kpi(
    "K7",
    unit="per case",
    zh="多部门事件经办单位数",
    en="owners per joint case",
    counted=CLOSED_JOINT,
    unfinished=LEFT_OUT,
    source=OWN,
)
def joint_owners_mean(facts: Facts) -> float:
    """Times that a joint case came to a level or unit that handles cases, wrong ones included / joint cases closed; departments that come together are one."""
    return mean(facts.once(owners)[facts.once(_joint_closed)])


@kpi("K7", unit="cases", zh="吹哨件数", en="whistles", counted=WHISTLES, unfinished="open cases count", source=OWN)
def whistles(facts: Facts) -> float:
    """Cases for which a leader has whistled."""
    return int(np.count_nonzero(facts.once(_whistled)))


@kpi(
    "K7",
    unit="share",
    zh="单部门吹哨占比",
    en="share of whistles for one department's cases",
    side=Side.HONEST,
    counted=WHISTLES,
    unfinished="open cases count",
    source=OWN,
)
def idle_whistle_share(facts: Facts) -> float:
    """Whistles for cases that the department in charge could have settled alone / whistles."""
    return share(facts.behind["joint"] == 0, facts.once(_whistled))


@kpi(
    "K5",
    unit="share",
    zh="按时签收率",
    en="signed for in time",
    counted=f"{WHISTLES}, whose time to sign has passed",
    unfinished="not signed for yet: late",
    source=GULOU,
)
def signed_on_time_rate(facts: Facts) -> float:
    """Whistles signed for within the time set / whistles whose time to sign is over."""
    return _in_time(facts, "signed")


@kpi(
    "K5",
    unit="share",
    zh="按时联系率",
    en="in contact in time",
    counted=f"{WHISTLES}, whose time to make contact has passed",
    unfinished="not in contact yet: late",
    source=GULOU,
)
def contacted_on_time_rate(facts: Facts) -> float:
    """Whistles whose departments were in contact within the time set / whistles whose time for that is over."""
    return _in_time(facts, "contacted")


@kpi(
    "K5",
    unit="share",
    zh="按时报到率",
    en="reported in time",
    counted=f"{WHISTLES}, whose time to attend has passed",
    unfinished="nobody there yet: late",
    source=GULOU,
)
def attended_on_time_rate(facts: Facts) -> float:
    """Whistles at which all departments that came were there within the time set / whistles whose time for that is over."""
    return _in_time(facts, "attended")


def _in_time(facts: Facts, step: str) -> float:
    """Of the whistles of the window, those at which a step was done by its limit / those whose limit has passed by the horizon."""
    plan, called = facts.log.plan, facts.cases["called"][facts.once(_whistled)]
    limits: dict[str, tuple[int, int]] = plan.labels.get("whistle_limits", {})  # type: ignore[assignment]
    if step not in limits:
        return ratio(0, 0)
    calendar, seconds = limits[step]
    due, done = after_open_time(plan, calendar, called, seconds), facts.cases[step][facts.once(_whistled)]
    return share((done != NEVER) & (done <= due), (due != NEVER) & (due < facts.horizon))


@kpi(
    "K11",
    unit="h",
    zh="吹哨到报到用时（平均）",
    en="time from whistle to attendance",
    counted=f"{WHISTLES}, at which all were there by the horizon",
    unfinished="whistles still waiting are left out",
    source=OWN,
)
def attend_delay_mean(facts: Facts) -> float:
    """Mean of attended - called; attended: a crew of each department that came sets out for it."""
    called, attended = facts.cases["called"], facts.cases["attended"]
    return mean((attended - called)[facts.once(_whistled) & (attended != NEVER)], HOUR)


@kpi(
    "K7",
    unit="share",
    zh="有部门缺席的吹哨占比",
    en="whistles at which a partner stayed away",
    counted=f"{WHISTLES}, at which all who came were there by the horizon",
    unfinished="whistles still waiting are left out",
    source=OWN,
)
def no_show_rate(facts: Facts) -> float:
    """Whistles at which at least one partner called did not come / whistles attended."""
    return share(facts.cases["no_shows"] > 0, facts.once(_whistled) & (facts.cases["attended"] != NEVER))


@kpi(
    "K16",
    unit="h",
    zh="待命工时",
    en="crew hours kept free for joint services",
    counted="crews, days within the window; booked on the day on which a spell began",
    unfinished="a spell that goes on counts up to the horizon",
    source=OWN,
)
def reserved_hours(facts: Facts) -> float:
    """Hours that crews stood by for a whistle whose time to attend was over, until all were there."""
    return int(facts.days("reserved")[:, facts.days_inside].sum(dtype=np.int64)) / HOUR


KPIS = (
    *(replace(one, occurs=has_parties) for one in (joint_time_mean, joint_owners_mean)),
    *(
        replace(one, occurs=can_whistle)
        for one in (
            whistles,
            idle_whistle_share,
            signed_on_time_rate,
            contacted_on_time_rate,
            attended_on_time_rate,
            attend_delay_mean,
            no_show_rate,
            reserved_hours,
        )
    ),
)
