"""The world: exact totals, the real district, and that what is added leaves the rest as it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.model.apportion import apportion
from sim.model.world import BuildingKind, CommunityKind, World, WorldSpec, build_world

XINGHUALING = Path(__file__).parent.parent / "scenarios" / "data" / "xinghualing_communities.csv"
HEADER = "street_code,street,community_code,community,households\n"
ROWS = ["1,东街,11,一社区,300", "1,东街,12,二社区,200", "2,西街,21,三村委会,90"]


def table(folder: Path, *rows: str, header: str = HEADER) -> Path:
    file = folder / f"t{len(list(folder.iterdir()))}.csv"
    file.write_text(header + "".join(f"{row}\n" for row in rows), encoding="utf-8-sig")
    return file


def described(world: World) -> dict[str, object]:
    """Each community and building under its id, places relative to the community's first building."""
    communities, buildings = world.communities, world.buildings
    first = communities["first_building"][buildings["community"]].clip(max=len(buildings) - 1)
    dx, dy = (buildings[axis] - buildings[axis][first] for axis in ("x", "y"))
    rows = buildings[["kind", "households", "answer", "luck"]].tolist()
    return {
        **dict(zip(world.building_ids, zip(rows, dx.tolist(), dy.tolist(), strict=True), strict=True)),
        **dict(
            zip(
                world.community_ids,
                communities[["kind", "households", "dedicated", "area", "propensity"]].tolist(),
                strict=True,
            )
        ),
    }


def xinghualing() -> World:
    return build_world(
        WorldSpec(communities=XINGHUALING, households=391_500, dedicated=116, rural_size=0.34, propensity_p90_p10=3)
    )


def test_xinghualing_is_as_large_as_it_is() -> None:
    world = xinghualing()
    assert (len(world.street_ids), len(world.community_ids)) == (12, 146)
    assert world.households == 391_500
    assert (world.communities["kind"] == CommunityKind.RURAL).sum() == 20
    assert (world.buildings["kind"] == BuildingKind.DEDICATED).sum() == 116 == world.communities["dedicated"].sum()
    village = world.community_ids.index("140107010201")
    assert (world.community_titles[village].zh, world.communities["kind"][village]) == ("大窑头村委会", 1)
    rural = world.communities["kind"] == CommunityKind.RURAL
    assert world.communities["households"][rural].mean() < 0.5 * world.communities["households"][~rural].mean()


def test_the_default_is_one_household() -> None:
    world = build_world(WorldSpec())
    assert world.communities[["households", "dedicated", "propensity", "buildings"]].tolist() == [(1, 0, 10**6, 1)]
    assert world.buildings[["kind", "households", "first_place", "answer"]].tolist() == [(0, 1, 0, 500_000)]
    assert (world.street_ids, world.community_ids, world.building_ids) == (("s1",), ("s1c1",), ("s1c1-1",))


SIZES = st.fixed_dictionaries(
    {
        "streets": st.integers(1, 4),
        "communities_per_street": st.integers(1, 5),
        "rural": st.just(1),
        "households": st.integers(0, 3000),
        "dedicated": st.integers(0, 30),
        "households_per_building": st.integers(1, 50),
        "seed": st.integers(0, 5),
    }
)


@given(SIZES)
def test_totals_are_exact(sizes: dict[str, int]) -> None:
    spec = WorldSpec.model_validate(sizes)
    world = build_world(spec)
    communities, buildings = world.communities, world.buildings
    homes = buildings["kind"] != BuildingKind.DEDICATED
    assert world.households == sizes["households"] == buildings["households"].sum()
    assert (~homes).sum() == sizes["dedicated"]
    assert not buildings["households"][~homes].any()
    assert buildings["households"].max(initial=0) <= sizes["households_per_building"]
    assert np.array_equal(np.bincount(buildings["community"], minlength=len(communities)), communities["buildings"])
    assert world.places == sizes["households"] + len(buildings)
    assert np.array_equal(np.diff(buildings["first_place"]), buildings["households"][:-1] + 1)
    assert len(set(world.building_ids)) == len(buildings) == len(set(buildings["luck"].tolist()))


@given(st.integers(0, 10**6), st.lists(st.integers(0, 10**12), min_size=1, max_size=30))
def test_apportioning_comes_within_one_of_the_exact_parts(total: int, weights: list[int]) -> None:
    parts = apportion(total, weights)
    whole = sum(weights)
    assert sum(parts) == total
    if whole:
        assert all(abs(part * whole - total * weight) < whole for part, weight in zip(parts, weights, strict=True))


