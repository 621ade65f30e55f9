"""The manifest of a run: all that is needed to know what it was and to do it again."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import PackageNotFoundError, requires, version
from re import match
from typing import TYPE_CHECKING

from sim.scenario.schema import data_files
from sim.study.version import PACKAGE, package_version

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario
    from sim.study.result import Result


def manifest_of(result: Result) -> dict[str, object]:
    """Version, scenario with all defaults and its hash, seed, engine, packages, platform and run time of a result."""
    return {
        "gridgov": package_version(),
        **described(result.scenario),
        "engine": result.engine,
        "replications": result.count,
        "own_kpis": result.own_kpis,
        **surroundings(),
        "seconds": round(result.seconds, 3),
    }


def described(scenario: Scenario) -> dict[str, object]:
    """A scenario with all defaults, its hash and seed, and the digests of its data files."""
    return {
        "scenario": scenario.resolved(),
        "scenario_sha256": scenario.hash,
        "data_sha256": {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in data_files(scenario)},
        "seed": scenario.seed,
    }


def surroundings() -> dict[str, object]:
    """The versions of packages, of Python and of the system."""
    return {
        "packages": packages(),
        "platform": {
            "python": platform.python_version(),
            "system": platform.platform(),
            "machine": platform.machine(),
        },
    }


def packages() -> dict[str, str]:
    """The versions of the packages that gridgov needs, as installed."""
    try:
        lines = requires(PACKAGE) or []
    except PackageNotFoundError:
        lines = ["numpy", "pandas", "pydantic", "scipy", "simpy"]
    names = {found.group() for line in lines if "extra ==" not in line and (found := match(r"[\w.-]+", line))}
    return {name: version(name) for name in sorted(names)}
