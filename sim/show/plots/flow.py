"""Flow: what became of the issues, from onset over who knew and who settled to the true end."""

from __future__ import annotations

from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.engine.events import NEVER, Level
from sim.engine.log import FATES, Log, fates
from sim.show.plots.ribbons import draw_nodes, draw_ribbons, scale_of, stacked
from sim.show.plots.sheet import caption_of, empty_sheet, new_sheet
from sim.show.plots.words import Lang, Text, text_of, titles_of
from sim.show.style import FAINT, FATE_COLOURS, INK, chart_style
from sim.study.kpis.facts import Facts
from sim.study.kpis.tiers import TIERS

TITLE: Text = {"zh": "问题的去向（件）", "en": "What became of the issues (number of issues)"}
SUBTITLE: Text = {
    "zh": "时段内发生的全部真实问题：怎样被知晓、最后由谁处置、期末真实状态如何；色带按真实结局着色",
    "en": "All real issues that arose: how they became known, who disposed of them last, how they stand in truth",
}
COLUMNS: tuple[Text, ...] = (
    {"zh": "发生", "en": "Arose"},
    {"zh": "怎样被知晓", "en": "How it became known"},
    {"zh": "最后由谁处置", "en": "Who disposed of it last"},
    {"zh": "期末真实状态", "en": "How it truly stands"},
)
ALL: Text = {"zh": "全部问题", "en": "All issues"}
NEVER_KNOWN: Text = {"zh": "始终无人知晓", "en": "Never known"}
NOBODY: Text = {"zh": "无人处置", "en": "Nobody"}
OTHER_CHANNELS: Text = {"zh": "其他渠道", "en": "Other channels"}
WHY: Text = {"zh": "统计时段内没有发生问题", "en": "no issue arose within the window"}
ENDS: dict[str, Text] = {
    "resolved": {"zh": "真正解决", "en": "Truly resolved"},
    "cleared": {"zh": "自行消失", "en": "Gone by itself"},
    "open": {"zh": "仍在办理", "en": "Case still open"},
    "withdrawn": {"zh": "反映人撤回，未解决", "en": "Withdrawn, unsolved"},
    "falsely_closed": {"zh": "虚假办结，未解决", "en": "Falsely closed"},
    "latent": {"zh": "潜在，无人知晓", "en": "Latent, unknown"},
}
LEVELS = tuple(text_of(zh, en) for zh, en in TIERS.values())
PLACE_OF_LEVEL = np.array([[*TIERS].index(level) if level in TIERS else NEVER for level in Level] + [NEVER])
COLOURS = tuple(FATE_COLOURS[end] for end in ENDS)

CHANNELS_SHOWN = 7  # where there are more, the smallest are put together
COLUMN_X = (0.11, 0.27, 0.53, 0.79)


@chart_style()
def plot_flow(log: Log, *, lang: Lang = "zh") -> Figure:
    """What became of the issues that arose within the window: ribbons from onset to the true end."""
    flows = count_flows(log)
    caption = caption_of(log, lang)
    if not flows.sum():
        return empty_sheet(TITLE[lang], WHY, caption, lang)
    figure = new_sheet(TITLE[lang], SUBTITLE[lang], caption, height=7.0)
    axes = figure.add_subplot()
    axes.set(xlim=(0, 1), ylim=(0, 1.045))
    axes.set_axis_off()
    _draw(axes, *_known_channels(log, flows, lang), lang=lang)
    return figure


def count_flows(log: Log) -> np.ndarray:
    """Issues that arose within the window by how they became known, who disposed of them last, and their end.

    int64[channels + 1, levels + 1, ends]: the last row is "never known", the last column "nobody"; levels as in ``TIERS``, ends as in ``ENDS``.
    """
    facts = Facts.of(log)
    mine = facts.occurred
    shape = (len(titles_of(log, "channel", "en")) + 1, len(LEVELS) + 1, len(ENDS))
    coordinates = (_channel(facts)[mine], _last_level(facts)[mine], _end(log)[mine])
    cells = np.ravel_multi_index(coordinates, shape, mode="wrap")  # -1 is the last
    return np.bincount(cells, minlength=int(np.prod(shape))).reshape(shape)


def _channel(facts: Facts) -> np.ndarray:
    first = facts.first_case
    if not facts.cases["channel"].size:
        return first
    return np.where(first == NEVER, NEVER, facts.cases["channel"][first])


def _last_level(facts: Facts) -> np.ndarray:
    """The level that disposed of each issue last, as an index of ``LEVELS``; NEVER: nobody."""
    level = np.full(facts.issues["valid"].size, NEVER)
    disposed = facts.cases["level"] != NEVER
    level[facts.cases["issue"][disposed]] = facts.cases["level"][disposed]  # in order: the last one stays
    return PLACE_OF_LEVEL[level]


def _end(log: Log) -> np.ndarray:
    """The end of each issue as an index of ``ENDS``; without meaning for reports of nothing."""
    ends = list(ENDS)
    end_of = [ends.index(fate) if fate in ENDS else ends.index("resolved") for fate in FATES]
    return np.array(end_of)[fates(log)]


def _known_channels(log: Log, flows: np.ndarray, lang: Lang) -> tuple[np.ndarray, list[str]]:
    """The flows and the names of their rows, small reporting channels put together where there are many."""
    names = titles_of(log, "channel", lang)
    sizes = flows[:-1].sum(axis=(1, 2))
    if np.count_nonzero(sizes) <= CHANNELS_SHOWN:
        return flows, [*names, NEVER_KNOWN[lang]]
    largest = np.sort(np.argsort(-sizes, kind="stable")[: CHANNELS_SHOWN - 1])
    rest = np.setdiff1d(np.arange(len(names)), largest)
    merged = np.concatenate([flows[largest], flows[rest].sum(axis=0, keepdims=True), flows[-1:]])
    return merged, [*(names[k] for k in largest), OTHER_CHANNELS[lang], NEVER_KNOWN[lang]]


def _draw(axes: Axes, flows: np.ndarray, channels: list[str], *, lang: Lang) -> None:
    levels = [level[lang] for level in LEVELS] + [NOBODY[lang]]
    names = [[ALL[lang]], channels, levels, [end[lang] for end in ENDS.values()]]
    sizes = [np.array([flows.sum()]), *(flows.sum(axis=other) for other in ((1, 2), (0, 2), (0, 1)))]
    scale = min(scale_of(column) for column in sizes)
    columns = [stacked(x, column, scale) for x, column in zip(COLUMN_X, sizes, strict=True)]
    draw_ribbons(axes, columns[0], columns[1], flows.sum(axis=1)[np.newaxis], scale, colours=COLOURS)
    draw_ribbons(axes, columns[1], columns[2], flows, scale, colours=COLOURS)
    diagonal = np.zeros((flows.shape[1], len(ENDS), len(ENDS)), flows.dtype)
    diagonal[:, range(len(ENDS)), range(len(ENDS))] = flows.sum(axis=0)
    draw_ribbons(axes, columns[2], columns[3], diagonal, scale, colours=COLOURS)
    for k, (nodes, labels) in enumerate(zip(columns, names, strict=True)):
        side: Literal["right", "left"] = "right" if k == 0 else "left"
        colours = COLOURS if k == len(COLUMNS) - 1 else [INK] * len(nodes)
        axes.text(COLUMN_X[k], 1.03, COLUMNS[k][lang], size=9.5, color=FAINT, va="bottom", ha=side)
        draw_nodes(axes, nodes, labels, colours=colours, side=side)
