"""The scenarios that come with gridgov: ``base``, ``street``, ``theory/mmc`` and so on."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sim.scenario.reading import read_file

#: the package ``sim`` as installed or checked out
PACKAGE = Path(__file__).resolve().parents[1]
STUDIES = "studies/"  # the folder of the bundled studies


@cache
def directory() -> Path:
    """Where the bundled scenarios are: in the installed package, or at the top of a source checkout.

    Raises FileNotFoundError if the installation is broken.
    """
    for place in (PACKAGE / "_scenarios", PACKAGE.parent / "scenarios"):
        if (place / "base.yaml").is_file():
            return place
    raise FileNotFoundError(f"the bundled scenarios are missing from {PACKAGE}: install gridgov again")


@cache
def names() -> tuple[str, ...]:
    """The bundled scenarios by name, sorted; those in a subfolder with it: ``theory/mmc``."""
    return tuple(name for name in _files() if not name.startswith(STUDIES))


@cache
def studies() -> tuple[str, ...]:
    """The bundled studies by name, sorted."""
    return tuple(name.removeprefix(STUDIES) for name in _files() if name.startswith(STUDIES))


def _files() -> list[str]:
    top = directory()
    return sorted(path.relative_to(top).with_suffix("").as_posix() for path in top.rglob("*.yaml"))


def find(name: str) -> Path | None:
    """The file of the bundled scenario ``name`` (with or without ``.yaml``), or None if there is none such."""
    plain = name.removesuffix(".yaml")
    return directory() / f"{plain}.yaml" if plain in names() else None


def find_study(name: str) -> Path | None:
    """The file of the bundled study ``name`` (with or without ``.yaml``), or None if there is none such."""
    plain = name.removesuffix(".yaml")
    return directory() / f"{STUDIES}{plain}.yaml" if plain in studies() else None


def title(name: str) -> dict[str, str]:
    """What a bundled scenario or study is called, in Chinese (``zh``) and English (``en``)."""
    path = find(name) or find_study(name)
    tree = read_file(path, name)[0] if path else None
    title = tree.child("title") if tree else None
    plain = title.plain() if title else name
    return plain if isinstance(plain, dict) else {"zh": plain, "en": plain}