def test_equal_remainders_go_to_the_first() -> None:
    assert apportion(2, [1, 1, 1]) == [1, 1, 0]
    assert apportion(3, [0, 0]) == [2, 1]
    assert apportion(3, []) == []


def test_a_street_more_changes_nothing_in_the_others() -> None:
    few = described(build_world(WorldSpec(streets=2, communities_per_street=3, households=6000, propensity_p90_p10=3)))
    more = described(build_world(WorldSpec(streets=3, communities_per_street=3, households=9000, propensity_p90_p10=3)))
    assert few.items() <= more.items()
    assert len(more) > len(few)


def test_order_and_titles_in_the_table_change_nothing(tmp_path: Path) -> None:
    as_is = described(build_world(WorldSpec(communities=table(tmp_path, *ROWS), dedicated=7)))
    turned = described(build_world(WorldSpec(communities=table(tmp_path, *ROWS[::-1]), dedicated=7)))
    renamed = [row.replace("一社区", "新社区").replace("东街", "新街") for row in ROWS]
    assert turned == as_is == described(build_world(WorldSpec(communities=table(tmp_path, *renamed), dedicated=7)))


def test_more_households_leave_lucks_as_they_were() -> None:
    few, more = (build_world(WorldSpec(households=n, dedicated=3)) for n in (400, 800))
    lucks = dict(zip(more.building_ids, more.buildings["luck"].tolist(), strict=True))
    assert all(lucks[id] == luck for id, luck in zip(few.building_ids, few.buildings["luck"].tolist(), strict=True))


def test_another_seed_is_another_world() -> None:
    spec = {"streets": 2, "communities_per_street": 4, "households": 4000, "propensity_p90_p10": 3}
    one, two = (build_world(WorldSpec(**spec, seed=seed)) for seed in (1, 2))
    assert np.array_equal(build_world(WorldSpec(**spec, seed=1)).buildings, one.buildings)
    assert one.households == two.households
    assert (one.communities["households"] != two.communities["households"]).any()
    assert not np.isin(one.buildings["luck"], two.buildings["luck"]).any()


def test_households_and_propensity_spread_as_stated() -> None:
    spec = WorldSpec(
        streets=1, communities_per_street=1000, households=500_000, household_cv=0.4, propensity_p90_p10=3,
        households_per_building=10_000,
    )  # fmt: skip
    communities = build_world(spec).communities
    tenth, ninetieth = np.quantile(communities["propensity"], [0.1, 0.9])
    assert ninetieth / tenth == pytest.approx(3, rel=0.1)
    assert communities["propensity"].mean() == pytest.approx(10**6, rel=0.05)
    assert communities["households"].std() / communities["households"].mean() == pytest.approx(0.4, rel=0.1)


def test_rural_communities_are_smaller_and_wider() -> None:
    spec = WorldSpec(streets=1, communities_per_street=4, rural=2, households=4000, household_cv=0, rural_size=0.25)
    communities = build_world(spec).communities
    assert communities["kind"].tolist() == [1, 1, 0, 0]
    assert communities["households"].tolist() == [400, 400, 1600, 1600]
    assert (communities["households"] / communities["area"] * 1e6).round().tolist() == [417, 417, 8333, 8333]


def test_successive_buildings_are_neighbours_and_stand_apart_as_density_says() -> None:
    world = build_world(WorldSpec(streets=1, communities_per_street=2, households=8000, density=2000))
    for row, community in enumerate(world.communities):
        own = world.buildings[world.buildings["community"] == row]
        spacing = np.sqrt(community["area"] / len(own))
        steps = np.hypot(np.diff(own["x"].astype(float)), np.diff(own["y"].astype(float)))
        assert steps.max() < 2.5 * spacing
        assert steps.mean() == pytest.approx(spacing, rel=0.2)
        corner = own["x"].min(), own["y"].min()
        assert max(own["x"].max() - corner[0], own["y"].max() - corner[1]) <= np.sqrt(community["area"])


def test_communities_do_not_overlap() -> None:
    communities = xinghualing().communities
    half = np.sqrt(communities["area"]) / 2
    for row in range(len(communities)):
        apart = np.maximum(*(np.abs(communities[axis] - communities[axis][row]) for axis in ("x", "y")))
        others = np.arange(len(communities)) != row
        assert (apart - half - half[row])[others].min() > -3


