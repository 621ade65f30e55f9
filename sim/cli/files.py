"""gridgov new, gridgov check: write a scenario file, and see whether it is sound."""

from __future__ import annotations

from pathlib import Path

import click


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
@click.argument("scenario")
@click.option("--strict", is_flag=True, help="Every number must have a source (see sources: in base.yaml).")
def check(scenario: str, strict: bool) -> None:
    """Find every mistake in SCENARIO, a file or the name of a bundled scenario."""
    from sim.scenario.loading import examine, without_source  # noqa: PLC0415

    try:
        findings = examine(scenario)
    except FileNotFoundError as error:
        raise click.ClickException(str(error)) from None
    problems = [*findings.problems, *(without_source(findings) if strict else ())]
    for problem in sorted(problems):
        click.echo(str(problem), err=True)
    if problems:
        raise click.ClickException(f"{scenario}: {len(problems)} problem{'s' if len(problems) > 1 else ''}")
    click.echo(f"{scenario}: no problems")
