"""Scenario files become scenarios: extends, places, sources, bundled names, and back to YAML."""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from sim.model.policies import CommunityPool, SeverityFirst
from sim.scenario import bundled
from sim.scenario.editor import json_schema
from sim.scenario.explain import field_entries, field_names
from sim.scenario.layers import locate
from sim.scenario.loading import examine, load, without_source
from sim.scenario.problems import ScenarioError
from sim.scenario.reading import read_file, read_text
from sim.scenario.schema import Assumed, Scenario
from sim.scenario.sources import covers
from sim.scenario.starter import STARTER

SOUND = """\
name: s
demand:
  categories:
    - {id: a, title: A, rate: 1 per day, work: {grid: 1 h}}
"""


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")


def messages(name: str) -> list[str]:
    return [str(problem) for problem in examine(name).problems]


# what is bundled


@pytest.mark.parametrize("name", bundled.names())
def test_bundled_scenarios_are_sound_and_every_number_in_them_has_a_source(name: str) -> None:
    findings = examine(name)
    assert [*findings.problems, *without_source(findings)] == []


@pytest.mark.parametrize("name", [name for name in bundled.names() if name.startswith("theory/")])
def test_theory_scenarios_are_short(name: str) -> None:
    assert len(locate(name)[0].read_text(encoding="utf-8").splitlines()) <= 30


def test_bundled_scenarios_are_found_by_name_from_anywhere() -> None:
    assert {"base", "street", "theory/mmc", "theory/jackson"} <= set(bundled.names())
    assert load("street").name == load("street.yaml").name == "street"


def test_a_file_comes_before_a_bundled_scenario_of_the_same_name() -> None:
    write("street", SOUND)
    assert load("street").name == "s"


def test_unknown_names_are_told_from_a_likely_slip() -> None:
    with pytest.raises(FileNotFoundError, match=r"^steet: no such .* \(did you mean street\?\)$"):
        load("steet")


def test_the_starter_is_sound() -> None:
    write("new.yaml", STARTER)
    findings = examine("new.yaml")
    assert [*findings.problems, *without_source(findings)] == []


# extends


def test_mappings_merge_key_by_key_and_anything_else_is_replaced() -> None:
    write("a.yaml", SOUND + "period: {days: 30, warm_up: 3 d}\nworld: {households: 50}\n")
    write("b.yaml", "extends: a.yaml\nname: b\nperiod: {days: 40}\n")
    scenario = load("b.yaml")
    assert (scenario.name, scenario.period.days, scenario.period.warm_up) == ("b", 40, 3 * 86400)
    assert scenario.world.households == 50


def test_lists_are_replaced_as_a_whole() -> None:
    write("a.yaml", SOUND)
    write(
        "b.yaml",
        "extends: a.yaml\ndemand:\n  categories: [{id: z, title: Z, rate: 2 per day, work: {grid: 1 h}}]\n",
    )
    assert [category.id for category in load("b.yaml").demand.categories] == ["z"]


def test_a_part_of_another_kind_is_replaced_and_one_of_the_same_kind_merges() -> None:
    write(
        "a.yaml", SOUND + "policy: {zoning: {kind: by_households, target: 300}, dispatch: {kind: fifo, preempt: all}}\n"
    )
    write("b.yaml", "extends: a.yaml\npolicy: {zoning: {kind: by_count, grids: 1}, dispatch: {kind: fifo}}\n")
    policy = load("b.yaml").policy
    assert policy.zoning.model_dump() == {"kind": "by_count", "grids": 1, "urban": None, "rural": None}
    assert policy.dispatch.preempt == "all"


def test_a_part_of_another_kind_keeps_what_all_kinds_have_in_common() -> None:
    write("a.yaml", "extends: street\npolicy: {staffing: community_pool, verification: none}\n")
    street, policy = load("street").policy, load("a.yaml").policy
    assert (street.staffing.kind, policy.staffing.kind) == ("own_grids", "community_pool")
    assert policy.staffing.shift == street.staffing.shift
    assert policy.staffing.workers == street.staffing.workers
    assert policy.verification.model_dump() == {
        "kind": "none",
        "failure": "8 %",
        "failures": {},
        "recomplain": "50 %",
        "recomplain_delay": "7 d",
        "trace": "0 s",
    }


def test_null_takes_a_value_back() -> None:
    write("a.yaml", SOUND + "period: {days: 30}\nworld: {households: 50}\n")
    write("b.yaml", "extends: a.yaml\nperiod: {days: null}\nworld: null\n")
    scenario = load("b.yaml")
    assert scenario.period.days == 365
    assert scenario.world.households is None


def test_a_parent_may_be_in_another_folder_or_bundled() -> None:
    write("up/a.yaml", SOUND)
    write("down/b.yaml", "extends: ../up/a.yaml\nlang: en\n")
    write("c.yaml", "extends: theory/mmc\nname: c\n")
    assert load("down/b.yaml").lang == "en"
    assert load("c.yaml").policy.staffing.workers == 3


