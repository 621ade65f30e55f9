"""gridgov run: a scenario's KPIs with intervals, charts and tables."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario
    from sim.study.progress import Progress
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
@click.option("--engine", type=click.Choice(["reference"]), default="reference", show_default=True)
@click.option("--jobs", type=click.IntRange(1, 1024), default=1, show_default=True, help="Processes at a time.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for tables and charts.")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of tables and charts; default: the scenario's.")
@click.option("--log", is_flag=True, help="Write cases, issues, workers and events of the first run too.")
@click.option("--kpi", "kpis", multiple=True, help="A KPI of your own by import path, as my_kpis:late. Repeatable.")
def run(  # the options above
    scenario: str,
    replications: int,
    seed: int | None,
    engine: Literal["reference"],
    jobs: int,
    out: Path | None,
    lang: Literal["zh", "en"] | None,
    log: bool,
    kpis: tuple[str, ...],
) -> None:
    """Run SCENARIO, a file or the name of a bundled scenario, and sum it up."""
    if log and out is None:
        raise click.UsageError("--log needs --out DIR to write into")
    loaded = _loaded(scenario)
    shown = lang or loaded.lang
    with _explained(loaded):
        _prepare(out)
        _announce(loaded, replications, jobs, TEXTS[shown])
        from sim.study.experiment import run as run_experiment  # noqa: PLC0415  # after the input has been checked

        with _progress(TEXTS[shown]["running"]) as progress:
            result = run_experiment(
                loaded,
                replications=replications,
                seed=seed,
                jobs=jobs,
                engine=engine,
                kpis=kpis,
                events=log,
                progress=progress,
            )
        _report(result, out, shown, logs=log)


def _loaded(scenario: str) -> Scenario:
    """The scenario; its problems and the end if there are any."""
    from sim.scenario.loading import load  # noqa: PLC0415  # nothing is loaded that a command does not need
    from sim.scenario.problems import ScenarioError  # noqa: PLC0415

    try:
        return load(scenario)
    except FileNotFoundError as error:
        raise click.ClickException(str(error)) from None
    except ScenarioError as error:
        count = len(error.problems)
        raise click.ClickException(f"{error}\n{scenario}: {count} problem{'s' if count > 1 else ''}") from None


@contextmanager
def _explained(scenario: Scenario) -> Iterator[None]:
    """What the user can mend, as a message without a traceback."""
    from sim.scenario.own_parts import culprit  # noqa: PLC0415
    from sim.scenario.problems import ScenarioError  # noqa: PLC0415
    from sim.study.kpis.kpi import KpiError  # noqa: PLC0415
    from sim.study.store import OutputError  # noqa: PLC0415

    try:
        yield
    except (KpiError, OutputError, ScenarioError) as error:
        raise click.ClickException(str(error)) from None
    except Exception as error:
        blame = culprit(scenario.policy, error)
        if blame is None:
            raise
        path, message = blame
        raise click.ClickException(f"{'.'.join(map(str, path))}: {message}") from None


def _prepare(out: Path | None) -> None:
    """See that results can be written, before a long run rather than after it."""
    from sim.study.store import prepare_directory  # noqa: PLC0415

    if out is not None:
        prepare_directory(out)


def _announce(scenario: Scenario, replications: int, jobs: int, texts: Mapping[str, str]) -> None:
    """Say how long it will take, if that is long."""
    from sim.model.world import build_world  # noqa: PLC0415
    from sim.scenario.sizes import size_of  # noqa: PLC0415

    size = size_of(build_world(scenario.world), scenario.demand, scenario.policy, period=scenario.period)
    seconds = size.seconds * replications / min(jobs, replications)
    if seconds < LONG_RUN:
        return
    time = texts["hours"].format(seconds / 3600) if seconds > 5400 else texts["minutes"].format(seconds / 60)
    click.echo(texts["long"].format(time=time, count=replications, issues=size.issues), err=True)


@contextmanager
def _progress(label: str) -> Iterator[Progress]:
    """A bar on the terminal; nothing where there is none."""
    if not sys.stderr.isatty():
        from sim.study.progress import silent  # noqa: PLC0415

        yield silent
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _report(result: Result, out: Path | None, lang: Literal["zh", "en"], *, logs: bool) -> None:
    """Print what came out, then write the files."""
    from sim.cli.table import print_table  # noqa: PLC0415

    texts, scenario = TEXTS[lang], result.scenario
    print_table(result, lang)
    click.echo(texts["done"].format(name=scenario.name, count=result.count, seed=scenario.seed, seconds=result.seconds))
    if out is None:
        click.echo(texts["unsaved"])
        return
    from sim.show.output import save  # noqa: PLC0415  # charts take time to load

    save(result, out, lang=lang, logs=logs)
    click.echo(texts["saved"].format(out=out))
