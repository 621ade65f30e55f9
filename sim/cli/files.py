"""gridgov new, gridgov check: write a scenario file, and see whether scenarios and studies are sound."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sim.scenario.problems import Problem


@click.command()
@click.argument("file", type=click.Path(path_type=Path), default=Path("my_street.yaml"))
def new(file: Path) -> None:
    """Write a commented scenario to start from into FILE (my_street.yaml)."""
    from sim.scenario.starter import STARTER  # noqa: PLC0415  # nothing is loaded that a command does not need

    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(STARTER)
    except FileExistsError:
        raise click.ClickException(f"{file} exists already: nothing was written") from None
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from None
    click.echo(f"{file} written. Next: gridgov check {file}, then gridgov run {file}")


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--strict", is_flag=True, help="Every number of a scenario must have a source (see sources: in base.yaml)."
)
@click.option("--kpi", "kpis", multiple=True, help="A KPI of your own that a study names, as my_kpis:late. Repeatable.")
def check(files: tuple[str, ...], strict: bool, kpis: tuple[str, ...]) -> None:
    """Find every mistake in scenarios and studies: files, or names of bundled ones. Nothing is run."""
    from sim.study.kpis import KpiError  # noqa: PLC0415
    from sim.study.sweep import is_study  # noqa: PLC0415

    wrong = []
    for name in dict.fromkeys(files):
        try:
            problems = sorted(_of_study(name, kpis) if is_study(name) else _of_scenario(name, strict))
        except (FileNotFoundError, KpiError) as error:
            wrong.append(str(error))
            continue
        for problem in problems:
            click.echo(str(problem), err=True)
        if problems:
            wrong.append(f"{name}: {len(problems)} problem{'s' if len(problems) > 1 else ''}")
        else:
            click.echo(f"{name}: no problems")
    if wrong:
        raise click.ClickException("\n".join(wrong))


def _of_scenario(name: str, strict: bool) -> Sequence[Problem]:
    from sim.scenario.loading import examine, without_source  # noqa: PLC0415

    findings = examine(name)
    return [*findings.problems, *(without_source(findings) if strict else ())]


def _of_study(name: str, kpis: Sequence[str]) -> Sequence[Problem]:
    from sim.scenario.problems import ScenarioError  # noqa: PLC0415
    from sim.study.sweep import load_study  # noqa: PLC0415

    try:
        load_study(name, kpis=kpis)
    except ScenarioError as error:
        return error.problems
    return ()
