"""A comparison as a notebook shows it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from sim.study.kpis import unit_in

if TYPE_CHECKING:
    from sim.study.compare.comparison import Comparison

COLUMNS = {
    "zh": ("指标", "单位", "基准", "本方案", "差异", "下限", "上限", "p（Holm）", "角色"),
    "en": ("KPI", "unit", "baseline", "scenario", "difference", "low", "high", "p (Holm)", "role"),
}
ROLES = {"zh": {"primary": "主要", "exploratory": "探索"}, "en": {"primary": "primary", "exploratory": "exploratory"}}
AGAINST = {"zh": "{scenario}，与{baseline}相比 × {count}", "en": "{scenario} against {baseline} × {count}"}


def comparison_html(comparison: Comparison) -> str:
    """A table for each scenario: the primary figures, then the headline."""
    scenario = comparison.baseline.scenario
    lang, table = scenario.lang, comparison.headline()
    parts = []
    for name, title in comparison.titles(lang).items():
        rows = table[table["scenario"] == name].drop(columns="scenario")
        rows[f"name_{lang}"] += [comparison.better[id].arrow for id in rows["kpi"]]
        rows = rows.assign(unit=[unit_in(lang, unit) for unit in rows["unit"]], role=rows["role"].map(ROLES[lang]))
        shown = rows[[f"name_{lang}", "unit", "baseline_mean", "scenario_mean", "difference", "ci_low", "ci_high"]]
        shown = shown.assign(p=rows["p_holm"], role=rows["role"])
        shown.columns = list(COLUMNS[lang])
        baseline = getattr(scenario.title, lang)
        head = AGAINST[lang].format(scenario=title, baseline=baseline, count=comparison.replications)
        parts.append(f"<b>{escape(head)}</b>" + shown.to_html(index=False, float_format="{:,.4g}".format, na_rep=""))
    return "".join(parts)
