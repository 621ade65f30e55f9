"""gridgov sweep: a study's tables, and where its targets are met."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from sim.cli.common import executor_of, explained, progress_bar, work_options
from sim.engine.engines import DEFAULT_ENGINE, ENGINES, Engine

if TYPE_CHECKING:
    from sim.study.executors.choice import ExecutorName
    from sim.study.progress import Progress
    from sim.study.sweep import Study, Sweep

STORE = "runs.sqlite"  # in the folder of the tables, unless the user says otherwise
SAID_EVERY = 60.0  # s between lines of progress where there is no terminal
FAILED = 1

TEXTS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "plan": "{title}：{points} 个方案 × {replications} 次重复",
        "plan_draws": "{title}：{points} 个方案 × {draws} 组不确定参数 × {replications} 次重复",
        "running": "运行中",
        "done": "{runs} 次运行，用时 {seconds:.0f} 秒",
        "failed": "{failed} 次运行失败，其余已完成；原因见 {file} 的 error 列",
        "saved": "结果已写入 {out}",
    },
    "en": {
        "plan": "{title}: {points} points × {replications} replications",
        "plan_draws": "{title}: {points} points × {draws} draws of what is uncertain × {replications} replications",
        "running": "running",
        "done": "{runs} runs, {seconds:.0f} s",
        "failed": "{failed} runs failed, the rest is done; see the column error of {file}",
        "saved": "results written to {out}",
    },
}


@click.command()
@click.argument("study")
@click.option(
    "--replications", type=click.IntRange(1, 100_000), help="How many runs of each point; default: the study's."
)
@click.option("--engine", type=click.Choice(ENGINES), default=DEFAULT_ENGINE, show_default=True, help="Which engine.")
@click.option("--kpi", "kpis", multiple=True, help="A KPI of your own by import path, as my_kpis:late. Repeatable.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for tables; default: out/NAME of the study.")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of what is printed; default: the scenario's.")
@work_options
def sweep(  # the options above
    study: str,
    replications: int | None,
    engine: Engine,
    kpis: tuple[str, ...],
    out: Path | None,
    lang: Literal["zh", "en"] | None,
    executor: ExecutorName | None,
    jobs: int | None,
    cluster: str | None,
    store: Path | None,
) -> int:
    """Run STUDY, a file or the name of a bundled study: many settings of a scenario, over the same chance.

    Finished runs are kept in runs.sqlite in the folder of the tables, or in --store: started again, a sweep goes on where it
    was cut short. How studies are written: see docs/sweeps.md.
    """
    worker = executor_of(executor, jobs, cluster, engine=engine)
    read = _read(study, kpis)
    shown = lang or read.base.lang
    folder = out or Path("out") / read.spec.name
    with explained(*read.scenarios[:1]):
        from sim.show.output import save  # noqa: PLC0415  # after the input has been checked
        from sim.study.store import prepare_directory  # noqa: PLC0415
        from sim.study.sweep import sweep as run_sweep  # noqa: PLC0415

        prepare_directory(folder)
        _announce(read, replications, TEXTS[shown])
        with _progress(TEXTS[shown]["running"]) as progress:
            result = run_sweep(
                read,
                replications=replications,
                executor=worker,
                store=store or folder / STORE,
                engine=engine,
                kpis=kpis,
                progress=progress,
            )
        save(result, folder, lang=shown)
    return _report(result, folder, shown)


def _read(study: str, kpis: tuple[str, ...]) -> Study:
    """The study; its problems and the end if there are any."""
    from sim.scenario.problems import ScenarioError  # noqa: PLC0415  # nothing is loaded that a command does not need
    from sim.study.kpis import KpiError  # noqa: PLC0415
    from sim.study.sweep import load_study  # noqa: PLC0415

    try:
        return load_study(study, kpis=kpis)
    except (FileNotFoundError, KpiError) as error:
        raise click.ClickException(str(error)) from None
    except ScenarioError as error:
        count = len(error.problems)
        raise click.ClickException(f"{error}\n{study}: {count} problem{'s' if count > 1 else ''}") from None


def _announce(study: Study, replications: int | None, texts: Mapping[str, str]) -> None:
    points, draws = (len({getattr(cell, name) for cell in study.cells}) for name in ("point", "draw"))
    title = study.spec.title.zh if texts is TEXTS["zh"] else study.spec.title.en
    count = replications or study.spec.replications
    plan = texts["plan_draws" if study.uncertainties else "plan"]
    click.echo(plan.format(title=title, points=points, draws=draws, replications=count), err=True)


@contextmanager
def _progress(label: str) -> Iterator[Progress]:
    """A bar on the terminal; where there is none, a line a minute."""
    if sys.stderr.isatty():
        with progress_bar(label) as bar:
            yield bar
    else:
        yield _lines(label)


def _lines(label: str, clock: Callable[[], float] = time.monotonic) -> Progress:
    """Progress that says a line from time to time: how many are done, and the time left."""
    from sim.study.progress import Pace  # noqa: PLC0415

    pace, said = Pace(clock), clock()

    def progress(done: int, total: int) -> None:
        nonlocal said
        if clock() - said >= SAID_EVERY:
            said = clock()
            click.echo(" ".join(filter(None, (label, f"{done} / {total}", pace.left(done, total)))), err=True)

    return progress


def _report(result: Sweep, folder: Path, lang: Literal["zh", "en"]) -> int:
    """Say what came out; the exit code."""
    from sim.cli.sweep_tables import print_crossings, print_points  # noqa: PLC0415

    texts, runs = TEXTS[lang], len(result.cells) * result.replications
    print_points(result, lang)
    if result.study.spec.targets:
        print_crossings(result, lang)
    click.echo(texts["done"].format(runs=runs, seconds=result.seconds))
    click.echo(texts["saved"].format(out=folder))
    if result.failures:
        click.echo(texts["failed"].format(failed=result.failures, file=folder / "runs.csv"), err=True)
        return FAILED
    return 0
