"""What is added, reordered, renamed or lengthened leaves every untouched issue as it was, bit for bit."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_demand import PERIOD, WORLD, category, drawn, lognormal, written

from sim.model.demand import ISSUES, Demand
from sim.model.units import DAY, MILLION, YEAR
from sim.model.world import World, WorldSpec, build_world

INSTANTS = ("onset", "report", "duplicate", "clear", "worsen")
Facts = dict[int, tuple[Any, ...]]


def world(**fields: object) -> World:
    return build_world(WorldSpec.model_validate({**WORLD, **fields}))


def facts(demand: Demand, place: World) -> Facts:
    """Every issue under its luck: all its values, rows by their names, instants whatever the start."""
    names = {
        "building": place.building_ids,
        "category": [category.id for category in demand.spec.categories],
        "channel": [channel.id for channel in demand.spec.all_channels],
    }
    midnight = demand.start.toordinal() * DAY
    columns = []
    for name in ISSUES:
        values = demand.issues[name]
        if name in names:
            columns.append(np.array(names[name], object)[values].tolist())
        elif name in INSTANTS:
            columns.append(np.where((values == -1) & (name != "onset"), -1, values + midnight).tolist())
        else:
            columns.append(values.tolist())
    rows = zip(*columns, *demand.work.T.tolist(), strict=True)
    return dict(zip(demand.issues["luck"].tolist(), rows, strict=True))


def changed(before: Facts, after: Facts) -> set[int]:
    """Lucks of the issues that are gone or not what they were."""
    return {luck for luck, fact in before.items() if after.get(luck) != fact}


@pytest.fixture(scope="module")
def before() -> Facts:
    return facts(drawn(written()), world())


def test_a_category_more(before: Facts) -> None:
    more = written(categories=[category("noise"), *written()["categories"]])
    after = facts(drawn(more), world())
    assert not changed(before, after)
    assert len(after) > len(before) * 1.2


def test_another_order_and_other_titles(before: Facts) -> None:
    turned = written()
    turned["categories"] = [{**item, "title": "新"} for item in turned["categories"][::-1]]
    turned["channels"] = [{**item, "title": "新"} for item in turned["channels"][::-1]]
    for item in turned["categories"]:
        item["report"] = {**item["report"], "channels": {"walk_in": "40 %", "hotline": "60 %"}}
    assert facts(drawn(turned), world()) == before


def test_a_street_more(before: Facts) -> None:
    """Its households come on top: 3 communities of 1000 on average more, and dedicated places as they were."""
    larger = {"streets": 3, "households": 9000, "rural": 1, "dedicated": 0}
    smaller = facts(drawn(written(), world(dedicated=0)), world(dedicated=0))
    after = facts(drawn(written(), world(**larger)), world(**larger))
    assert not changed(smaller, after)
    assert len(after) > len(smaller) * 1.2


def test_communities_in_another_order(tmp_path: Path) -> None:
    header, rows = (
        "street_code,street,community_code,community,households\n",
        ["1,a,11,A,900", "1,a,12,B,700", "2,b,21,C,500"],
    )
    both: list[Facts] = []
    for order in (rows, rows[::-1], [*rows, "3,c,31,D,800"]):
        file = tmp_path / f"{len(both)}.csv"
        file.write_text(header + "\n".join(order), encoding="utf-8")
        place = build_world(WorldSpec(communities=file, propensity_p90_p10=3))
        both.append(facts(drawn(written(), place), place))
    assert both[0] == both[1]
    assert not changed(both[0], both[2])
    assert len(both[2]) > len(both[0])


@pytest.mark.parametrize("rate", ["440 per 1000 residents per year", "4000 per 1000 residents per year"])
def test_a_higher_rate_only_adds(before: Facts, rate: str) -> None:
    more = written(categories=[category("dispute", rate=rate), *written()["categories"][1:]])
    after = facts(drawn(more), world())
    assert not changed(before, after)
    assert len(after) > len(before)


def test_a_higher_rate_only_adds_where_many_arise() -> None:
    """So many that one community has more than one strip."""
    few, many = (
        drawn(written(categories=[category("dispute", rate=f"{rate} per hour")]), period={**PERIOD, "days": 10})
        for rate in (40, 44)
    )
    assert not changed(facts(few, world()), facts(many, world()))
    assert len(many) == pytest.approx(1.1 * len(few), rel=0.02)


def test_a_longer_run(before: Facts) -> None:
    after = facts(drawn(written(), period={**PERIOD, "days": 90, "warm_up": "30 d"}), world())
    assert not changed(before, after)
    assert len(after) > len(before)


def test_a_longer_history(before: Facts) -> None:
    after = facts(drawn(written(), period={**PERIOD, "history": "80 d"}), world())
    assert not changed(before, after)
    assert len(after) > len(before)


def test_another_start(before: Facts) -> None:
    """Issues of the days that both runs have are the same; those of history are thinned by another date."""
    later = {"start": "2021-03-21", "days": 40, "history": "60 d"}
    after = facts(drawn(written(), period=later), world())
    onset = list(ISSUES).index("onset")
    first = date(2021, 3, 21).toordinal() * DAY
    assert not changed({luck: fact for luck, fact in before.items() if fact[onset] >= first}, after)


def test_an_attribute_more_changes_no_other() -> None:
    bare = category("dispute", worsen=None, duplicate=None, patience=None, clear=None)
    full = category("dispute", worsen=None, duplicate={"share": 1, "after": "3 d"}, patience="4 d", clear=None)
    one, two = (
        drawn(written(categories=[item]), period={"start": "2021-03-01", "days": 30}).issues for item in (bare, full)
    )
    for name in ISSUES:
        assert np.array_equal(one[name], two[name]) == (name not in ("duplicate", "patience"))


def test_a_changed_law_moves_its_own_values_in_one_direction_only() -> None:
    quick, slow = (
        drawn(written(categories=[category("dispute", work={"grid": lognormal(mean)})]), period={"days": 30})
        for mean in ("40 min", "44 min")
    )
    assert quick.issues.tobytes() == slow.issues.tobytes()
    assert np.all(slow.work > quick.work - 1)
    assert slow.work.mean() == pytest.approx(1.1 * quick.work.mean(), rel=1e-3)


def test_a_larger_share_keeps_whom_it_had() -> None:
    few, many = (
        drawn(
            written(categories=[category("dispute", report={"share": share, "channels": {"hotline": 1}})]),
            period={"days": 30},
        )
        for share in ("40 %", "50 %")
    )
    had = few.issues["report"] >= 0
    assert np.array_equal(few.issues["report"][had], many.issues["report"][had])
    assert (many.issues["report"] >= 0).sum() > had.sum()


# --- how history is thinned ------------------------------------------------------------------------------------------


def test_history_is_thinned_by_what_would_have_happened_by_the_start() -> None:
    """The run that starts when history does has the same issues, none of them dropped."""
    opening = {"open_cases": "5 d", "visits_per_year": 4, "passes_per_day": 2}
    spec = written(opening=opening)
    place, days = world(), 40
    whole = drawn(spec, place, {"start": "2021-01-20", "days": days + 60})
    opened = drawn(spec, place, PERIOD)
    start, issues = days * DAY, whole.issues
    age = start - issues["onset"]
    visit, patrol = (round(MILLION * (1 - np.exp(-hazard))) for hazard in (0.5, 0.01))  # chance that a look shows it
    hazard = np.where(issues["unit"] > 0, visit * 4 / YEAR, patrol * 2 / DAY)
    seen = np.where((age > 0) & (issues["valid"] == 1), np.rint(age * hazard), 0).astype(np.int64)
    cleared = (issues["clear"] >= 0) & (issues["clear"] <= start)
    dealt_with = (issues["report"] >= 0) & (issues["report"] < start - 5 * DAY)
    kept = (age <= 0) | ~(cleared | dealt_with | (seen >= issues["threshold"]))
    assert np.array_equal(opened.issues["luck"], issues["luck"][kept])
    assert np.array_equal(opened.work, whole.work[kept])
    for reason in (cleared & ~dealt_with, dealt_with & ~cleared, seen >= issues["threshold"]):
        assert (reason & (age > 0)).any()

    issues, seen, age = issues[kept], seen[kept], age[kept]
    assert np.array_equal(opened.issues["onset"], -age)
    assert np.array_equal(opened.issues["threshold"], issues["threshold"] - seen)
    assert opened.issues["threshold"].min() >= 1
    reported = issues["report"] >= 0
    assert np.array_equal(opened.issues["report"], np.where(reported, np.maximum(issues["report"] - start, 0), -1))
    twice = issues["duplicate"] >= 0
    assert np.array_equal(opened.issues["duplicate"], np.where(twice, np.maximum(issues["duplicate"] - start, 1), -1))
    worsened = (issues["worsen"] >= 0) & (issues["worsen"] <= start)
    assert worsened.any()
    assert np.array_equal(opened.issues["worsen"] >= 0, (issues["worsen"] >= 0) & ~worsened)
    for name in ("severity", "difficulty"):
        now = np.where(worsened, issues[f"worse_{name}"], issues[name])
        assert np.array_equal(opened.issues[name], now)
        assert np.array_equal(opened.issues[f"worse_{name}"], issues[f"worse_{name}"])


def test_no_instant_lies_before_the_start_except_onsets() -> None:
    issues = drawn(written()).issues
    assert issues["onset"].min() < 0
    assert min(issues[name].min() for name in ("report", "duplicate", "clear", "worsen")) == -1
    assert issues["onset"].max() < 60 * DAY
