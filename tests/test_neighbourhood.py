"""The level below the gridworker: its share of what is settled, and its place in the charts, where there is such a level."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from plans import make
from rulebook import HANDLE, reported, run

from sim.engine.events import Level
from sim.engine.log import Log
from sim.engine.plan import DAY, MILLION
from sim.show.plots.counterfactual import COLOURS, NAMES
from sim.show.plots.flow import ENDS, LEVELS, count_flows, plot_flow
from sim.study.compare.counterfactual import OUTCOMES
from sim.study.kpis import KPIS, evaluate, figures

SHARES = ("closed_neighbourhood_share", "resolved_neighbourhood_share")


def settled(*levels: int, failure: int = 0) -> Log:
    """Issues that are settled by these levels, each by a server of its own; with the chance ``failure`` in vain."""
    return run(
        make(
            issues=[reported(0, report_stage=stage, channel=2) for stage in range(len(levels))],
            categories=[{"failure": failure}],
            stages=[{**HANDLE, "level": level, "way": 0, "content": 0} for level in levels],
            servers=[{} for _ in levels],
            links=[{"server": server} for server in range(len(levels))],
            rules={"horizon": DAY},
        )
    )


def table(log: Log) -> Mapping[str, float]:
    rows = figures(log.plan, KPIS.values())
    return dict(zip([row.id for row in rows], evaluate(log, KPIS.values()), strict=True))


def test_its_shares_are_reported_where_it_settles_anything() -> None:
    found = table(settled(Level.NEIGHBOURHOOD, Level.GRID, Level.NEIGHBOURHOOD, Level.CITY))
    assert [found[share] for share in SHARES] == [0.5, 0.5]
    assert [found["closed_grid_share"], found["resolved_city_share"]] == [0.25, 0.25]


def test_what_it_settles_in_vain_is_closed_by_it_and_not_resolved() -> None:
    found = table(settled(Level.NEIGHBOURHOOD, failure=MILLION))
    assert found["closed_neighbourhood_share"] == 1
    assert found["resolved_neighbourhood_share"] != found["resolved_neighbourhood_share"]  # nothing is


def test_elsewhere_no_table_names_it() -> None:
    found = table(settled(Level.GRID))
    assert not found.keys() & set(SHARES)
    assert found["resolved_grid_share"] == 1


def test_the_flow_chart_shows_it_below_the_grid() -> None:
    log = settled(Level.NEIGHBOURHOOD, Level.GRID, Level.CITY)
    flows = count_flows(log)
    assert flows[2, :, list(ENDS).index("resolved")].tolist() == [1, 1, 0, 0, 0, 1, 0]
    assert [level["en"] for level in LEVELS[:2]] == ["Neighbourhood", "Grid"]
    assert any("邻里" in text.get_text() for text in plot_flow(log).axes[0].texts)
    assert not any("邻里" in text.get_text() for text in plot_flow(settled(Level.GRID)).axes[0].texts)


@pytest.mark.parametrize(("lang", "name"), [("zh", "邻里解决"), ("en", "Settled by the neighbourhood")])
def test_a_counterfactual_names_it(lang: str, name: str) -> None:
    outcome = OUTCOMES[11]
    assert (outcome, NAMES[outcome][lang], OUTCOMES[12]) == ("settled_neighbourhood", name, "absent")
    assert len({COLOURS[outcome] for outcome in OUTCOMES if outcome.startswith("settled")}) == 6
