"""What charts of comparisons share: the look of each scenario, and what the comparison was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from sim.show.plots.sheet import MODEST, join
from sim.show.plots.words import Lang, Text, shorten, text_of, width
from sim.show.style import INK, SCENARIO_COLOURS

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario
    from sim.study.compare import Comparison

MARKERS = ("o", "s", "^", "D", "v", "P")
MOST_SCENARIOS = len(MARKERS)
LONGEST_TITLE = 44
LEGEND_COLUMNS = 84  # of text that fit above a chart

BASELINE: Text = {"zh": "基准：{title}", "en": "baseline: {title}"}
COUNT: Text = {"zh": "{n} 次重复", "en": "{n} replications"}
LEVEL: Text = {"zh": "{percent:g} % 区间", "en": "{percent:g} % intervals"}
TOGETHER: Text = {"zh": "{percent:g} % 联合区间", "en": "simultaneous {percent:g} % intervals"}
NO_INTERVAL: Text = {"zh": "单次模拟，无区间", "en": "one replication, without intervals"}
FIRST: Text = {"zh": "前 {shown} 个方案（共 {all} 个）", "en": "first {shown} of {all} scenarios"}
FILLED: Text = {"zh": "空心：区间含 0", "en": "hollow: the interval contains 0"}


@dataclass(frozen=True)
class Side:
    """A scenario of a comparison as charts show it."""

    name: str
    title: str
    colour: str
    marker: str


def sides_of(comparison: Comparison, lang: Lang) -> list[Side]:
    """The scenarios that are compared with the baseline, at most so many as can be told apart."""
    titles = list(comparison.titles(lang).items())[:MOST_SCENARIOS]
    looks = zip(SCENARIO_COLOURS, MARKERS, strict=True)
    return [
        Side(name, shorten(text_of(title, title)[lang], LONGEST_TITLE), *look)
        for (name, title), look in zip(titles, looks, strict=False)
    ]


def comparison_caption(comparison: Comparison, lang: Lang, *notes: str) -> str:
    """Against what, over which days, the notes, and what to take the chart for; notes say how sure it is."""
    baseline, several = comparison.baseline.scenario, len(comparison.alternatives)
    return join(
        BASELINE[lang].format(title=shorten(getattr(baseline.title, lang), 36)),
        window_of(baseline),
        *(notes or how_sure(comparison, lang)),
        FIRST[lang].format(shown=MOST_SCENARIOS, all=several) if several > MOST_SCENARIOS else "",
        MODEST[lang],
    )


def window_of(scenario: Scenario) -> str:
    """The first and the last day that KPIs count."""
    period = scenario.period
    first, last = (period.start + timedelta(seconds=at) for at in (period.warm_up, period.horizon - 1))
    return f"{first} – {last}"


def how_sure(comparison: Comparison, lang: Lang) -> tuple[str, ...]:
    """How many replications, and which intervals they give."""
    if comparison.replications < 2:
        return (NO_INTERVAL[lang],)
    level = TOGETHER if comparison.intervals == "simultaneous" else LEVEL
    return COUNT[lang].format(n=comparison.replications), level[lang].format(percent=100 * comparison.level)


def mark(axes: Axes, side: Side, at: tuple[float, float], *, hollow: bool, size: float = 7) -> None:
    """The mark of a scenario; hollow where nothing can be said about the sign of the difference."""
    inside = "white" if hollow else side.colour
    axes.plot(
        *at, side.marker, markersize=size, color=side.colour, markerfacecolor=inside, markeredgewidth=1.3, zorder=4
    )


def legend(axes: Axes, sides: Sequence[Side], *notes: str) -> int:
    """The scenarios by their marks, and notes with a hollow one, above the chart; in how many lines."""
    for side in sides:
        axes.plot([], [], side.marker, color=side.colour, label=side.title, markersize=7)
    for note in notes:
        axes.plot([], [], "o", color=INK, markerfacecolor="white", label=note, markersize=7)
    texts = [*(side.title for side in sides), *notes]
    columns = max(1, min(len(texts), LEGEND_COLUMNS // (max(map(width, texts)) + 5)))
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.3, ncols=columns, fontsize=9, handletextpad=0.1
    )
    return -(-len(texts) // columns)
