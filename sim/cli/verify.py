"""gridgov verify: the engines against theory, against each other, and against the invariants."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import click

from sim.cli.common import progress_bar
from sim.cli.table import WIDTH

if TYPE_CHECKING:
    from sim.study.verify.agreement import PlanCheck
    from sim.study.verify.theory import TheoryCheck

DONE, FAULT = 0, 1
SHOWN = 3  # differences shown in full

TEXTS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "plans": "随机计划",
        "answers": "理论",
        "agreement": "两个引擎逐行一致（比较的行数）",
        "invariants": "不变量",
        "theory": "理论值与仿真值（半宽不超过理论值的 3%，|z| ≤ 4）",
        "differ": "{count} 个随机计划上两个引擎不一致：种子 {seeds}",
        "broken": "{count} 个随机计划违反不变量：种子 {seeds}",
        "again": "重现：gridgov verify --seed {seed} --plans 1 --no-theory",
        "yes": "通过",
        "no": "不通过",
    },
    "en": {
        "plans": "random plans",
        "answers": "theory",
        "agreement": "Both engines agree, row for row (rows compared)",
        "invariants": "Invariants",
        "theory": "Theory and simulation (half-width at most 3 % of the answer, |z| ≤ 4)",
        "differ": "the engines differ on {count} random plans: seeds {seeds}",
        "broken": "invariants are broken on {count} random plans: seeds {seeds}",
        "again": "again: gridgov verify --seed {seed} --plans 1 --no-theory",
        "yes": "holds",
        "no": "FAILS",
    },
}
HEADS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "zh": {
        "agreement": ("计划", "事件", "其中同时发生", "案件", "问题", "人日", "不一致的计划", ""),
        "invariants": ("检查的日志", "违反的日志", ""),
        "theory": ("行", "模型", "参数", "指标", "理论值", "仿真值", "95% 置信区间", "z", ""),
    },
    "en": {
        "agreement": (
            "plans",
            "events",
            "of them simultaneous",
            "cases",
            "issues",
            "worker-days",
            "plans that differ",
            "",
        ),
        "invariants": ("logs checked", "logs that break one", ""),
        "theory": ("row", "model", "parameters", "metric", "theory", "simulated", "95 % interval", "z", ""),
    },
}


@click.command()
@click.option("--plans", type=click.IntRange(0), default=500, show_default=True, help="How many random plans.")
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the first of them; the next follow."
)
@click.option("--theory/--no-theory", default=True, show_default=True, help="Known answers of queueing theory too.")
@click.option("--jobs", type=click.IntRange(1, 1024), default=1, show_default=True, help="Processes at a time.")
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True, help="Language of the tables."
)
def verify(plans: int, seed: int, theory: bool, jobs: int, lang: Literal["zh", "en"]) -> int:
    """See whether this installation computes what it should: the engines agree, invariants hold, theory is met."""
    from sim.study.verify.checking import check_plans, check_theory  # noqa: PLC0415  # nothing is loaded before it is needed

    holds = True
    if plans:
        with progress_bar(TEXTS[lang]["plans"]) as progress:
            checked = check_plans(plans, seed=seed, jobs=jobs, progress=progress)
        holds = _show_plans(checked, lang)
    if theory:
        with progress_bar(TEXTS[lang]["answers"]) as progress:
            answers = check_theory(jobs=jobs, progress=progress)
        holds = _show_theory(answers, lang) and holds
    return DONE if holds else FAULT


def _show_plans(checked: Sequence[PlanCheck], lang: str) -> bool:
    """Print what random plans have shown; is it all as it should be?"""
    texts = TEXTS[lang]
    differ = [check for check in checked if check.difference]
    broken = [check for check in checked if check.broken]
    rows = {table: f"{sum(check.rows[table] for check in checked):,}" for table in checked[0].rows}
    at_once = f"{sum(check.simultaneous for check in checked):,}"
    compared = (rows["events"], at_once, rows["cases"], rows["issues"], rows["days"])
    agree = (str(len(checked)), *compared, str(len(differ)), texts[_word(not differ)])
    _print_table("agreement", [agree], lang)
    _print_table("invariants", [(str(len(checked)), str(len(broken)), texts[_word(not broken)])], lang)
    _tell("differ", differ, [check.difference for check in differ], texts)
    _tell("broken", broken, [check.broken for check in broken], texts)
    return not differ and not broken


def _tell(what: str, checks: Sequence[PlanCheck], found: Sequence[str], texts: Mapping[str, str]) -> None:
    """The first faults in full, with the command that shows them again, and the seeds of all."""
    for check, text in list(zip(checks, found, strict=True))[:SHOWN]:
        click.echo(f"{text}\n{texts['again'].format(seed=check.seed)}\n")
    if checks:
        click.echo(texts[what].format(count=len(checks), seeds=", ".join(str(check.seed) for check in checks)))


def _show_theory(answers: Sequence[TheoryCheck], lang: str) -> bool:
    """Print each answer beside the simulation; do all hold?"""
    rows, above = [], ("", "")
    for check in answers:
        answer, found = check.answer, check.found
        model = (answer.model, answer.params.replace(";", "; "))
        numbers = (f"{answer.value:.4g}", f"{found.mean:.4g}", f"{found.low:.4g} … {found.high:.4g}", f"{check.z:+.2f}")
        word = TEXTS[lang][_word(check.holds)]
        rows.append((str(answer.row), *(("", "") if model == above else model), answer.metric, *numbers, word))
        above = model
    _print_table("theory", rows, lang)
    return all(check.holds for check in answers)


def _word(holds: bool) -> str:
    return "yes" if holds else "no"


def _print_table(name: str, rows: Iterable[Sequence[str]], lang: str) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=TEXTS[lang][name], title_justify="left")
    for head in HEADS[lang][name]:
        table.add_column(head, overflow="fold", min_width=17 if head == HEADS[lang]["theory"][1] else None)
    for cells in rows:
        table.add_row(*map(escape, cells))
    Console(width=None if sys.stdout.isatty() else WIDTH).print(table)
