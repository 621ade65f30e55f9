"""A small scenario and studies of it, for tests of many runs."""

from __future__ import annotations

from pathlib import Path

from sim.engine.engines import Engine

ENGINE: Engine = "reference"

QUICK = """\
name: quick
title: {zh: 小例, en: Small example}
lang: en
period: {start: 2021-03-01, days: 8, warm_up: 2 d}
world: {communities_per_street: 2, households: 400}
demand:
  categories:
    - {id: a, title: {zh: 甲, en: First}, rate: 12 per day, work: {grid: {kind: exponential, mean: 1 h}}}
    - {id: b, title: {zh: 乙, en: Second}, rate: 4 per day, work: {grid: 30 min}, report: {share: 60 %}}
policy:
  zoning: {kind: by_households, target: 100}
  staffing: {kind: community_pool, workers: 4}
  limits: {kind: by_severity, urgent: 1 h, quick: 2 h, ordinary: 2 h, hard: 1 d}
"""

STUDY = """\
name: staff
title: {zh: 人数, en: Staff}
scenario: quick.yaml
replications: 2
levers:
  factors:
    - {id: workers, title: {zh: 人数, en: Gridworkers}, unit: persons, field: policy.staffing.workers, values: [2, 4]}
    - id: kind
      alternatives:
        - {id: pool, set: {policy: {staffing: {kind: community_pool}}}}
        - {id: own, set: {policy: {staffing: {kind: own_grids, ownership: 0.9}}}}
"""


def write(folder: Path, *, study: str = STUDY, scenario: str = QUICK) -> Path:
    """Write the scenario quick.yaml and the study study.yaml into ``folder``; the study."""
    (folder / "quick.yaml").write_text(scenario, encoding="utf-8")
    (folder / "study.yaml").write_text(study, encoding="utf-8")
    return folder / "study.yaml"
