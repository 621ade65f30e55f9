"""The sheet that every chart is drawn on: what it shows above, what run it shows below, the chart between."""

from __future__ import annotations

from matplotlib.figure import Figure

from sim.engine.log import Log
from sim.show.plots.words import Lang, Text, day_of, scenario_title, shorten
from sim.show.style import FAINT, INK

WIDTH, MARGIN = 10.0, 0.3  # inches
HEADER, FOOTER = 0.98, 0.55

NOTHING: Text = {"zh": "没有可显示的内容：{why}", "en": "Nothing to show: {why}"}
ONE_RUN: Text = {"zh": "单次模拟", "en": "one replication"}
MODEST: Text = {"zh": "用于方案比较，不作预测", "en": "comparative, not predictive"}


def new_sheet(title: str, subtitle: str, caption: str, *, height: float = 6.2) -> Figure:
    """A figure of ``height`` inches with its texts in place; axes added to it share the room between them."""
    figure = Figure(figsize=(WIDTH, height))
    left = MARGIN / WIDTH
    figure.text(left, 1 - 0.24 / height, title, size=15, color=INK, va="top")
    figure.text(left, 1 - 0.62 / height, subtitle, size=10, color=FAINT, va="top")
    figure.text(left, 0.2 / height, caption, size=8, color=FAINT, va="bottom")
    rect = (left, FOOTER / height, 1 - 2 * left, 1 - (HEADER + FOOTER) / height)
    figure.set_layout_engine("constrained", rect=rect, w_pad=0, h_pad=0)
    return figure


def empty_sheet(title: str, why: Text, caption: str, lang: Lang) -> Figure:
    """A sheet that says that there is nothing to show, and why."""
    figure = new_sheet(title, "", caption, height=2.4)
    figure.text(0.5, 0.5, NOTHING[lang].format(why=why[lang]), size=11, color=FAINT, ha="center", va="center")
    return figure


def caption_of(log: Log, lang: Lang, *notes: str) -> str:
    """Which run the chart is of, and what to take it for."""
    rules = log.plan.rules
    first, last = day_of(log, rules["warm_up"]), day_of(log, rules["horizon"] - 1)
    period = f"{first} – {last}"
    return join(shorten(scenario_title(log, lang), 48), period, *(notes or (ONE_RUN[lang],)), MODEST[lang])


def join(*parts: str) -> str:
    """Parts of a line, set apart by dots."""
    return "  ·  ".join(part for part in parts if part)
