"""Study files: which scenarios they come to, and every mistake at its place."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from studies import QUICK, STUDY, write

import sim
from scenarios import scenario
from sim.scenario import bundled
from sim.study.sweep import Study, load_study
from sim.study.sweep.changes import amount


def study(folder: Path, text: str, *, scenario: str = QUICK) -> Study:
    return load_study(write(folder, study=text, scenario=scenario))


def problems(folder: Path, text: str, *, scenario: str = QUICK) -> list[str]:
    """What is wrong, without the folder."""
    with pytest.raises(sim.ScenarioError) as caught:
        study(folder, text, scenario=scenario)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def levers(factors: str, design: str = "") -> str:
    """A study with these factors."""
    return f"name: s\nscenario: quick.yaml\nlevers:\n{design}  factors:\n{factors}"


# what a study comes to


def test_a_grid_is_every_combination_the_last_factor_fastest(tmp_path: Path) -> None:
    found = study(tmp_path, STUDY)
    assert [cell.labels for cell in found.cells] == [
        {"workers": workers, "kind": kind} for workers in (2, 4) for kind in ("pool", "own")
    ]
    assert [(cell.point, cell.draw) for cell in found.cells] == [(1, 1), (2, 1), (3, 1), (4, 1)]
    assert [cell.at["workers"] for cell in found.cells] == [2, 2, 4, 4]
    assert math.isnan(found.cells[0].at["kind"])
    staffing = [one.policy.staffing for one in found.scenarios]
    assert [(part.kind, part.workers) for part in staffing] == [
        ("community_pool", 2), ("own_grids", 2), ("community_pool", 4), ("own_grids", 4),
    ]  # fmt: skip
    assert [one.name for one in found.scenarios] == ["staff-1", "staff-2", "staff-3", "staff-4"]
    assert found.scenarios[1].title.zh == "人数 2 persons，kind own"


def test_a_cell_is_the_scenario_that_a_file_would_say(tmp_path: Path) -> None:
    found = study(tmp_path, STUDY).scenarios[1]
    written = scenario(
        QUICK.replace("{kind: community_pool, workers: 4}", "{kind: own_grids, workers: 2, ownership: 0.9}")
    )
    assert found.model_copy(update={"name": "quick", "title": written.title}).hash == written.hash


def test_one_at_a_time_begins_with_the_scenario_as_it_is(tmp_path: Path) -> None:
    factors = (
        "    - {id: workers, field: policy.staffing.workers, values: [3, 5]}\n"
        "    - {id: demand, scale: demand.categories.*.rate, between: [0.5, 2]}\n"
        "    - {id: kind, alternatives: [{id: own, set: {policy: {staffing: own_grids}}}]}\n"
        "    - {id: answer, field: world.answer, values: [40 %]}\n"
    )
    found = study(tmp_path, levers(factors, "  design: one_at_a_time\n"))
    assert [tuple(cell.labels.values()) for cell in found.cells] == [
        (4, 1, "", "50 %"), (3, 1, "", "50 %"), (5, 1, "", "50 %"), (4, 0.5, "", "50 %"), (4, 2, "", "50 %"),
        (4, 1, "own", "50 %"), (4, 1, "", "40 %"),
    ]  # fmt: skip
    assert found.cells[0].scenario.policy == found.base.policy


def test_a_latin_hypercube_has_each_part_of_each_axis_once(tmp_path: Path) -> None:
    factors = (
        "    - {id: share, field: demand.categories.b.report.share, between: [20 %, 70 %]}\n"
        "    - {id: workers, field: policy.staffing.workers, between: [2, 12]}\n"
        "    - {id: kind, field: policy.staffing.kind, values: [own_grids, community_pool]}\n"
    )
    design = "  design: latin_hypercube\n  points: 10\n"
    found = study(tmp_path, levers(factors, design))
    shares = sorted(one.demand.categories[1].report.share for one in found.scenarios)
    assert [int((share / 10_000 - 20) // 5) for share in shares] == list(range(10))
    workers = [cell.labels["workers"] for cell in found.cells]
    assert all(isinstance(number, int) for number in workers)
    assert {2, 12} & set(workers) != set() or (min(workers) >= 2 and max(workers) <= 12)
    assert [cell.labels["kind"] for cell in found.cells].count("own_grids") == 5
    assert [cell.labels for cell in study(tmp_path, levers(factors, design)).cells] == [c.labels for c in found.cells]
    other = study(tmp_path, levers(factors, design + "  seed: 2\n"))
    assert [cell.labels for cell in other.cells] != [cell.labels for cell in found.cells]


def test_every_lever_meets_the_same_draws(tmp_path: Path) -> None:
    text = STUDY + (
        "uncertainties:\n  design: latin_hypercube\n  points: 3\n  factors:\n"
        "    - {id: work, field: demand.categories.a.work.grid.mean, between: [40 min, 80 min]}\n"
    )
    found = study(tmp_path, text)
    draws = [[cell.labels["work"] for cell in found.cells if cell.point == point] for point in (1, 2, 3, 4)]
    assert draws[0] == draws[1] == draws[2] == draws[3]
    assert len(set(draws[0])) == 3
    assert all(str(draw).endswith(" min") for draw in draws[0])
    assert [cell.draw for cell in found.cells[:3]] == [1, 2, 3]
    assert found.scenarios[1].name == "staff-1-2"


def test_numbers_are_multiplied_where_a_pattern_names_them(tmp_path: Path) -> None:
    found = study(tmp_path, levers("    - {id: k, scale: demand.categories.*.rate, values: [0.5, 1.5]}\n"))
    rates = [
        [
            category.rate.text if hasattr(category.rate, "text") else str(category.rate)
            for category in one.demand.categories
        ]
        for one in found.scenarios
    ]
    written = [
        scenario(QUICK.replace("12 per day", a).replace("4 per day", b))
        for a, b in (("6 per day", "2 per day"), ("18 per day", "6 per day"))
    ]
    assert [one.demand for one in found.scenarios] == [one.demand for one in written], rates


def test_whole_numbers_stay_whole_where_the_field_takes_no_others(tmp_path: Path) -> None:
    text = QUICK.replace("households: 400}", "households: 400, density: 8000, propensity_p90_p10: 3}")
    factors = (
        "    - {id: k, scale: policy.staffing.workers, values: [1.6]}\n    - {id: d, scale: world, values: [1.1]}\n"
    )
    (found,) = study(tmp_path, levers(factors), scenario=text).scenarios
    assert found.policy.staffing.workers == 6
    assert (found.world.propensity_p90_p10, found.world.households) == (pytest.approx(3.3), 440)


def test_numbers_per_grid_are_worked_out_last(tmp_path: Path) -> None:
    factors = (
        "    - {id: staff, alternatives: [{id: per, set: {policy: {staffing: {workers: 1.5 per grid}}}}]}\n"
        "    - {id: size, field: policy.zoning.target, values: [40, 100, 200]}\n"
    )
    found = study(tmp_path, levers(factors))
    assert [one.policy.staffing.workers for one in found.scenarios] == [15, 6, 3]
    street = study(
        tmp_path, levers("    - {id: n, field: policy.staffing.workers, values: [7 per street, 2 per community]}\n")
    )
    assert [one.policy.staffing.workers for one in street.scenarios] == [7, 4]
    sizes = levers("    - {id: size, field: policy.zoning.target, values: [40, 100, 200]}\n")
    everywhere = study(tmp_path, sizes + "set: {policy: {staffing: {workers: 1.5 per grid}}}\n")
    assert [one.policy.staffing.workers for one in everywhere.scenarios] == [15, 6, 3]


def test_changes_at_all_points_come_first(tmp_path: Path) -> None:
    text = STUDY + "set: {policy: {staffing: {workers: 9, shift: daily 08:00-20:00}}, seed: 5}\n"
    found = study(tmp_path, text)
    assert {one.seed for one in found.scenarios} == {5}
    assert found.base.policy.staffing.workers == 9
    assert {one.policy.staffing.workers for one in found.scenarios} == {2, 4}
    assert len({str(one.policy.staffing.shift) for one in found.scenarios}) == 1


def test_items_of_lists_go_by_their_id(tmp_path: Path) -> None:
    found = study(tmp_path, levers("    - {id: w, field: demand.categories.b.work.grid, values: [10 min, 20 min]}\n"))
    assert [one.demand.categories[1].work.by_level[0].mean_seconds for one in found.scenarios] == [600, 1200]
    assert {one.demand.categories[0].work.by_level[0].mean_seconds for one in found.scenarios} == {3600}


def test_a_study_in_python_says_what_a_file_would(tmp_path: Path) -> None:
    factors = [{"id": "workers", "field": "policy.staffing.workers", "values": [2, 4]}]
    found = load_study({"name": "py", "scenario": scenario(QUICK), "levers": {"factors": factors}})
    assert [one.policy.staffing.workers for one in found.scenarios] == [2, 4]
    assert found.scenarios[0].name == "py-1"
    factors[0]["field"] = "policy.staffing.worker"
    with pytest.raises(sim.ScenarioError, match=r"^py: policy\.staffing\.worker: expected a known field, got 'worker'"):
        load_study({"name": "py", "scenario": scenario(QUICK), "levers": {"factors": factors}})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30 min", (30, "min")),
        ("35 %", (35, "%")),
        (" -1.5e3", (-1500, "")),
        (".5", (0.5, "")),
        ("12 per 1000 residents per year", (12, "per 1000 residents per year")),
        ("2021-03-01", None),
        ("08:30", None),
        ("weekdays 08:30-12:00", None),
        ("1.2.3", None),
        ("", None),
    ],
)
def test_amounts(text: str, expected: tuple[float, str] | None) -> None:
    assert amount(text) == expected


# bundled


@pytest.mark.parametrize("name", bundled.studies())
def test_bundled_studies_load(name: str) -> None:
    found = load_study(name)
    assert found.spec.name == name
    assert found.cells


def test_the_study_of_the_documentation_loads(tmp_path: Path) -> None:
    text = (Path(__file__).parents[1] / "docs" / "sweeps.md").read_text(encoding="utf-8")
    found = study(tmp_path, text.partition("```yaml\n")[2].partition("```")[0])
    assert len(found.cells) == 4 * 2 * 10
    assert {one.policy.dispatch.kind for one in found.scenarios} == {"fifo"}


def test_bundled_studies_are_in_the_documentation() -> None:
    text = (Path(__file__).parents[1] / "docs" / "sweeps.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in text for name in bundled.studies())


def test_bundled_studies_are_no_scenarios() -> None:
    assert "grid_size" in bundled.studies()
    assert not any("grid_size" in name for name in bundled.names())
    assert bundled.find_study("grid_size.yaml") == bundled.find_study("grid_size")
    assert bundled.title("grid_size")["zh"]


# mistakes


def test_an_unknown_study_is_said_with_the_likely_one() -> None:
    with pytest.raises(FileNotFoundError, match=r"gridsize: no such study file.*did you mean grid_size"):
        load_study("gridsize")


def test_an_unknown_scenario_is_said_at_its_place(tmp_path: Path) -> None:
    assert problems(tmp_path, STUDY.replace("quick.yaml", "steet")) == [
        "study.yaml:3:11: scenario: expected a scenario file or a bundled scenario, got 'steet' (did you mean street?)"
    ]


def test_mistakes_of_the_study_itself_are_all_told(tmp_path: Path) -> None:
    text = (
        "name: s\nscenario: quick.yaml\nreplications: 0\nlever: 1\nlevers:\n  design: grids\n  factors:\n"
        "    - {id: a, field: x, values: [1], between: [1, 2]}\n    - {id: b, values: [1]}\n"
        "    - {id: c, field: x, scale: y, values: []}\n    - {id: d, alternatives: []}\n"
        "targets: [{id: t, kpi: on_time_rate, factor: a}]\n"
    )
    assert problems(tmp_path, text) == [
        "study.yaml:3:15: replications: expected at least 1, got 0",
        "study.yaml:4:1: lever: expected a known field, got 'lever' (did you mean levers?)",
        "study.yaml:6:11: levers.design: expected one of grid, one_at_a_time or latin_hypercube, got 'grids' "
        "(did you mean grid?)",
        "study.yaml:8:7: levers.factors.a: expected one of values, between and alternatives, got 'values and between'",
        "study.yaml:9:7: levers.factors.b: expected either field or scale, got 'none'",
        "study.yaml:10:43: levers.factors.c.values: expected a list of 1 or more items, got an empty list",
        "study.yaml:11:29: levers.factors.d.alternatives: expected one alternative or more, got 'none'",
        "study.yaml:12:11: targets.t: expected either at_least or at_most, got 'none'",
    ]


@pytest.mark.parametrize(
    ("factors", "expected"),
    [
        (
            "    - {id: a, field: policy.staffing.worker, values: [1]}\n",
            ["study.yaml:5:22: policy.staffing.worker: expected a known field, got 'worker' (did you mean workers?)"],
        ),
        (
            "    - {id: a, field: demand.categories.c.rate, values: [1 per day]}\n",
            ["study.yaml:5:22: demand.categories.c.rate: expected the id of an item (a or b), got 'c'"],
        ),
        (
            "    - {id: a, field: demand.categories.b.report.share, values: [10 %, 120 %, 3 h]}\n",
            [
                "study.yaml:5:71: demand.categories.b.report.share: expected a share between 0 and 1, such as 35 % or 0.35, got '120 %'",
                "study.yaml:5:78: demand.categories.b.report.share: expected a share between 0 and 1, such as 35 % or 0.35, got '3 h'",
            ],
        ),
        (
            "    - {id: a, scale: demand.categories.*.rates, values: [2]}\n",
            [
                "study.yaml:5:22: scale: expected the path of numbers that are written, got 'demand.categories.*.rates': "
                "it matches none (did you mean demand.categories.b.rate?)"
            ],
        ),
        (
            "    - {id: a, scale: demand.categories.*.rate, values: [2 h]}\n",
            ["study.yaml:5:57: factors.a: expected a number to multiply with, got '2 h'"],
        ),
        (
            "    - {id: a, alternatives: [{id: x, set: {policy: {stafing: {workers: 1}}}}]}\n",
            ["study.yaml:5:53: policy.stafing: expected a known field, got 'stafing' (did you mean staffing?)"],
        ),
        (
            "    - {id: a, alternatives: [{id: x, set: {}}, {id: x, set: {}}]}\n",
            ["study.yaml:5:53: levers.factors.a.alternatives.x.id: expected an id of its own, got 'x'"],
        ),
        (
            "    - {id: kpi, field: seed, values: [1]}\n    - {id: a, field: seed, values: [1]}\n"
            "    - {id: a, field: seed, values: [1]}\n",
            [
                "study.yaml:5:12: levers.factors.kpi.id: expected an id that is no column of the tables, got 'kpi'",
                "study.yaml:7:12: levers.factors.a.id: expected an id of its own, got 'a'",
            ],
        ),
        (
            "    - {id: a, field: seed, between: [1, 3]}\n",
            ["study.yaml:5:37: levers.factors.a.between: expected values, as a grid needs them, got 'a range'"],
        ),
    ],
)
def test_mistakes_in_factors_are_told_at_their_place(tmp_path: Path, factors: str, expected: list[str]) -> None:
    assert problems(tmp_path, levers(factors)) == expected


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ("[3 h, 20 min]", "expected two amounts of the same unit, got '3 h' and '20 min'"),
        ("[often, 20 min]", "expected two amounts of the same unit, got 'often' and '20 min'"),
        ("[20 min, 5 min]", "expected the lower end first, got 20 min and 5 min"),
    ],
)
def test_ranges_have_a_lower_and_an_upper_end_of_one_unit(tmp_path: Path, ends: str, expected: str) -> None:
    factors = f"    - {{id: a, field: demand.categories.b.work.grid, between: {ends}}}\n"
    assert problems(tmp_path, levers(factors, "  design: one_at_a_time\n")) == [
        f"study.yaml:6:62: factors.a: {expected}"
    ]


def test_a_hypercube_needs_points_and_others_take_none(tmp_path: Path) -> None:
    factor = "    - {id: a, field: seed, values: [1]}\n"
    assert problems(tmp_path, levers(factor, "  design: latin_hypercube\n")) == [
        "study.yaml:4:3: levers: expected points, how many the Latin hypercube has, got 'none'"
    ]
    assert problems(tmp_path, levers(factor, "  points: 3\n")) == [
        "study.yaml:4:11: levers.points: expected nothing, as a grid has the points it has, got 3"
    ]


def test_what_is_wrong_with_a_combination_alone_is_told_with_it(tmp_path: Path) -> None:
    factors = (
        "    - {id: n, field: policy.staffing.workers, values: [4, 1]}\n"
        "    - {id: places, field: world.communities_per_street, values: [1, 2, 5]}\n"
    )
    (problem, *more) = problems(tmp_path, levers(factors))
    assert problem.startswith("study.yaml:5:")
    assert "policy.staffing.workers" in problem
    assert len(more) <= 1


def test_what_is_wrong_in_the_scenario_is_told_there(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, STUDY, scenario=QUICK + "lang: fr\n".replace("lang", "seed"))
    assert problem == "quick.yaml:14:7: seed: expected a whole number, got 'fr'"


def test_targets_are_read_off_levers_with_amounts(tmp_path: Path) -> None:
    target = "targets: [{{id: t, kpi: on_time_rate, at_least: 90 %, factor: {}}}]\n"
    assert problems(tmp_path, STUDY + target.format("kind")) == [
        "study.yaml:12:62: targets.factor: expected a lever with two or more amounts of one unit (alternatives: with at), "
        "to read off between them, got 'kind'"
    ]
    assert problems(tmp_path, STUDY + target.format("worker")) == [
        "study.yaml:12:62: targets.t.factor: expected one of the levers workers, kind, got 'worker' (did you mean workers?)"
    ]
    assert study(tmp_path, STUDY + target.format("workers")).spec.targets[0].at_least == 0.9


def test_a_study_may_not_be_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.study.sweep.cells.MOST_CELLS", 3)
    assert problems(tmp_path, STUDY) == ["study.yaml:1:1: levers: expected at most 3 points × draws, got 4 × 1"]
