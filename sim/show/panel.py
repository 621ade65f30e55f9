"""The panel of the what-if notebook: sliders, and the difference from today redrawn as they move. Needs ipywidgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from sim.model.policies import Misfit
from sim.show.plots.differences import plot_differences
from sim.show.plots.words import Lang
from sim.show.style import chart_style
from sim.show.what_if import OWN, POOL, STAFFING, Levers, WhatIf

if TYPE_CHECKING:
    from sim.study.compare import Comparison

TEXTS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "workers": "网格员",
        "grid_size": "每格户数",
        "staffing": "人员安排",
        "admin": "行政占用",
        "full": "完整比较（{n} 次重复）",
        "running": "计算中……",
        "sure": "与现状相比，{n} 次重复，配对区间（{seconds:.1f} 秒）",
        "unsure": "与现状相比，单次模拟：没有区间，差异可能出于偶然（{seconds:.1f} 秒）",
        "misfit": "不可行：{problem}",
    },
    "en": {
        "workers": "Gridworkers",
        "grid_size": "Households a grid",
        "staffing": "Staffing",
        "admin": "Admin share",
        "full": "Full comparison ({n} replications)",
        "running": "running …",
        "sure": "against today, {n} replications, paired intervals ({seconds:.1f} s)",
        "unsure": "against today, one replication: no interval, the difference may be chance ({seconds:.1f} s)",
        "misfit": "cannot be: {problem}",
    },
}
DPI = 80
FULL = 10  # replications behind the button


@dataclass(eq=False)
class Panel:
    """Sliders for the levers of a WhatIf, a button for the full comparison, and the chart of the differences.

    ``comparison``: what the chart shows, None if the levers do not fit the place. Show ``box`` in a notebook.
    """

    what_if: WhatIf
    lang: Lang = "zh"
    comparison: Comparison | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        texts, today = TEXTS[self.lang], self.what_if.today
        most, style = 2 * today.workers, {"description_width": "130px"}
        common: dict[str, Any] = {"style": style, "continuous_update": False, "layout": {"width": "440px"}}
        self.workers = widgets.IntSlider(today.workers, 1, most, description=texts["workers"], **common)
        sizes = (min(250, today.grid_size), max(1500, today.grid_size))
        self.grid_size = widgets.IntSlider(today.grid_size, *sizes, 50, description=texts["grid_size"], **common)
        named = [(STAFFING[kind][self.lang == "en"], kind) for kind in (OWN, POOL)]
        self.staffing = widgets.Dropdown(
            options=named, value=today.staffing, description=texts["staffing"], style=style
        )
        self.admin = widgets.FloatSlider(
            today.admin, min=0, max=0.6, step=0.05, readout_format=".0%", description=texts["admin"], **common
        )
        self.full = widgets.Button(description=texts["full"].format(n=FULL), layout={"width": "300px"})
        self.status, self.chart = widgets.HTML(), widgets.Image(format="png")
        for control in (self.workers, self.grid_size, self.staffing, self.admin):
            control.observe(lambda _: self.redraw(), names="value")
        self.full.on_click(lambda _: self.compare_fully())
        self.box = widgets.VBox(
            [self.workers, self.grid_size, self.staffing, self.admin, self.full, self.status, self.chart]
        )
        self.redraw()

    @property
    def levers(self) -> Levers:
        """Where the controls stand."""
        return Levers(self.workers.value, self.grid_size.value, self.staffing.value, self.admin.value)

    def redraw(self) -> None:
        """Draw the quick comparison for the levers as they stand."""
        self._show(self.what_if.quick)

    def compare_fully(self) -> None:
        """Draw the full comparison for the levers as they stand."""
        self._show(lambda levers: self.what_if.full(levers, replications=FULL))

    def _show(self, made: Callable[[Levers], Comparison]) -> None:
        texts = TEXTS[self.lang]
        self.status.value = texts["running"]
        try:
            comparison = made(self.levers)
        except Misfit as misfit:
            self.comparison = None
            self.status.value = texts["misfit"].format(problem=misfit)
            return
        self.comparison, self.chart.value = comparison, _png(comparison, self.lang)
        sure = texts["sure" if comparison.replications > 1 else "unsure"]
        self.status.value = sure.format(n=comparison.replications, seconds=comparison.seconds)


def _png(comparison: Comparison, lang: Lang) -> bytes:
    figure, file = plot_differences(comparison, lang=lang), BytesIO()
    with chart_style():
        figure.savefig(file, format="png", dpi=DPI)
    return file.getvalue()
