"""K8 and others: what happens to cases under way: who asks after them, puts them off, hangs them, declines them or only pretends to settle them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.engine.events import NEVER, Outcome, Role, Source
from sim.engine.plan import Plan, has_courses
from sim.study.kpis.closing import COLLECTOR
from sim.study.kpis.exact import HOUR, mean, share
from sim.study.kpis.facts import Facts
from sim.study.kpis.kpi import STANDARD, Side, kpi

FILED = "cases filed within the window"
AS_SO_FAR = "open cases count with what has happened to them so far"
OWN = "gridgov: no published list has it"
STEPS = ("called", "signed", "contacted")  # of a whistle, each at a desk of its own


def _filed(facts: Facts) -> np.ndarray:
    return facts.inside(facts.cases["filed"])


def _open(facts: Facts) -> np.ndarray:
    return facts.outcome(Outcome.OPEN) & (facts.cases["filed"] != NEVER)


@kpi("", unit="share", zh="督办率", en="supervised share", counted=FILED, unfinished=AS_SO_FAR, source=OWN)
def supervised_rate(facts: Facts) -> float:
    """Cases asked after from above at least once / cases filed."""
    return share(facts.cases["supervised"] > 0, facts.once(_filed))


@kpi(
    "",
    unit="per case",
    zh="件均督办次数",
    en="times supervised per case",
    counted=FILED,
    unfinished=AS_SO_FAR,
    source=OWN,
)
def supervisions_per_case(facts: Facts) -> float:
    """Times that cases were asked after from above / cases filed."""
    return mean(facts.cases["supervised"][facts.once(_filed)])


@kpi("K8", unit="share", zh="延期率", en="postponed share", counted=FILED, unfinished=AS_SO_FAR, source=COLLECTOR)
def postponed_rate(facts: Facts) -> float:
    """Cases whose time limit was put off at least once / cases filed."""
    return share(facts.cases["postponed"] > 0, facts.once(_filed))


@kpi("K8", unit="share", zh="挂账率", en="hung share", counted=FILED, unfinished=AS_SO_FAR, source=COLLECTOR)
def hung_rate(facts: Facts) -> float:
    """Cases hung at least once / cases filed."""
    return share(facts.cases["hangs"] > 0, facts.once(_filed))


@kpi(
    "K8",
    unit="cases",
    zh="挂账存量",
    en="stock of hung cases",
    counted="cases open at the horizon, whenever they were filed",
    unfinished="open cases are what is counted",
    source=COLLECTOR,
)
def hung_stock(facts: Facts) -> float:
    """Cases that hang at the horizon."""
    return int(np.count_nonzero(facts.hung))


@kpi(
    "",
    unit="cases",
    zh="久拖未结存量",
    en="stock of aged cases",
    counted="cases open at the horizon that had a time limit, whenever they were filed",
    unfinished="open cases are what is counted",
    source=OWN,
)
def aged_stock(facts: Facts) -> float:
    """Open cases that have been open for more than twice the time from filing to the first time limit."""
    filed, limit = facts.cases["filed"], facts.cases["limit_original"]
    aged = (limit != NEVER) & (facts.horizon - filed > 2 * (limit - filed))
    return int(np.count_nonzero(facts.once(_open) & aged))


@kpi(
    "K7",
    unit="share",
    zh="推诿率",
    en="declined share",
    counted="cases filed within the window and dispatched",
    unfinished=AS_SO_FAR,
    source=OWN,
)
def declined_rate(facts: Facts) -> float:
    """Cases that a level which could have settled them did not take on at least once / cases dispatched."""
    return share(facts.cases["declines"] > 0, facts.once(_filed) & (facts.cases["dispatched"] != NEVER))


@kpi(
    "K14",
    unit="share",
    zh="虚假办理占比",
    en="feigned share",
    side=Side.HONEST,
    counted="cases closed within the window",
    unfinished="open cases are left out",
    source=OWN,
)
def feigned_share(facts: Facts) -> float:
    """Cases that a level at least once only pretended to settle / cases closed."""
    return share(facts.cases["feigned"] > 0, facts.closed_inside)


@kpi(
    "K11",
    unit="h",
    zh="首次接办用时（平均）",
    en="time to acceptance by a level",
    counted="cases filed within the window that a level has taken on",
    unfinished="cases that no level has taken on yet are left out",
    source=STANDARD,
)
def time_to_acceptance_mean(facts: Facts) -> float:
    """Mean of accepted - known; accepted: begun by a level that is neither a wrong owner nor declines."""
    accepted, known = facts.cases["accepted"], facts.cases["known"]
    counted = facts.once(_filed) & (accepted != NEVER)
    return mean((accepted - known)[counted], HOUR)


@kpi(
    "K7",
    unit="per case",
    zh="件均经办单位数",
    en="owners per case",
    counted="cases closed within the window",
    unfinished="open cases are left out",
)
def owners_mean(facts: Facts) -> float:
    """Times that a case came to a level or unit that handles cases, wrong ones included / cases closed; desks are left out."""
    return mean(facts.once(owners)[facts.closed_inside])


def owners(facts: Facts) -> np.ndarray:
    """Of each case, how often it came to a level or unit that handles cases; departments that come together are one."""
    return facts.cases["hops"].astype(np.int64) + 1 - _desks_passed(facts)


def _desks_passed(facts: Facts) -> np.ndarray:
    """At how many desks each case has been: those where it came in, the one that sends out anew what is returned, and those of a whistle."""
    plan = facts.log.plan
    desks, back = _desks_from(plan), int(plan["stages"]["back"].max(initial=NEVER))
    entrance = np.where(
        facts.cases["source"] <= Source.PATROL, facts.behind["notice_stage"], facts.behind["report_stage"]
    )
    again = desks[back] if back != NEVER else 0
    return desks[entrance] + again * facts.cases["returns"] + sum((facts.cases[step] != NEVER) * 1 for step in STEPS)


def _desks_from(plan: Plan) -> np.ndarray:
    """How many desks a case passes from each stage on until it comes to something else."""
    roles, onward = plan["stages"]["role"], plan["stages"]["next"]
    passed = np.zeros(len(roles), np.int64)
    for stage in range(len(roles)):
        at = stage
        while at != NEVER and roles[at] == Role.DESK:
            passed[stage], at = passed[stage] + 1, int(onward[at])
    return passed


ALWAYS = (owners_mean, aged_stock)
KPIS = (
    *ALWAYS,
    *(
        replace(one, occurs=has_courses)
        for one in (
            supervised_rate,
            supervisions_per_case,
            postponed_rate,
            hung_rate,
            hung_stock,
            declined_rate,
            feigned_share,
            time_to_acceptance_mean,
        )
    ),
)
