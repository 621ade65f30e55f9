"""The studies of docs/mechanisms.md, run over ten seeds, and what their paired differences show.

A mechanism is a study of one street: one lever at several settings, at times under two or three settings of a second. The page
holds the study itself, so that what is tested and drawn is what the page says. Every setting meets the same issues, seed by seed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

import sim
from sim.engine.events import Source
from sim.study.intervals import Interval, interval

PAGE = Path(__file__).parents[1] / "docs" / "mechanisms.md"
IMAGES = PAGE.parent / "img" / "mechanisms"
SEEDS = {"factors": [{"id": "seed", "field": "seed", "values": list(range(10))}]}
CONFIDENCE = 0.99


def studies() -> dict[str, dict[str, Any]]:
    """The studies on the page by name, in its order, each as a mapping says it."""
    blocks = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    written = [YAML(typ="safe").load(block) for block in blocks]
    return {str(study["name"]): study for study in written if "levers" in study}


def cases_by_grid(log: sim.Log) -> np.ndarray:
    """How many cases became known in each grid after the warm-up."""
    cases, grid = log.raw["cases"], log.plan["buildings"]["grid"]
    here = grid[log.plan["issues"]["building"][cases["issue"]]]
    return np.bincount(here[cases["known"] >= log.plan.rules["warm_up"]], minlength=int(grid.max()) + 1)


def cases_per_grid(log: sim.Log) -> float:
    """Mean number of cases of a grid."""
    return float(cases_by_grid(log).mean())


def cases_per_grid_sd(log: sim.Log) -> float:
    """Standard deviation of the number of cases over grids."""
    return float(cases_by_grid(log).std())


def troubles_found_on_visits(log: sim.Log) -> float:
    """Issues that visits brought to light, changed household records left out."""
    cases = log.raw["cases"][log.raw["cases"]["known"] >= log.plan.rules["warm_up"]]
    category = np.asarray(log.plan.labels["categories"])[log.plan["issues"]["category"][cases["issue"]]]
    return float(np.count_nonzero((cases["source"] == Source.VISIT) & (category != "info")))


OWN = (cases_per_grid, cases_per_grid_sd, troubles_found_on_visits)


@cache
def _runs_of_this_session() -> sim.RunStore:
    """Runs made by now, by all that determines them: studies share them, above all those of the street as it is."""
    return sim.RunStore(None)


@cache
def swept(name: str) -> sim.Sweep:
    """A study of the page, replication 0 of each seed at all its settings."""
    study: Mapping[str, Any] = {**studies()[name], "uncertainties": SEEDS}
    return sim.sweep(study, replications=1, executor=sim.in_turn, store=_runs_of_this_session(), kpis=OWN)


def doses(name: str, kpi: str) -> np.ndarray:
    """A figure of a study, float64[settings of the first lever, of the second …, seeds]."""
    sweep = swept(name)
    settings = [len({cell.labels[lever.id] for cell in sweep.study.cells}) for lever in sweep.study.levers]
    return np.array([runs.column(kpi)[0] for runs in sweep.cells]).reshape(*settings, -1)


def settings(name: str, lever: str) -> np.ndarray:
    """Where the settings of a lever stand on its axis, float64[settings]."""
    return np.array(list(dict.fromkeys(cell.at[lever] for cell in swept(name).study.cells)))


def steps(figure: np.ndarray) -> np.ndarray:
    """What each step to the next setting of the last lever changes, seed by seed."""
    return np.diff(figure, axis=-2)


def slopes(figure: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The same for each unit of the lever, whose settings stand at ``at``."""
    return steps(figure) / np.diff(at)[:, None]


def paired(differences: np.ndarray) -> Interval:
    """The 99 % interval of the mean of paired differences, by seed."""
    return interval(differences.tolist(), CONFIDENCE)


def reach(differences: np.ndarray) -> float:
    """How large the mean of paired differences may be in size, by its 99 % interval."""
    it = paired(differences)
    return max(abs(it.low), abs(it.high))


def signs(differences: np.ndarray) -> str:
    """Of each row of differences by seed: + or - where its 99 % interval is off zero, 0 where not."""
    rows = [paired(row) for row in differences.reshape(-1, differences.shape[-1])]
    return "".join("+" if it.low > 0 else "-" if it.high < 0 else "0" for it in rows)
