"""Rates as cases, hours and people: what a difference of a share or a mean comes to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sim.study.compare.paired import paired
from sim.study.kpis import KPIS

EFFECT_COLUMNS = (
    *("scenario", "kpi", "name_zh", "name_en", "unit", "difference", "ci_low", "ci_high", "ci_level"),
    *("replications", "how_zh", "how_en"),
)


@dataclass(frozen=True)
class Effect:
    """What a rate comes to: the rate times an amount, both KPIs.

    ``volume``: "baseline" multiplies the rates of both scenarios with the amount of the baseline, so that a policy is
    not credited with the mere number of cases; "own" each with its own, for amounts that are part of the policy.
    """

    rate: str
    amount: str
    unit: str
    zh: str
    en: str
    volume: Literal["baseline", "own"] = "baseline"

    @property
    def how_zh(self) -> str:
        """How it is computed, in Chinese."""
        rate, amount = KPIS[self.rate].zh, KPIS[self.amount].zh
        if self.volume == "own":
            return f"各自的“{rate}” × 各自的“{amount}”，再相减"
        return f"“{rate}”之差 × 基准的“{amount}”"

    @property
    def how_en(self) -> str:
        """How it is computed, in English."""
        rate, amount = KPIS[self.rate].en, KPIS[self.amount].en
        if self.volume == "own":
            return f"{rate} × {amount}, of each its own; the difference of that"
        return f"difference of {rate} × {amount} of the baseline"


def _full_time(duty: str, zh: str, en: str) -> Effect:
    return Effect(
        f"time_share_{duty}", "gridworkers", "people", f"折合全职网格员：{zh}", f"full-time gridworkers: {en}", "own"
    )


EFFECTS = (
    Effect("closing_rate", "due_cases", "cases", "结案件数", "cases closed of those due"),
    Effect("on_time_rate", "due_cases", "cases", "按期结案件数", "cases closed on time, officially"),
    Effect("true_on_time_rate", "true_due_cases", "cases", "真实按期解决件数", "cases truly on time"),
    Effect("repeat_rate", "cases_reported", "cases", "重复件数", "cases reported again"),
    Effect("recorded_share", "issues_occurred", "issues", "入账问题数", "issues recorded"),
    Effect("resolved_share", "issues_occurred", "issues", "真实解决问题数", "issues truly resolved"),
    Effect("lifetime_mean", "issues_occurred", "h", "问题存续总时长", "hours that issues last, added up"),
    Effect(
        "time_unknown_mean", "issues_occurred", "h", "问题无人知晓总时长", "hours that issues are unknown, added up"
    ),
    _full_time("case", "办理事件", "cases"),
    _full_time("visit", "入户走访", "household visits"),
    _full_time("patrol", "巡查", "patrol"),
    _full_time("admin", "行政台账", "admin"),
    _full_time("travel", "路途", "travel"),
    _full_time("idle", "空闲", "idle"),
)


def effect_rows(
    baseline: Mapping[str, Sequence[float]], scenario: Mapping[str, Sequence[float]], *, level: float
) -> Iterator[tuple[object, ...]]:
    """The columns of ``EFFECT_COLUMNS`` but the first, of effects whose KPIs are there and defined.

    ``baseline``, ``scenario``: values by replication of each figure. The products are paired like any figure.
    """
    for effect in EFFECTS:
        if effect.rate not in baseline or effect.amount not in baseline:
            continue
        amounts = (scenario if effect.volume == "own" else baseline)[effect.amount]
        old = [rate * amount for rate, amount in zip(baseline[effect.rate], baseline[effect.amount], strict=True)]
        new = [rate * amount for rate, amount in zip(scenario[effect.rate], amounts, strict=True)]
        it = paired(old, new)
        if it.replications:
            names = (effect.rate, effect.zh, effect.en, effect.unit)
            yield *names, it.mean, *it.interval(level), level, it.replications, effect.how_zh, effect.how_en
