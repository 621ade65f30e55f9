"""The manifest of a run: all that is needed to know what it was and to do it again."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import PackageNotFoundError, requires, version
from re import match
from typing import TYPE_CHECKING

from sim.scenario.schema import data_files

if TYPE_CHECKING:
    from sim.study.result import Result

PACKAGE = "gridgov"


def manifest_of(result: Result) -> dict[str, object]:
    """Version, scenario with all defaults and its hash, seed, engine, packages, platform and run time of a result."""
    scenario = result.scenario
    return {
        "gridgov": package_version(),
        "scenario": scenario.resolved(),
        "scenario_sha256": scenario.hash,
        "data_sha256": {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in data_files(scenario)},
        "seed": scenario.seed,
        "engine": result.engine,
        "replications": result.count,
        "own_kpis": result.own_kpis,
        "packages": packages(),
        "platform": {
            "python": platform.python_version(),
            "system": platform.platform(),
            "machine": platform.machine(),
        },
        "seconds": round(result.seconds, 3),
    }


def package_version() -> str:
    """The version of gridgov; "unknown" if it runs from a directory without being installed."""
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return "unknown"


def packages() -> dict[str, str]:
    """The versions of the packages that gridgov needs, as installed."""
    try:
        lines = requires(PACKAGE) or []
    except PackageNotFoundError:
        lines = ["numpy", "pandas", "pydantic", "scipy", "simpy"]
    names = {found.group() for line in lines if "extra ==" not in line and (found := match(r"[\w.-]+", line))}
    return {name: version(name) for name in sorted(names)}
