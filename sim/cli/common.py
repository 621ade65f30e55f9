"""What the commands that simulate have in common: reading scenarios, explaining errors, progress, who does the work."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sim.engine.engines import DEFAULT_ENGINE, Engine

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario
    from sim.study.executors import Executor
    from sim.study.executors.choice import ExecutorName
    from sim.study.progress import Progress

F = TypeVar("F", bound=Callable[..., Any])

WORK = (
    click.option("--executor", type=click.Choice(["serial", "threads", "processes"]), help="Who does the runs."),
    click.option("--jobs", type=click.IntRange(1, 1024), help="Runs at a time; default: one a processor."),
    click.option(
        "--cluster", metavar="ADDRESS", help="A Dask scheduler, as tcp://10.0.0.1:8786, whose workers do them."
    ),
    click.option(
        "--store", type=click.Path(path_type=Path), help="File in which finished runs are kept and found again."
    ),
)


def work_options(command: F) -> F:
    """Give a command the options that say who does the runs and where they are kept."""
    for option in reversed(WORK):
        command = option(command)
    return command


def executor_of(
    name: ExecutorName | None, jobs: int | None, cluster: str | None, *, engine: Engine = DEFAULT_ENGINE
) -> Executor:
    """The executor that the options of ``work_options`` ask for."""
    from sim.study.executors import Cluster, executor_named  # noqa: PLC0415  # nothing is loaded that a command does not need

    if cluster is None:
        return executor_named(name, jobs=jobs, engine=engine)
    if name is not None or jobs is not None:
        raise click.UsageError("--cluster does the runs: leave out --executor and --jobs")
    return Cluster(cluster)


def loaded(scenario: str) -> Scenario:
    """The scenario; its problems and the end if there are any."""
    from sim.scenario.loading import load  # noqa: PLC0415
    from sim.scenario.problems import ScenarioError  # noqa: PLC0415

    try:
        return load(scenario)
    except (FileNotFoundError, ScenarioError) as error:
        _see_whether_study(scenario)
        if isinstance(error, FileNotFoundError):
            raise click.ClickException(str(error)) from None
        count = len(error.problems)
        raise click.ClickException(f"{error}\n{scenario}: {count} problem{'s' if count > 1 else ''}") from None


def _see_whether_study(name: str) -> None:
    """Say so of a study where a scenario was asked for."""
    from sim.study.sweep import is_study  # noqa: PLC0415

    if is_study(name):
        raise click.ClickException(f"{name} is a study of many scenarios: gridgov sweep {name}") from None


@contextmanager
def explained(*scenarios: Scenario) -> Iterator[None]:
    """What the user can mend, as a message without a traceback."""
    from sim.engine.plan import ScoreError  # noqa: PLC0415
    from sim.scenario.own_parts import culprit  # noqa: PLC0415
    from sim.scenario.problems import ScenarioError  # noqa: PLC0415
    from sim.study.executors import ClusterError  # noqa: PLC0415
    from sim.study.kpis.kpi import KpiError  # noqa: PLC0415
    from sim.study.store import OutputError  # noqa: PLC0415

    try:
        yield
    except (ClusterError, KpiError, OutputError, ScenarioError) as error:
        raise click.ClickException(str(error)) from None
    except ScoreError as error:
        raise click.ClickException(f"policy.dispatch.score: {error}") from None
    except Exception as error:
        for scenario in scenarios:
            if blame := culprit(scenario.policy, error):
                path, message = blame
                raise click.ClickException(f"{'.'.join(map(str, path))}: {message}") from None
        raise


@contextmanager
def progress_bar(label: str) -> Iterator[Progress]:
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
