"""docs/mechanisms.md hangs together: every mechanism has a row, every row that says built a section, every study its chart."""

from __future__ import annotations

import re
from pathlib import Path

import mechanisms_charts
import numpy as np
import pytest
from mechanisms import IMAGES, PAGE, reach, signs, steps, studies
from mechanisms_charts import draw
from ruamel.yaml import YAML
from studies import QUICK, STUDY

import sim
from scenarios import scenario
from sim.model.policies.setting import settle_in

TEXT = PAGE.read_text(encoding="utf-8")
MOST_BYTES = 40_000


def anchor(title: str) -> str:
    """What a heading is called in links, as GitHub does it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def test_every_mechanism_and_pathology_has_one_row_that_says_how_it_stands() -> None:
    rows = dict(re.findall(r"^\| ([MP]\d+) \| [^|]+ \| ([^|]+) \|$", TEXT, re.MULTILINE))
    assert list(rows) == [f"M{i}" for i in range(1, 34)] + [f"P{i}" for i in range(1, 22)]
    assert all(re.search(r"built|refuted|inputs only", state) for state in rows.values())


def test_links_within_the_page_lead_to_its_sections() -> None:
    sections = {anchor(title) for title in re.findall(r"^## (.+)$", TEXT, re.MULTILINE)}
    linked = set(re.findall(r"\]\(#([^)]+)\)", TEXT))
    assert linked
    assert linked <= sections


def test_every_study_has_a_small_chart_on_the_page_and_no_chart_is_left_over() -> None:
    shown = re.findall(r"!\[[^]]+\]\(img/mechanisms/(\w+)\.png\)", TEXT)
    assert shown == list(studies())
    assert sorted(shown) == sorted(file.stem for file in IMAGES.iterdir())
    assert all(file.stat().st_size <= MOST_BYTES for file in IMAGES.iterdir())


def test_a_chart_is_drawn_from_a_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = {**YAML(typ="safe").load(STUDY), "scenario": scenario(QUICK), "primary": ["wait_mean", "closing_rate"]}
    monkeypatch.setattr("mechanisms.studies", lambda: {"staff": study})
    for lang in ("zh", "en"):
        axes = mechanisms_charts.plot_doses("staff", lang=lang).axes
        assert [len(panel.get_xticklabels()) for panel in axes] == [2, 2]
    draw(["staff"], tmp_path)
    assert 0 < (tmp_path / "staff.png").stat().st_size <= MOST_BYTES


def test_signs_and_reach_are_those_of_the_interval() -> None:
    figure = np.array([[0.0, 0.0, 0.0], [1.0, 1.1, 0.9], [0.9, 1.3, 0.8], [-2.0, -1.6, -2.2]])
    assert signs(steps(figure)) == "+0-"
    assert reach(np.array([-2.0, -2.0, -2.0])) == 2


# M3


def test_communities_of_the_base_street_are_as_large_as_those_of_taiyuan_and_as_many_as_those_of_liwan() -> None:
    base = sim.load("base")
    world = sim.build_world(base.world)
    grids, staff = settle_in(base.policy, world, base.demand)
    communities, streets = len(world.community_ids), len(world.street_ids)
    assert len(grids) / communities == pytest.approx(5910 / 758, rel=0.05)
    assert communities / streets == pytest.approx(212 / 22, rel=0.05)
    assert 6 <= len(staff) / communities <= 8
