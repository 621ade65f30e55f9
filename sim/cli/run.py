"""gridgov run: a scenario's KPIs with intervals, charts and tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from sim.cli.common import explained, loaded, progress_bar
from sim.engine.engines import DEFAULT_ENGINE, ENGINES, Engine

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario
    from sim.study.result import Result

LONG_RUN = 60  # s; a run expected to take longer is announced

TEXTS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "done": "{name}：{count} 次重复，种子 {seed}，用时 {seconds:.0f} 秒",
        "long": "预计用时约 {time}（{count} 次重复，每次约 {issues:,.0f} 个问题）",
        "minutes": "{:.0f} 分钟",
        "hours": "{:.1f} 小时",
        "running": "运行中",
        "saved": "结果已写入 {out}",
        "unsaved": "加上 --out 目录 可保存表格与图",
    },
    "en": {
        "done": "{name}: {count} replications, seed {seed}, {seconds:.0f} s",
        "long": "this will take about {time} ({count} replications of about {issues:,.0f} issues)",
        "minutes": "{:.0f} min",
        "hours": "{:.1f} h",
        "running": "running",
        "saved": "results written to {out}",
        "unsaved": "add --out DIR to keep tables and charts",
    },
}


@click.command()
@click.argument("scenario")
@click.option("--replications", type=click.IntRange(1, 100_000), default=5, show_default=True, help="How many runs.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Instead of the scenario's.")
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default=DEFAULT_ENGINE,
    show_default=True,
    help="The fast one, the readable one, or both to see that they agree.",
)
@click.option("--jobs", type=click.IntRange(1, 1024), default=1, show_default=True, help="Runs at a time.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for tables and charts.")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of tables and charts; default: the scenario's.")
@click.option("--log", is_flag=True, help="Write cases, issues, workers and events of the first run too.")
@click.option("--kpi", "kpis", multiple=True, help="A KPI of your own by import path, as my_kpis:late. Repeatable.")
def run(  # the options above
    scenario: str,
    replications: int,
    seed: int | None,
    engine: Engine,
    jobs: int,
    out: Path | None,
    lang: Literal["zh", "en"] | None,
    log: bool,
    kpis: tuple[str, ...],
) -> None:
    """Run SCENARIO, a file or the name of a bundled scenario, and sum it up."""
    if log and out is None:
        raise click.UsageError("--log needs --out DIR to write into")
    read = loaded(scenario)
    shown = lang or read.lang
    with explained(read):
        _prepare(out)
        _announce(read, replications, jobs, engine=engine, texts=TEXTS[shown])
        from sim.study.experiment import run as run_experiment  # noqa: PLC0415  # after the input has been checked

        with progress_bar(TEXTS[shown]["running"]) as progress:
            result = run_experiment(
                read,
                replications=replications,
                seed=seed,
                jobs=jobs,
                engine=engine,
                kpis=kpis,
                events=log,
                progress=progress,
            )
        _report(result, out, shown, logs=log)


def _prepare(out: Path | None) -> None:
    """See that results can be written, before a long run rather than after it."""
    from sim.study.store import prepare_directory  # noqa: PLC0415

    if out is not None:
        prepare_directory(out)


def _announce(scenario: Scenario, replications: int, jobs: int, *, engine: Engine, texts: Mapping[str, str]) -> None:
    """Say how long it will take, if that is long."""
    from sim.model.world import build_world  # noqa: PLC0415
    from sim.scenario.sizes import size_of  # noqa: PLC0415
    from sim.study.estimate import expected_seconds  # noqa: PLC0415
    from sim.study.executors import usable_cores  # noqa: PLC0415

    size = size_of(build_world(scenario.world), scenario.demand, scenario.policy, period=scenario.period)
    seconds = expected_seconds(size, engine, replications=replications, at_a_time=min(jobs, usable_cores()))
    if seconds < LONG_RUN:
        return
    time = texts["hours"].format(seconds / 3600) if seconds > 5400 else texts["minutes"].format(seconds / 60)
    click.echo(texts["long"].format(time=time, count=replications, issues=size.issues), err=True)


def _report(result: Result, out: Path | None, lang: Literal["zh", "en"], *, logs: bool) -> None:
    """Print what came out, then write the files."""
    from sim.cli.table import print_table  # noqa: PLC0415
    from sim.cli.warm_up import warn_of_warm_up  # noqa: PLC0415

    texts, scenario = TEXTS[lang], result.scenario
    print_table(result, lang)
    warn_of_warm_up([result.log0], lang)
    click.echo(texts["done"].format(name=scenario.name, count=result.count, seed=scenario.seed, seconds=result.seconds))
    if out is None:
        click.echo(texts["unsaved"])
        return
    from sim.show.output import save  # noqa: PLC0415  # charts take time to load

    save(result, out, lang=lang, logs=logs)
    click.echo(texts["saved"].format(out=out))
