"""gridgov explain, schema, list: what there is and what it means."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sim.scenario.explain import Entry
    from sim.study.kpis import Kpi

MOST_ENTRIES = 8  # of a word that names many fields only their paths are shown


@click.command()
@click.argument("name")
def explain(name: str) -> None:
    """Say what NAME means, a field of scenarios (policy.zoning.target) or a KPI (closing_rate, K4)."""
    from sim.scenario.explain import field_entries, field_names  # noqa: PLC0415
    from sim.scenario.problems import did_you_mean  # noqa: PLC0415
    from sim.study.kpis import KPIS  # noqa: PLC0415

    kpis = [kpi for kpi in KPIS.values() if name in (kpi.id, kpi.code)]
    entries = field_entries(name)
    if not kpis and not entries:
        known = [*field_names(), *(path.rpartition(".")[2] for path in field_names()), *KPIS]
        raise click.ClickException(f"no field and no KPI is called {name!r}{did_you_mean(name, known)}")
    for kpi in kpis:
        click.echo("\n".join(_about_kpi(kpi)) + "\n")
    for entry in entries if len(entries) <= MOST_ENTRIES else ():
        click.echo("\n".join(_about_field(entry)) + "\n")
    if len(entries) > MOST_ENTRIES:
        click.echo(f"{name} names {len(entries)} fields; explain one of them:")
        click.echo("\n".join(f"  {path}" for path in dict.fromkeys(entry.field for entry in entries)))


def _about_field(entry: Entry) -> Iterator[str]:
    yield entry.field
    yield f"  {entry.meaning}"
    rows = {"unit": entry.unit, "default": entry.default, "base.yaml": entry.example, "source": entry.source}
    yield from (f"  {label:<10} {text}" for label, text in rows.items() if text)
    yield from (f"  {'choice':<10} {choice}" for choice in entry.choices)


def _about_kpi(kpi: Kpi) -> Iterator[str]:
    yield f"{kpi.id} ({', '.join(filter(None, (kpi.code, kpi.side.value)))})"
    yield f"  {kpi.zh} · {kpi.en}"
    rows = {
        "formula": kpi.formula,
        "unit": kpi.unit,
        "counted": kpi.counted,
        "unfinished": kpi.unfinished,
        "compare": kpi.twin,
        "source": kpi.source,
    }
    yield from (f"  {label:<10} {' '.join(text.split())}" for label, text in rows.items() if text)


@click.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from sim.scenario.editor import json_schema  # noqa: PLC0415

    click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


@click.command("list")
def list_() -> None:
    """List the bundled scenarios and studies, the levers of policy with their kinds, and the KPIs."""
    from sim.study.kpis import KPIS  # noqa: PLC0415

    _section("scenarios", dict(_scenarios()))
    _section("studies", dict(_studies()))
    _section("policy", dict(_kinds()))
    _section("KPIs", {kpi.id: f"{kpi.zh} · {kpi.en}" for kpi in KPIS.values()})


def _section(title: str, rows: dict[str, str]) -> None:
    width = max(map(len, rows)) + 2
    click.echo(title)
    for name, text in rows.items():
        click.echo(f"  {name:<{width}}{text}")
    click.echo()


def _scenarios() -> Iterator[tuple[str, str]]:
    from sim.scenario import bundled  # noqa: PLC0415

    for name in bundled.names():
        title = bundled.title(name)
        yield name, f"{title['zh']} · {title['en']}"


def _studies() -> Iterator[tuple[str, str]]:
    from sim.scenario import bundled  # noqa: PLC0415

    for name in bundled.studies():
        title = bundled.title(name)
        yield name, f"{title['zh']} · {title['en']}"


def _kinds() -> Iterator[tuple[str, str]]:
    from sim.scenario.explain import lever_kinds  # noqa: PLC0415

    for lever, kinds in lever_kinds().items():
        yield lever, ", ".join(kinds)