def test_the_users_own_buildings(tmp_path: Path) -> None:
    rows = ["a,11,0,0,10,", "b,11,100,0,20,", "c,11,110,90,0,dedicated", "d,11,0,100,30,", "e,12,500,500,5,rural"]
    own = table(tmp_path, *rows, header="building,community_code,x,y,households,kind\n")
    with pytest.raises(ValidationError, match="expected one of residential, rural, dedicated, got ''"):
        WorldSpec(buildings=own)
    plain = [row.removesuffix(",") if row.endswith(",") else row.rpartition(",")[0] for row in rows]
    own = table(tmp_path, *plain, header="building,community_code,x,y,households\n")
    communities = table(tmp_path, *(row.rpartition(",")[0] for row in ROWS), header=HEADER.replace(",households", ""))
    world = build_world(WorldSpec(communities=communities, buildings=own))
    assert world.building_ids == ("a", "b", "c", "d", "e")
    assert world.communities["households"].tolist() == [60, 5, 0]
    assert world.buildings[["x", "y", "households"]].tolist() == [
        (0, 0, 10),
        (100, 0, 20),
        (110, 90, 0),
        (0, 100, 30),
        (500, 500, 5),
    ]
    turned = table(tmp_path, *plain[::-1], header="building,community_code,x,y,households\n")
    assert described(build_world(WorldSpec(communities=communities, buildings=turned))) == described(world)


@pytest.mark.parametrize(
    ("fields", "place", "message"),
    [
        ({"streets": 5000, "communities_per_street": 1000}, "streets", "expected at most 20000 communities in all, got 5000000"),
        ({"households": 20_000_000, "households_per_building": 1}, "households_per_building", "expected at most 1000000 buildings in all, got 20000000"),
        ({"rural": 3}, "rural", "expected at most the number of communities, 1, got 3"),
        ({"rural_communities": ["s1c1", "s9"]}, "rural_communities.1", "expected the code of a community, got 's9'"),
        ({"communities": "no.csv"}, "communities", "Value error, expected the path of a CSV file, got 'no.csv' (there is no file no.csv)"),
        ({"households": 10.5}, "households", "Input should be a valid integer"),
        ({"household": 10}, "household", "Extra inputs are not permitted"),
        ({"communities": XINGHUALING, "streets": 2}, "streets", "expected nothing, as the table of communities says it, got 2"),
    ],
)  # fmt: skip
def test_bad_worlds_say_where_and_what(fields: dict[str, object], place: str, message: str) -> None:
    with pytest.raises(ValidationError) as error:
        WorldSpec.model_validate(fields)
    assert [(".".join(map(str, e["loc"])), e["msg"]) for e in error.value.errors()] == [(place, message)]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([*ROWS, "2,西街,21,x,9"], "line 5, column community_code: expected each value once, got '21'"),
        ([*ROWS, "2,北街,22,x,9"], "line 5, column street: expected the name 西街 as before for street 2, got '北街'"),
        ([*ROWS, "2,西街,22,x,-9"], "line 5, column households: expected a whole number between 0 and 20000000, got '-9'"),
        ([*ROWS, "2,西街,22,,9"], "line 5, column community: expected a name, got ''"),
        ([*ROWS, "2,西街,a b,x,9"], "line 5, column community_code: expected a code of letters, digits, _, - or ., got 'a b'"),
        ([*ROWS, "2,西街"], "line 5: expected 5 cells, got 2"),
    ],
)  # fmt: skip
def test_bad_tables_say_where_and_what(tmp_path: Path, rows: list[str], message: str) -> None:
    file = table(tmp_path, *rows)
    with pytest.raises(ValidationError) as error:
        WorldSpec(communities=file)
    assert [e["msg"] for e in error.value.errors()] == [f"Value error, {file.name}, {message}"]


def test_a_table_in_another_encoding_says_how_to_save_it(tmp_path: Path) -> None:
    file = tmp_path / "gbk.csv"
    file.write_bytes((HEADER + ROWS[0]).encode("gbk"))
    with pytest.raises(
        ValidationError, match=r"expected text in UTF-8 \(in Excel: save as CSV UTF-8\), got other bytes"
    ):
        WorldSpec(communities=file)


def test_a_spec_is_written_as_text_that_says_the_same(tmp_path: Path) -> None:
    spec = WorldSpec(communities=table(tmp_path, *ROWS), rural_communities=["12"], answer="35 %")
    assert WorldSpec.model_validate(spec.model_dump(mode="json")) == spec
