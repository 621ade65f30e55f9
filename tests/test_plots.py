"""Charts: they show what the Log says, in both languages, and everything in them can be read."""

from __future__ import annotations

import itertools
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType, SimpleNamespace

import matplotlib as mpl
import numpy as np
import pandas as pd
import plans
import pytest
from made_logs import CATEGORIES, CHANNELS, district, without_issues
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from sim.engine.events import NEVER
from sim.engine.log import FATES, Log, fates
from sim.engine.plan import DAY
from sim.engine.simulate import simulate
from sim.show.plots import draw_run_charts, plot_backlog, plot_flow, plot_official_honest, plot_utilisation
from sim.show.plots.axes import date_axis, length_axis, spread_apart
from sim.show.plots.backlog import stocks_over_time
from sim.show.plots.flow import ENDS, count_flows
from sim.show.plots.official_honest import paired_rates
from sim.show.plots.run_charts import run_charts
from sim.show.plots.time_to_resolve import category_times
from sim.show.plots.utilisation import cases_by_grid
from sim.show.plots.words import length, share, shorten
from sim.show.plots.worker_day import time_budget
from sim.study.kpis import KPIS, evaluate, figures
from sim.study.kpis.facts import Facts
from sim.study.kpis.workers import DUTIES

HOUR = 3600
NAMES = ("flow", "time_to_resolve", "backlog", "worker_day", "utilisation", "official_honest")


def result_of(log: Log, replications: int = 5) -> SimpleNamespace:
    """The KPI table of a log as a result has it, with intervals made up where there are several replications."""
    kpis = list(KPIS.values())
    values = np.array(evaluate(log, kpis))
    low, high = (values * 0.98, values * 1.01) if replications > 1 else (np.nan, np.nan)
    rows = figures(log.plan, kpis)
    table = pd.DataFrame({"kpi": [row.id for row in rows], "name_zh": [row.zh for row in rows]})
    table = table.assign(name_en=[row.en for row in rows], unit=[row.unit for row in rows], mean=values)
    return SimpleNamespace(kpis=table.assign(ci_low=low, ci_high=high, replications=replications))


def station(*, days: int = 30, customers: int = 200, shift: tuple[int, int] | None = None) -> Log:
    """A run of one always-open server, or one with a single shift, as theory scenarios have it."""
    horizon = days * DAY
    issues = [
        {"onset": t, "report": t, "channel": 2} for t in np.linspace(0, horizon - 1, customers).astype(int).tolist()
    ]
    shifts = [[shift] if shift else []]
    work = [[HOUR] * 5] * customers
    return simulate(
        plans.make(issues=issues, servers=[{}], links=[{}], work=work, shifts=shifts, rules={"horizon": horizon})
    )


@pytest.fixture(scope="module")
def log() -> Log:
    return district()


@pytest.fixture(scope="module")
def kpis(log: Log) -> dict[str, float]:
    table = result_of(log).kpis
    return dict(zip(table["kpi"], table["mean"], strict=True))


def texts_of(figure: Figure) -> dict[Text, Bbox]:
    """Every text of a drawn figure that can be seen, and where it stands."""
    figure.draw_without_rendering()
    unseen = {text for axes in figure.axes for text in _hidden_ticks(axes)}
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return {text: text.get_window_extent() for text in texts if text not in unseen}