def test_mistakes_of_a_grandparent_are_told_at_their_own_lines() -> None:
    write("up/a.yaml", SOUND + "seed: x\n")
    write("up/b.yaml", "extends: a.yaml\nperiod: {dys: 3}\n")
    write("c.yaml", "extends: up/b.yaml\nlang: fr\n")
    assert [message.split(" ")[0] for message in messages("c.yaml")] == [
        "c.yaml:2:7:",
        "up/a.yaml:5:7:",
        "up/b.yaml:2:10:",
    ]


def test_a_missing_field_is_told_where_the_mapping_was_written_last() -> None:
    write(
        "a.yaml",
        "name: s\ndemand:\n  categories: [{id: a, title: A, rate: 1 per day, work: {grid: {kind: exponential}}}]\n",
    )
    assert messages("a.yaml") == [
        "a.yaml:3:64: demand.categories.a.work.grid.mean: expected a value, got nothing: this field is required"
    ]


# data files and modules of the user's


def test_data_files_are_looked_for_beside_the_file_that_names_them() -> None:
    write("up/data/c.csv", "street_code,street,community_code,community\n1,North,101,East\n1,North,102,West\n")
    write("up/a.yaml", SOUND + "world: {communities: data/c.csv}\npolicy: {staffing: {workers: 2}}\n")
    write("down/b.yaml", "extends: ../up/a.yaml\n")
    assert [street.id for street in load("down/b.yaml").world.areas.streets] == ["1"]


def test_the_hash_knows_what_is_in_data_files_and_not_where_they_lie() -> None:
    table = "street_code,street,community_code,community\n1,North,101,East\n"
    write("x/c.csv", table)
    write("x/a.yaml", SOUND + "world: {communities: c.csv}\n")
    shutil.copytree("x", "y")
    same = load("x/a.yaml").hash
    assert load("y/a.yaml").hash == same
    write("y/c.csv", table.replace("East", "Far east"))
    assert load("y/a.yaml").hash != same


def test_a_policy_of_the_users_is_found_beside_the_scenario() -> None:
    write(
        "far/elderly_rules.py",
        "from sim.model.policies import Fifo\n\n\nclass Elderly(Fifo):\n    kind = 'elderly_rules:Elderly'\n    age: int = 65\n",
    )
    write("far/a.yaml", SOUND + "policy: {dispatch: {kind: 'elderly_rules:Elderly', age: 70}}\n")
    scenario = load("far/a.yaml")
    dispatch = scenario.policy.dispatch
    before = scenario.hash
    Path("far/elderly_rules.py").write_text("# changed", encoding="utf-8")
    assert scenario.hash != before  # other code, other results
    assert dispatch.model_dump() == {"kind": "elderly_rules:Elderly", "preempt": "none", "age": 70}


# sources


@pytest.mark.parametrize(
    ("pattern", "field", "covered"),
    [
        ("world.households", "world.households", True),
        ("world", "world.households", True),
        ("world.house", "world.households", False),
        ("world.house*", "world.households", True),
        ("demand.categories.*.rate", "demand.categories.dispute.rate", True),
        ("demand.*.rate", "demand.categories.dispute.rate", False),
        ("demand.**.rate", "demand.categories.dispute.rate", True),
        ("**.mean", "demand.categories.dispute.work.grid.mean", True),
        ("**", "seed", True),
        ("world.households.x", "world.households", False),
    ],
)
def test_a_pattern_covers_what_it_names_and_all_below(pattern: str, field: str, covered: bool) -> None:
    assert covers(pattern, field.split(".")) is covered


def test_patterns_full_of_stars_take_no_time() -> None:
    assert not covers(".".join(["**", "*a*a*a*a*b"] * 60), ["a" * 50] * 60)


def test_every_number_wants_a_source_of_its_own_file_or_one_that_extends_it() -> None:
    write("a.yaml", SOUND + "period: {days: 30}\nsources: {period: a study, demand: {assumed: a guess}}\n")
    write("b.yaml", "extends: a.yaml\nperiod: {days: 40, warm_up: 3 d}\nsources: {period.warm_up: a rule}\n")
    findings = examine("b.yaml")
    assert [str(problem) for problem in without_source(findings)] == [
        "b.yaml:2:16: period.days: expected a source for 40 in sources:, got none"
    ]
    assert findings.scenario is not None
    assert findings.scenario.sources == {
        "period": "a study",
        "demand": Assumed(assumed="a guess"),
        "period.warm_up": "a rule",
    }


