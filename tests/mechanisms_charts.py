"""Draw the charts of docs/mechanisms.md: what each setting of a lever changes against the first, paired over ten seeds.

``python tests/mechanisms_charts.py [STUDY …]`` runs the studies on the page, or those named, and writes docs/img/mechanisms/STUDY.png. It takes
a few minutes for all of them.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from textwrap import wrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from mechanisms import CONFIDENCE, IMAGES, SEEDS, doses, paired, studies, swept
from PIL import Image

import sim
from sim.show.plots.amounts import change_unit, decimals, factor_of, number, plain_tick, value_unit
from sim.show.plots.scenarios import MARKERS, window_of
from sim.show.plots.sheet import FOOTER, HEADER, MARGIN, MODEST, WIDTH, join, new_sheet
from sim.show.plots.words import Lang, Text, text_of
from sim.show.style import FAINT, INK, SCENARIO_COLOURS, chart_style

SUBTITLE: Text = {
    "zh": "与左起第一种设置相比的变化（同样的问题，{level:g} % 区间；空心：区间含 0）",
    "en": "Change against the first setting on the left, on the same issues, with {level:g} % intervals; hollow: 0 lies within",
}
FIRST: Text = {"zh": "起点：{values} {unit}", "en": "first: {values} {unit}"}
RUNS: Text = {"zh": "{n} 个随机种子", "en": "{n} seeds"}
RESOLUTION, SHADES = 80, 48  # dots per inch, and colours of a file: small files
PANEL = 3.0  # inches
COLUMNS = 120  # of text over all panels
LABEL = 16  # columns of a setting below its mark; longer ones go on in the next line
ON_AND_OFF = 2  # settings
MOST_FIRSTS = 2  # lines whose values at the first setting are all written


@chart_style()
def plot_doses(name: str, *, lang: Lang = "zh") -> Figure:
    """The primary figures of a study of the page over its last lever, a line for each setting of the first if it has two."""
    sweep = swept(name)
    spec, lever = sweep.study.spec, sweep.study.levers[-1]
    caption = join(window_of(sweep.study.base), RUNS[lang].format(n=len(SEEDS["factors"][0]["values"])), MODEST[lang])
    subtitle = SUBTITLE[lang].format(level=100 * CONFIDENCE)
    height = PANEL + HEADER + FOOTER
    figure = new_sheet(text_of(spec.title.zh, spec.title.en)[lang], subtitle, caption, height=height)
    panels = figure.subplots(1, len(sweep.primary), squeeze=False)[0]
    labels = ["\n".join(wrap(title, LABEL)) for title in setting_titles(sweep, -1, lang)]
    for axes, kpi in zip(panels, sweep.primary, strict=True):
        _panel(axes, sweep, kpi, lang)
        axes.set_xticks(range(len(labels)), labels)
        if len("  ".join(labels)) > COLUMNS // len(panels):
            axes.tick_params(axis="x", rotation=90)
        axes.set_xlabel(getattr(lever.title, lang))
    if len(sweep.study.levers) > 1:
        handles, titles = panels[0].get_legend_handles_labels()
        corner = 1 - MARGIN / WIDTH, 1 - 0.12 / height
        question = getattr(sweep.study.levers[0].title, lang)
        figure.legend(handles, titles, loc="upper right", bbox_to_anchor=corner, ncols=len(titles), title=question)
    return figure


def setting_titles(sweep: sim.Sweep, lever: int, lang: Lang) -> list[str]:
    """What people call the settings of a lever."""
    factor = sweep.study.levers[lever]
    named: Mapping[object, str] = {it.id: getattr(it.title, lang) for it in factor.alternatives or ()}
    found = [str(label) for label in dict.fromkeys(cell.labels[factor.id] for cell in sweep.study.cells)]
    shared = Counter(entry for label in found for entry in _entries(label))
    return [named.get(label, _plain(label, shared)) for label in found]


def _plain(label: str, shared: Mapping[str, int]) -> str:
    """A setting that is a mapping by the entry that fewest others share, one that is a meeting by its interval, the others as they are."""
    if label.startswith("{"):
        return min(_entries(label), key=lambda entry: shared[entry], default=label)
    return re.sub(r"^every (.+) at \d\d:\d\d$", r"\1", label)


def _entries(label: str) -> list[str]:
    """What a mapping says, innermost entries only."""
    return re.findall(r"\w+: [^{},]+", label.replace('"', "")) if label.startswith("{") else []


def _panel(axes: Axes, sweep: sim.Sweep, kpi: str, lang: Lang) -> None:
    row = sweep.summary[sweep.summary["kpi"] == kpi].iloc[0]
    unit, factor = str(row["unit"]), factor_of(str(row["unit"]))
    values = factor * doses(sweep.study.spec.name, kpi)
    lines = values if values.ndim == 3 else values[None]
    titles = setting_titles(sweep, 0, lang) if values.ndim == 3 else [""]
    joined = not sweep.study.levers[-1].alternatives or values.shape[-2] == ON_AND_OFF
    axes.axhline(0, color=INK, linewidth=0.8)
    for lane, (line, title) in enumerate(zip(lines, titles, strict=True)):
        _line(axes, line - line[0], lane, len(lines), title, joined=joined)
    firsts = [number(it, decimals(0, it)) for it in lines[:, 0].mean(axis=-1)]
    written = " / ".join(firsts) if len(firsts) <= MOST_FIRSTS else f"{firsts[0]} … {firsts[-1]}"
    name = text_of(str(row["name_zh"]), str(row["name_en"]))[lang]
    first = FIRST[lang].format(values=written, unit=value_unit(unit, lang))
    axes.set_title(_titled(name, first, COLUMNS // len(sweep.primary)), size=8.5, color=INK)
    axes.set_ylabel(change_unit(unit, lang), color=FAINT)
    axes.yaxis.set_major_formatter(plain_tick)
    axes.grid(axis="y")
    axes.margins(x=0.08)


def _line(axes: Axes, changes: np.ndarray, lane: int, lanes: int, title: str, *, joined: bool) -> None:
    """Mean changes with their intervals, beside the other lines; joined where settings follow each other."""
    colour, marker = SCENARIO_COLOURS[lane % len(SCENARIO_COLOURS)], MARKERS[lane % len(MARKERS)]
    found = [paired(change) for change in changes]
    x = np.arange(len(found)) + 0.1 * (lane - (lanes - 1) / 2)
    if joined:
        axes.plot(x, [it.mean for it in found], color=colour, linewidth=1)
    axes.vlines(x, [it.low for it in found], [it.high for it in found], color=colour, linewidth=2)
    axes.plot([], [], marker, color=colour, label=title, markersize=5)
    for at, it in zip(x, found, strict=True):
        inside = colour if it.low > 0 or it.high < 0 else "white"
        axes.plot(at, it.mean, marker, color=colour, markerfacecolor=inside, markersize=5, zorder=4)


def _titled(name: str, first: str, columns: int) -> str:
    """The name of a figure on two lines, so that panels stand alike, and what it starts from below."""
    lines = [*wrap(name, columns), "", ""][:2] if len(name) > columns else ["", name]
    return "\n".join([*lines, first])


def draw(names: list[str], directory: Path = IMAGES) -> None:
    """Write the charts of some studies of the page into ``directory``."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in names:
        with chart_style(), BytesIO() as drawn:
            plot_doses(name, lang="en").savefig(drawn, format="png", dpi=RESOLUTION)
            Image.open(drawn).convert("RGB").quantize(SHADES).save(directory / f"{name}.png", optimize=True)


if __name__ == "__main__":
    draw(sys.argv[1:] or list(studies()))