def _hidden_ticks(axes: Axes) -> Iterator[Text]:
    """Labels of ticks that are not drawn: those of axes switched off, and those beyond the limits."""
    for k, axis in enumerate((axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        for label in (*axis.get_ticklabels(), *axis.get_ticklabels(minor=True)):
            if not axes.axison or not low <= label.get_position()[k] <= high:
                yield label


def overlapping(boxes: dict[Text, Bbox]) -> Iterator[tuple[str, str]]:
    """Pairs of texts of which one stands on the other by more than a pixel."""
    for (one, a), (other, b) in itertools.combinations(boxes.items(), 2):
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1:
            yield one.get_text(), other.get_text()


# every chart can be read


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_charts_of_a_district_can_be_read(log: Log, lang: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = [(name, figure, texts_of(figure)) for name, figure in run_charts(log, result_of(log), lang=lang)]
    assert [name for name, _, _ in drawn] == list(NAMES)
    for name, figure, boxes in drawn:
        width, height = figure.get_size_inches() * figure.dpi
        outside = [t.get_text() for t, b in boxes.items() if b.x0 < 0 or b.y0 < 0 or b.x1 > width or b.y1 > height]
        assert outside == [], name
        assert list(overlapping(boxes)) == [], name
        assert min(text.get_fontsize() for text in boxes) >= 8, name


@pytest.mark.parametrize(
    "made",
    [
        without_issues,
        lambda: station(customers=0),
        lambda: station(customers=1),
        lambda: station(days=1),
        lambda: station(days=4000),
        lambda: station(shift=(29 * DAY, 29 * DAY + HOUR)),
        lambda: station(days=20, shift=(40 * DAY, 41 * DAY)),
        lambda: district(40),
    ],
    ids=["nothing", "no customer", "one customer", "one day", "eleven years", "late shift", "nobody", "few issues"],
)
def test_small_and_empty_runs_have_charts_too(made: Callable[[], Log]) -> None:
    log = made()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, figure in run_charts(log, result_of(log, 1), lang="en"):  # the longer words
            assert list(overlapping(texts_of(figure))) == [], name


def test_a_chart_without_content_says_so() -> None:
    log = without_issues()
    said = {"zh": "没有可显示的内容", "en": "Nothing to show"}
    for lang, words in said.items():
        for name, figure in run_charts(log, result_of(log), lang=lang):
            assert any(words in text.get_text() for text in figure.texts), name


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_long_names_are_cut_and_many_rows_fit(log: Log, lang: str) -> None:
    labels = dict(log.plan.labels)
    for kind, ids in (("category", CATEGORIES), ("channel", CHANNELS), ("street", range(3))):
        labels[f"{kind}_titles"] = [{"zh": f"特别长的名称{k}" * 20, "en": f"a very long name {k} " * 20} for k in ids]
    labels["title"] = {"zh": "没完没了的标题" * 40, "en": "$x_1$ endless " * 40}
    long = Log(replace(log.plan, labels=MappingProxyType(labels)), log.raw)
    for name, figure in run_charts(long, result_of(long), lang=lang):
        boxes = texts_of(figure)
        assert max(box.x1 for box in boxes.values()) <= figure.bbox.width, name
        assert list(overlapping(boxes)) == [], name


def test_captions_name_the_scenario_the_window_and_what_the_chart_is_for(log: Log) -> None:
    captions = [text.get_text() for text in plot_flow(log, lang="en").texts]
    assert (
        "Three streets made up  ·  2021-01-31 – 2021-06-29  ·  one replication  ·  comparative, not predictive"
        in captions
    )


# what they show is what the Log says


def test_flow_counts_every_issue_once(log: Log) -> None:
    flows, occurred = count_flows(log), Facts.of(log).occurred
    by_fate = np.bincount(fates(log)[occurred], minlength=len(FATES))
    assert flows.sum() == occurred.sum()
    assert flows[..., list(ENDS).index("resolved")].sum() == by_fate[:5].sum()
    for end in ("cleared", "falsely_closed", "open", "latent", "withdrawn"):
        assert flows[..., list(ENDS).index(end)].sum() == by_fate[FATES.index(end)] > 0
    never_known = (log.raw["issues"]["known"] == NEVER) & occurred
    assert flows[-1].sum() == never_known.sum()
    assert not flows[-1, :-1].any()


def test_flow_of_two_issues_by_hand() -> None:
    flows = count_flows(station(customers=2))  # both by channel 2, in the first second and in the last
    assert flows.sum() == 2
    assert flows[2, 1, list(ENDS).index("resolved")] == 1  # settled by the grid
    assert flows[2, -1, list(ENDS).index("open")] == 1


def test_flow_puts_small_channels_together_where_there_are_many(log: Log) -> None:
    names = [f"Channel {k}" for k in range(40)]
    labels = {**log.plan.labels, "channels": names, "channel_titles": [{"zh": n, "en": n} for n in names]}
    cases = log.raw["cases"].copy()
    cases["channel"] = np.arange(len(cases)) % 40
    many = Log(replace(log.plan, labels=MappingProxyType(labels)), {**log.raw, "cases": cases})
    shown = [text.get_text() for text in texts_of(plot_flow(many, lang="en"))]
    assert sum(text.startswith("Channel ") for text in shown) == 6
    assert any(text.startswith("Other channels") for text in shown)


def test_times_are_those_of_the_kpis(log: Log, kpis: dict[str, float]) -> None:
    for id, row in zip(CATEGORIES, category_times(log, "en"), strict=True):
        for stem, percentiles in (("time_in_system", row.paper), ("lifetime", row.truth)):
            assert [seconds / HOUR for seconds in percentiles[1:]] == pytest.approx(
                [kpis[f"{stem}_p50[{id}]"], kpis[f"{stem}_p90[{id}]"]]
            )


def test_stocks_end_as_the_kpis_do(log: Log, kpis: dict[str, float]) -> None:
    _, stocks = stocks_over_time(log)
    assert stocks["open"][-1] == kpis["open_stock"]
    assert sum(stocks[name][-1] for name in ("falsely_closed", "withdrawn", "latent")) == kpis["latent_stock"]


def test_stocks_of_every_day_are_the_issues_there_without_an_open_case(log: Log) -> None:
    times, stocks = stocks_over_time(log)
    issues, gone, cases = log.plan["issues"], log.raw["issues"]["resolved"], log.raw["cases"]
    expected = []
    for t in times:
        there = (issues["valid"] == 1) & (issues["onset"] <= t) & ((gone == NEVER) | (gone > t))
        there[cases["issue"][(cases["known"] <= t) & ((cases["closed"] == NEVER) | (cases["closed"] > t))]] = False
        expected.append(there.sum())
    assert np.sum([stocks[name] for name in ("falsely_closed", "withdrawn", "latent")], axis=0).tolist() == expected


def test_a_closed_and_reopened_issue_is_falsely_closed_in_between() -> None:
    log = district(1)
    issue, cases = log.plan["issues"].copy(), np.zeros(3, log.raw["cases"].dtype)
    issue["onset"], issue["valid"] = 0, 1
    cases["known"], cases["closed"] = (10 * DAY, 30 * DAY, 60 * DAY), (20 * DAY, 40 * DAY, NEVER)
    cases["outcome"], cases["source"] = (1, 4, 0), (2, 4, 4)
    records = np.array([(10 * DAY, NEVER, NEVER, 3)], log.raw["issues"].dtype)
    plan = replace(log.plan, tables=MappingProxyType({**log.plan.tables, "issues": issue}))
    times, stocks = stocks_over_time(Log(plan, {**log.raw, "cases": cases, "issues": records}))
    days = {name: (times[stock > 0] // DAY).tolist() for name, stock in stocks.items()}
    assert days["latent"] == list(range(10))
    assert days["falsely_closed"] == list(range(20, 30))
    assert days["withdrawn"] == list(range(40, 60))
    assert set(days["open"]) == {*range(10, 20), *range(30, 40), *range(60, 180)}


def test_the_workers_day_is_that_of_the_kpis(log: Log, kpis: dict[str, float]) -> None:
    budget = time_budget(log)
    shares = budget.shares(np.zeros(len(budget.paid), int), 1, axis=0)[0]
    assert shares.tolist() == pytest.approx([kpis[f"time_share_{name}"] for name in (*DUTIES, "idle")])
    assert shares.sum() == pytest.approx(1)
    assert budget.overtime.sum() / HOUR == pytest.approx(kpis["overtime_hours"])


def test_utilisation_is_that_of_the_kpis(log: Log, kpis: dict[str, float]) -> None:
    shown = [axes.get_title(loc="left") for axes in plot_utilisation(log, lang="en").axes]
    assert f"P90 {share(kpis['utilisation_p90'], 1)}  ·  Gini {kpis['utilisation_gini']:.2f}" in shown[0]
    assert cases_by_grid(Facts.of(log)).sum() == kpis["cases_reported"]


def test_rates_stand_beside_their_honest_twins(log: Log, kpis: dict[str, float]) -> None:
    table = result_of(log).kpis
    pairs = {honest.name: (official.mean, honest.mean) for official, honest in paired_rates(table, "en")}
    assert pairs["True closing rate"] == (kpis["closing_rate"], kpis["true_closing_rate"])
    assert pairs["Share truly resolved at grid level"] == (kpis["closed_grid_share"], kpis["resolved_grid_share"])
    undefined = table.assign(mean=table["mean"].where(table["kpi"] != "true_closing_rate"))
    assert "True closing rate" not in {honest.name for _, honest in paired_rates(undefined, "en")}


def test_intervals_are_named_only_where_there_are_replications(log: Log) -> None:
    captions = [plot_official_honest(log, result_of(log, n).kpis, lang="en").texts[2].get_text() for n in (1, 5)]
    assert "one replication" in captions[0]
    assert "mean and 95 % interval over 5 replications" in captions[1]


def test_warm_up_is_shaded_where_there_is_one(log: Log) -> None:
    def shaded(log: Log) -> list[float]:
        return [patch.get_width() for axes in plot_backlog(log).axes for patch in axes.patches]

    assert shaded(log) == [30.0, 30.0, 30.0]
    assert shaded(station()) == []


# files


def test_files_are_whole_the_same_every_time_and_need_no_font(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = district(300)
    result = result_of(log)
    first = draw_run_charts(log, result, tmp_path / "a" / "charts", "zh")
    for setting, value in (("font.size", 30), ("savefig.dpi", 40), ("svg.fonttype", "none"), ("savefig.bbox", "tight")):
        monkeypatch.setitem(mpl.rcParams, setting, value)
    second = draw_run_charts(log, result, tmp_path / "b", "zh")
    assert [path.name for path in first] == [f"{name}.{kind}" for name in NAMES for kind in ("png", "svg")]
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == sorted(path.name for path in second)
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name
    svg = (tmp_path / "b" / "flow.svg").read_text()
    assert "<text" not in svg
    assert "font-family" not in svg


def test_a_failed_write_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = without_issues()
    draw_run_charts(log, result_of(log), tmp_path, "zh")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def torn(figure: Figure, path: Path, **_: object) -> None:
        Path(path).write_bytes(b"half a ")
        raise OSError("disk full")

    monkeypatch.setattr(Figure, "savefig", torn)
    with pytest.raises(OSError, match="disk full"):
        draw_run_charts(log, result_of(log), tmp_path, "en")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_importing_sim_does_not_load_matplotlib() -> None:
    code = "import sys, sim; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent.parent)


# how things are written


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [(1, "1.0 秒", "1.0 s"), (90, "1.5 分钟", "1.5 min"), (3590, "1.0 小时", "1.0 h"), (20 * DAY, "20 天", "20 d")],
)
def test_lengths_are_written_in_the_unit_people_use(seconds: int, zh: str, en: str) -> None:
    assert (length(seconds, "zh"), length(seconds, "en")) == (zh, en)


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 5, "0 %"), (0, 0, "0 %"), (1, 5000, "<0.1 %"), (1, 100, "1.0 %"), (1, 3, "33 %"), (5, 5, "100 %")],
)
def test_shares_keep_a_decimal_where_they_are_small(part: int, whole: int, text: str) -> None:
    assert share(part, whole) == text


def test_a_chinese_character_takes_two_columns() -> None:
    assert shorten("违建噪音占道", 12) == "违建噪音占道"
    assert shorten("违建噪音占道", 11) == "违建噪音占…"
    assert shorten("noise at night", 8) == "noise a…"


@pytest.mark.parametrize(
    ("start", "days", "lang", "expected"),
    [
        (date(2021, 1, 1), 365, "zh", ("1月\n2021年", "1月\n2022年", 13)),
        (date(2021, 3, 15), 365, "en", ("Apr\n2021", "Mar", 12)),
        (date(2021, 1, 1), 30, "en", ("1 Jan\n2021", "29 Jan", 5)),
        (date(2020, 12, 1), 120, "zh", ("12月1日\n2020年", "3月23日", 9)),
        (date(2021, 1, 1), 1, "zh", ("0:00\n第 1 天", "0:00\n第 2 天", 13)),
        (date(2021, 1, 1), 3650, "en", ("2021", "2030", 10)),
        (date(2200, 1, 1), 36_500, "en", ("2200", "2290", 10)),
    ],
)
def test_dates_stand_at_round_places(start: date, days: int, lang: str, expected: tuple[str, str, int]) -> None:
    axes = Figure().add_subplot()
    date_axis(axes, start, days * DAY, lang)
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert (labels[0], labels[-1], len(labels)) == expected
    assert all(0 <= tick <= days for tick in axes.get_xticks())


@pytest.mark.parametrize(("shortest", "longest"), [(1, 2), (30, 30), (5 * HOUR, 80 * DAY), (1, 36_500 * DAY)])
def test_lengths_of_time_have_ticks_around_them(shortest: int, longest: int) -> None:
    axes = Figure().add_subplot()
    length_axis(axes, shortest, longest, "en")
    low, high = axes.get_xlim()
    assert low < shortest <= longest < high
    assert axes.get_xticks().min() <= shortest
    assert len(axes.get_xticks()) >= 2


def test_labels_are_moved_apart_and_keep_their_order() -> None:
    placed = spread_apart([5.0, 1.0, 1.1, 0.9], 1.0)
    assert np.argsort(placed).tolist() == [3, 1, 2, 0]
    assert np.diff(np.sort(placed)).min() >= 0.99
    assert placed[0] == 5.0
