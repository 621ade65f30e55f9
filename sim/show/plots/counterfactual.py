"""Counterfactual: from what became of the same issues under the baseline to what became of them under a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.show.plots.amounts import number
from sim.show.plots.ribbons import NODE, Node, draw_nodes, draw_ribbons, scale_of, stacked
from sim.show.plots.scenarios import COUNT, comparison_caption
from sim.show.plots.sheet import empty_sheet, new_sheet
from sim.show.plots.words import Lang, Text, count, shorten, text_of
from sim.show.style import FAINT, FATE_COLOURS, chart_style
from sim.study.compare.counterfactual import ALL, OUTCOMES
from sim.study.kpis.tiers import TIERS

if TYPE_CHECKING:
    from sim.study.compare import Comparison

TITLE: Text = {
    "zh": "结局不同的问题从哪里到哪里（件）",
    "en": "Issues that end otherwise: from which outcome to which (number of issues)",
}
SUBTITLE: Text = {
    "zh": "同样的问题、两种政策：{changed} 件结局不同，占全部 {all} 件的 {percent} %；色带按方案下的结局着色，数字为每次重复的平均",
    "en": "The same issues under both: {changed} of {all} end otherwise ({percent} %). Means of a replication; colour: the end under the scenario",
}
SIDES: tuple[Text, Text] = (
    {"zh": "基准之下", "en": "Under the baseline"},
    {"zh": "方案之下：{title}", "en": "Under the scenario: {title}"},
)
WHY: Text = {"zh": "每个问题的结局都与基准相同", "en": "every issue ends as under the baseline"}

NAMES: dict[str, Text] = {
    **{f"settled_{en}": text_of(f"{zh}解决", f"Settled by the {en}") for zh, en in TIERS.values()},
    "cleared": {"zh": "自行消失", "en": "Gone by itself"},
    "falsely_closed": {"zh": "虚假办结", "en": "Falsely closed"},
    "open": {"zh": "仍在办理", "en": "Case still open"},
    "latent": {"zh": "潜在，无人知晓", "en": "Latent, unknown"},
    "withdrawn": {"zh": "反映人撤回", "en": "Withdrawn, unsolved"},
    "refused": {"zh": "查无此事", "en": "Nothing was there"},
    "absent": {"zh": "未发生", "en": "Does not arise"},
}
#: settled ones in blues, from below the grid upward; nothing there and not arisen in greys
BLUES = ("#A9C7E2", "#2F6DA8", "#5B90C2", "#86AFD3", "#1F4E79", "#12304B")
COLOURS = {
    **{name: FATE_COLOURS.get(name, "#B0B0AC") for name in NAMES},
    **{f"settled_{en}": blue for (_, en), blue in zip(TIERS.values(), BLUES, strict=True)},
}
COLUMN_X = (0.24, 0.72)
LABEL = 0.024  # height of a ribbon that has room for its number


@chart_style()
def plot_counterfactual(comparison: Comparison, scenario: str, *, lang: Lang = "zh") -> Figure:
    """Ribbons from outcomes under the baseline to outcomes under ``scenario``, of issues that end otherwise only."""
    flows, caption = outcome_flows(comparison, scenario), _caption(comparison, lang)
    changed = flows * ~np.eye(len(OUTCOMES), dtype=bool)
    if not changed.any():
        return empty_sheet(TITLE[lang], WHY, caption, lang)
    figure = new_sheet(TITLE[lang], _subtitle(flows, changed, lang), caption, height=7.2)
    axes = figure.add_subplot()
    axes.set(xlim=(0, 1), ylim=(0, 1.045))
    axes.set_axis_off()
    title = shorten(comparison.titles(lang)[scenario], 36)
    for x, text, side in zip(COLUMN_X, SIDES, ("right", "left"), strict=True):
        heading = text[lang].format(title=title)
        axes.text(x + (NODE if side == "right" else 0), 1.03, heading, size=9.5, color=FAINT, va="bottom", ha=side)
    _draw(axes, changed, lang)
    return figure


def _caption(comparison: Comparison, lang: Lang) -> str:
    return comparison_caption(comparison, lang, COUNT[lang].format(n=comparison.replications))


def outcome_flows(comparison: Comparison, scenario: str) -> np.ndarray:
    """Mean number of issues by outcome under the baseline and under ``scenario``, float64[OUTCOMES, OUTCOMES]."""
    table = comparison.counterfactual
    table = table[(table["scenario"] == scenario) & (table["category"] == ALL)]
    flows = np.zeros((len(OUTCOMES), len(OUTCOMES)))
    rows = [OUTCOMES.index(name) for name in table["outcome_baseline"]]
    columns = [OUTCOMES.index(name) for name in table["outcome_scenario"]]
    flows[rows, columns] = table["issues_mean"]
    return flows


def _subtitle(flows: np.ndarray, changed: np.ndarray, lang: Lang) -> str:
    percent = 100 * changed.sum() / flows.sum()
    return SUBTITLE[lang].format(
        changed=count(changed.sum()), all=count(flows.sum()), percent=number(percent, 1 if percent >= 1 else 2)
    )


def _draw(axes: Axes, flows: np.ndarray, lang: Lang) -> None:
    names, colours = [NAMES[id][lang] for id in OUTCOMES], [COLOURS[id] for id in OUTCOMES]
    sizes = flows.sum(axis=1), flows.sum(axis=0)
    scale = min(map(scale_of, sizes))
    left, right = (stacked(x, column, scale) for x, column in zip(COLUMN_X, sizes, strict=True))
    by_end = flows[:, :, np.newaxis] * np.eye(len(OUTCOMES))
    draw_ribbons(axes, left, right, by_end, scale, colours=colours)
    _numbers(axes, left, flows, scale)
    draw_nodes(axes, left, names, colours=colours, side="right")
    draw_nodes(axes, right, names, colours=colours, side="left")


def _numbers(axes: Axes, left: list[Node], flows: np.ndarray, scale: float) -> None:
    """The numbers of ribbons that are high enough, where they leave."""
    paper = {"facecolor": "white", "alpha": 0.72, "edgecolor": "none", "pad": 0.8}
    for node, row in zip(left, flows, strict=True):
        top = node.top
        for size in row[row > 0]:
            if scale * size >= LABEL:
                at = node.x + NODE + 0.01, top - scale * size / 2
                axes.text(*at, number(size, 0), size=8, va="center", bbox=paper)
            top -= scale * size
