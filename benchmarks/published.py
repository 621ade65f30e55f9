"""The calibrated district against its published figures, as a table.

    gridgov run xinghualing --replications 20 --jobs 2 --out out/xinghualing
    python benchmarks/published.py out/xinghualing

For each figure: mean and standard deviation over the replications, the 95 % prediction interval of one more year
(mean ± t·s·√(1 + 1/n)), its half-width in per cent of the mean, and the published figure.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
from scipy import stats

PUBLISHED = {
    "household_visits": ("household visits", 317_000),
    "visit_found_info": ("information updates", 17_551),
    "visit_found_dispute": ("disputes", 894),
    "visit_found_security": ("public-security problems", 2_798),
    "visit_found_hazard": ("hazards", 1_394),
}


def row(values: pd.Series, published: int) -> dict[str, float]:
    """Mean, standard deviation and prediction interval of ``values`` beside the published figure."""
    n, mean, deviation = len(values), values.mean(), values.std(ddof=1)
    half = stats.t.ppf(0.975, n - 1) * deviation * (1 + 1 / n) ** 0.5
    return {
        "mean": mean,
        "sd": deviation,
        "low": mean - half,
        "high": mean + half,
        "half_width_percent": 100 * half / mean,
        "published": published,
        "off_percent": 100 * (mean / published - 1),
    }


def main() -> None:
    table = pd.read_csv(Path(sys.argv[1]) / "replications.csv")
    print(
        "| recorded through household visits | mean | sd | 95 % prediction interval | half-width | published | mean off by |"
    )
    print("|---|---|---|---|---|---|---|")
    for kpi, (name, published) in PUBLISHED.items():
        r = row(table.loc[table["kpi"] == kpi, "value"], published)
        inside = "" if r["low"] <= published <= r["high"] else " **outside**"
        print(
            f"| {name} (`{kpi}`) | {r['mean']:,.0f} | {r['sd']:,.0f} | {r['low']:,.0f} – {r['high']:,.0f} "
            f"| {r['half_width_percent']:.1f} % | {published:,}{inside} | {r['off_percent']:+.1f} % |"
        )


if __name__ == "__main__":
    main()
