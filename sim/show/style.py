"""The look of every chart: type, ink and colours that keep apart in print without colour and for colour-blind eyes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import matplotlib.font_manager
import matplotlib.style

from sim.show import fonts

FAMILIES = ["DejaVu Sans", fonts.FAMILY]

INK, FAINT, RULE, SHADE = "#222222", "#6B6B6B", "#D4D4D0", "#F3F3F0"

#: the record, which an office sees, and the truth, which only the model knows
OFFICIAL, HONEST = "#E0A030", "#1F4E79"

#: how an issue stands in the end: what is gone is blue, what is still there is warm; all differ in lightness
FATE_COLOURS = {
    "resolved": "#2F6DA8",
    "cleared": "#BFD3E6",
    "open": "#F0C35B",
    "withdrawn": "#7D7468",
    "falsely_closed": "#7A1F2B",
    "latent": "#D9783A",
}

#: what a worker's time goes into
DUTY_COLOURS = {
    "case": "#1F4E79",
    "visit": "#4F97C4",
    "patrol": "#A9D8CA",
    "admin": "#A85A32",
    "travel": "#CDA173",
    "idle": "#EAEAE6",
}
DARK_DUTIES = ("case", "admin")  # these want white letters

#: scenarios that are compared with a baseline; their marks differ too
SCENARIO_COLOURS = ("#1F4E79", "#D9783A", "#4F97C4", "#7A1F2B", "#5E9C83", "#A07CA8")

_SETTINGS = {
    "font.family": FAMILIES,
    "font.size": 10,
    "text.color": INK,
    "text.parse_math": False,  # a title may hold a dollar sign
    "axes.edgecolor": RULE,
    "axes.labelcolor": FAINT,
    "axes.labelsize": 9.5,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.titlepad": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": False,
    "grid.color": "#E6E6E2",
    "grid.linewidth": 0.7,
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": FAINT,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9.5,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "path",  # an SVG looks the same where our font is not installed
    "svg.hashsalt": "gridgov",  # … and has the same bytes every time
}


@contextmanager
def chart_style() -> Iterator[None]:
    """Create or save figures within: in our style, whatever the user's settings, which are untouched afterwards."""
    _register_font()
    with matplotlib.style.context(["default", _SETTINGS]):
        yield


@cache
def _register_font() -> None:
    matplotlib.font_manager.fontManager.addfont(fonts.FILE)
