"""The warning that a warm-up looks too short."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sim.engine.log import Log

STOCKS: Mapping[str, Mapping[str, str]] = {
    "zh": {"open": "在办存量", "latent": "隐性存量"},
    "en": {"open": "the stock of open cases", "latent": "the latent stock"},
}
TEXTS: Mapping[str, Mapping[bool, str]] = {
    "zh": {
        True: "注意：{given:.0f} 天的预热期看来太短，其后{stock}仍在变化；MSER-5 建议至少 {suggested} 天",
        False: "注意：{given:.0f} 天的预热期看来太短，其后{stock}仍在变化；运行期太短，MSER-5 无法给出长度（period.days）",
    },
    "en": {
        True: "note: a warm-up of {given:.0f} days looks too short, {stock} still changes after it; MSER-5 suggests {suggested} days or more",
        False: "note: a warm-up of {given:.0f} days looks too short, {stock} still changes after it; the run is too short for "
        "MSER-5 to say how long it should be (period.days)",
    },
}


def warn_of_warm_up(logs: Sequence[Log], lang: str) -> None:
    """Say on stderr which stocks still change after the warm-up of these runs of one scenario; nothing if none does."""
    from sim.study.warm_up import check_warm_up  # noqa: PLC0415  # nothing is loaded before it is needed

    for found in check_warm_up(logs):
        if found.too_short:
            text = TEXTS[lang][found.settled]
            click.echo(
                text.format(given=found.given, stock=STOCKS[lang][found.stock], suggested=found.suggested), err=True
            )