def test_names_and_texts_are_no_numbers() -> None:
    text = SOUND.replace("title: A", "title: 12345 hotline").replace("id: a", "id: 2") + "seed: 5\nsources: {'**': x}\n"
    write("a.yaml", text.replace("sources: {'**': x}\n", ""))
    assert [problem.field for problem in without_source(examine("a.yaml"))] == [
        "demand.categories.2.rate",
        "demand.categories.2.work.grid",
    ]


# Scenario


def test_a_scenario_survives_yaml_and_pickle() -> None:
    scenario = load("street")
    with Path("again.yaml").open("w", encoding="utf-8") as stream:
        YAML(typ="safe").dump(scenario.resolved(), stream)
    again = load("again.yaml")
    assert again == scenario
    assert again.hash == scenario.hash
    assert pickle.loads(pickle.dumps(scenario)) == scenario


def test_replace_changes_what_is_given_and_nothing_else() -> None:
    street = load("street")
    changed = street.replace(seed=7).with_policy(staffing=CommunityPool(workers=60), dispatch="severity_first")
    assert (street.seed, changed.seed) == (1, 7)
    assert isinstance(changed.policy.staffing, CommunityPool)
    assert changed.policy.staffing.workers == 60
    assert changed.policy.staffing.shift == street.policy.staffing.shift  # what all kinds have in common stays
    assert isinstance(changed.policy.dispatch, SeverityFirst)
    assert changed.policy.rounds == street.policy.rounds
    assert changed.world == street.world
    assert len({street.hash, changed.hash}) == 2


@pytest.mark.parametrize("staffing", ["own_grids", "street_float", "community_pool"])
def test_what_with_policy_does_not_name_stays_as_it_is(staffing: str) -> None:
    """Defaults too, which are whole numbers in their final unit: a skill of 1 must not be read as one of a million."""
    street = load("street").with_policy(staffing=staffing)
    assert street.policy.staffing.skill == load("street").policy.staffing.skill == 1_000_000
    for lever in ("zoning", "staffing", "dispatch", "limits", "escalation", "rounds", "verification"):
        same = street.with_policy(**{lever: {}})
        assert same.policy == street.policy, lever
        assert same.hash == street.hash, lever


def test_a_scenario_made_in_python_is_checked_like_a_file() -> None:
    with pytest.raises(ScenarioError) as caught:
        load("street").with_policy(staffing=CommunityPool(workers=2)).check()
    assert str(caught.value) == (
        "street: policy.staffing.workers: expected at least one for each of the 12 communities, got 2"
    )


def test_errors_survive_pickle() -> None:
    write("a.yaml", SOUND + "seed: x\n")
    with pytest.raises(ScenarioError) as caught:
        load("a.yaml")
    assert pickle.loads(pickle.dumps(caught.value)).problems == caught.value.problems
    assert str(caught.value) == "a.yaml:5:7: seed: expected a whole number, got 'x'"


# for editors and readers


def test_the_editor_schema_accepts_every_bundled_file_and_finds_slips() -> None:
    schema = json.loads(json.dumps(json_schema()))
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    files = {name: read_file(*locate(name))[0] for name in bundled.names()} | {"new": read_text(STARTER, "new")[0]}
    for name, tree in files.items():
        assert tree is not None
        assert [error.message for error in validator.iter_errors(tree.plain())] == [], name
    assert not validator.is_valid({"name": "s"})
    assert not validator.is_valid({"extends": "base", "polcy": {}})
    assert not validator.is_valid({"extends": "base", "policy": {"zoning": {"kind": "by_nothing"}}})
    assert not validator.is_valid({"extends": "base", "demand": {"categories": [{"id": "a"}]}})


def test_explain_tells_meaning_unit_default_and_source() -> None:
    (entry,) = field_entries("policy.rounds.patrol.quota")
    assert (entry.meaning, entry.unit, entry.default, entry.example) == ("patrol a day", "s", "0 s", "2 h")
    assert entry.source.startswith("assumed: ")
    (rate,) = field_entries("demand.categories.dispute.rate")
    assert (rate.field, rate.default, rate.example) == (
        "demand.categories.*.rate",
        "required",
        "40 per 1000 residents per year",
    )
    (zoning,) = field_entries("zoning")
    assert [choice.partition(":")[0] for choice in zoning.choices] == [
        "by_community",
        "by_households",
        "by_workload",
        "by_count",
    ]
    assert field_entries("nothing.of.the.kind") == []


def test_every_field_is_explained() -> None:
    for name in Scenario.model_fields:
        assert all(entry.meaning for entry in field_entries(name))


def test_loading_needs_neither_engine_nor_charts() -> None:
    code = "import sys, sim.scenario.loading as l; l.load('street'); print(*sorted(sys.modules))"
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert not {"simpy", "matplotlib", "pandas", "scipy", "sim.engine", "sim.study"} & set(done.stdout.split())


def test_every_default_can_be_told() -> None:
    for name in dict.fromkeys(field_names()):
        assert all(entry.default for entry in field_entries(name)), name
