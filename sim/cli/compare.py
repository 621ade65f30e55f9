"""gridgov compare: what other policies change, over the same issues, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from sim.cli.common import executor_of, explained, loaded, progress_bar, work_options
from sim.engine.engines import DEFAULT_ENGINE, ENGINES, Engine

if TYPE_CHECKING:
    from sim.study.compare import Comparison
    from sim.study.executors.choice import ExecutorName
    from sim.study.precision import Precision

TEXTS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "running": "运行中",
        "done": "{count} 次重复，种子 {seed}，用时 {seconds:.0f} 秒",
        "precise": "所需精度在 {needed} 次重复时达到（另做 {ahead} 次以确认）",
        "imprecise": "注意：{made} 次重复后仍未达到所需精度：{missed}",
        "saved": "结果已写入 {out}",
        "unsaved": "加上 --out 目录 可保存表格与图",
    },
    "en": {
        "running": "running",
        "done": "{count} replications, seed {seed}, {seconds:.0f} s",
        "precise": "as precise as wanted after {needed} replications ({ahead} more to see that it stays so)",
        "imprecise": "note: not as precise as wanted after {made} replications: {missed}",
        "saved": "results written to {out}",
        "unsaved": "add --out DIR to keep tables and charts",
    },
}


def _margin(text: str) -> tuple[str, float]:
    kpi, _, value = text.rpartition("=")
    try:
        return kpi, float(value)
    except ValueError:
        raise click.BadParameter(
            f"expected KPI=NUMBER, in the unit of the KPI, as true_on_time_rate=0.01, got {text!r}"
        ) from None


def _precision(text: str) -> Precision:
    from sim.study.precision import Precision, PrecisionError  # noqa: PLC0415

    name, _, value = text.rpartition("=")
    kpi, _, quantile = name.partition("@")
    try:
        share = float(quantile) if quantile else None
        if value.endswith("%"):
            return Precision(kpi, relative=float(value[:-1]) / 100, quantile=share)
        return Precision(kpi, within=float(value), quantile=share)
    except PrecisionError as error:
        raise click.BadParameter(str(error)) from None
    except ValueError:
        raise click.BadParameter(
            "expected KPI=NUMBER in the unit of the KPI, or KPI=PERCENT% of its mean under BASE; KPI@0.9 for the 90th "
            f"percentile of replications; got {text!r}"
        ) from None


@click.command()
@click.argument("base")
@click.argument("alternatives", metavar="ALT...", nargs=-1, required=True)
@click.option(
    "--replications",
    type=click.IntRange(1, 100_000),
    help="How many runs of each, 10 by default; with --precision the most.",
)
@click.option(
    "--precision",
    "precisions",
    multiple=True,
    metavar="KPI=VALUE",
    help="Run until this difference is known to ±VALUE, or ±5%. Repeatable.",
)
@click.option("--primary", multiple=True, metavar="KPI", help="A KPI about which you will make claims. Repeatable.")
@click.option(
    "--margin",
    "margins",
    multiple=True,
    metavar="KPI=VALUE",
    help="Test whether it is no worse than by VALUE. Repeatable.",
)
@click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    help="Of intervals.",
)
@click.option("--simultaneous", is_flag=True, help="Intervals that hold all together (Bonferroni).")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Instead of that of BASE.")
@click.option("--engine", type=click.Choice(ENGINES), default=DEFAULT_ENGINE, show_default=True, help="Which engine.")
@click.option("--kpi", "kpis", multiple=True, help="A KPI of your own by import path, as my_kpis:late. Repeatable.")
@click.option(
    "--stories",
    type=click.IntRange(0, 100),
    default=0,
    help="Write what became of so many issues, most helped and most harmed.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder for tables and charts.")
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), help="Language of what is printed and drawn; default: that of BASE."
)
@work_options
def compare(  # the options above
    base: str,
    alternatives: tuple[str, ...],
    replications: int | None,
    precisions: tuple[str, ...],
    primary: tuple[str, ...],
    margins: tuple[str, ...],
    level: float,
    simultaneous: bool,
    seed: int | None,
    engine: Engine,
    kpis: tuple[str, ...],
    stories: int,
    out: Path | None,
    lang: Literal["zh", "en"] | None,
    executor: ExecutorName | None,
    jobs: int | None,
    cluster: str | None,
    store: Path | None,
) -> None:
    """Compare BASE with each ALT, files or names of bundled scenarios, over the same issues.

    What an effect is, how sure, for whom: see docs/comparison.md.
    """
    if stories and out is None:
        raise click.UsageError("--stories needs --out DIR to write into")
    worker = executor_of(executor, jobs, cluster, engine=engine)
    given_margins, wanted = dict(map(_margin, margins)), [_precision(text) for text in precisions]
    scenarios = [loaded(name) for name in (base, *alternatives)]
    shown = lang or scenarios[0].lang
    with explained(*scenarios):
        from sim.study.compare import PRIMARY_KPIS, ComparisonError  # noqa: PLC0415  # after the input has been checked
        from sim.study.compare import compare as compare_scenarios  # noqa: PLC0415
        from sim.study.precision import PrecisionError  # noqa: PLC0415
        from sim.study.store import prepare_directory  # noqa: PLC0415

        if out is not None:
            prepare_directory(out)
        try:
            with progress_bar(TEXTS[shown]["running"]) as progress:
                comparison = compare_scenarios(
                    *scenarios,
                    replications=replications,
                    precision=wanted,
                    primary=primary or PRIMARY_KPIS,
                    margins=given_margins,
                    level=level,
                    intervals="simultaneous" if simultaneous else "each",
                    seed=seed,
                    kpis=kpis,
                    engine=engine,
                    executor=worker,
                    store=store,
                    progress=progress,
                )
        except (ComparisonError, PrecisionError) as error:
            raise click.ClickException(str(error)) from None
        _report(comparison, out, shown, stories)


def _report(comparison: Comparison, out: Path | None, lang: Literal["zh", "en"], stories: int) -> None:
    """Print what came out, then write the files."""
    from sim.cli.comparison_tables import print_comparison  # noqa: PLC0415

    texts = TEXTS[lang]
    print_comparison(comparison, lang)
    _say_how_precise(comparison, texts)
    count, seed = comparison.replications, comparison.baseline.scenario.seed
    click.echo(texts["done"].format(count=count, seed=seed, seconds=comparison.seconds))
    if out is None:
        click.echo(texts["unsaved"])
        return
    from sim.show.output import save  # noqa: PLC0415  # it loads matplotlib
    from sim.study.compare.files import write_stories  # noqa: PLC0415

    save(comparison, out, lang=lang)
    if stories:
        write_stories(comparison, out, count=stories)
    click.echo(texts["saved"].format(out=out))


def _say_how_precise(comparison: Comparison, texts: Mapping[str, str]) -> None:
    achieved = comparison.achieved
    if achieved is None:
        return
    if achieved.needed is not None:
        click.echo(texts["precise"].format(needed=achieved.needed, ahead=achieved.made - achieved.needed))
        return
    table = achieved.table
    missed = table[~(table["half_width"] <= table["allowed"])]
    names = [
        f"{row['kpi']} ({row['scenario']}) ±{row['half_width']:.3g} > ±{row['allowed']:.3g}"
        for row in missed.to_dict("records")
    ]
    click.echo(texts["imprecise"].format(made=achieved.made, missed=", ".join(names)), err=True)
