"""Scenarios written in a test."""

from __future__ import annotations

import tempfile
from pathlib import Path

import sim


def scenario(text: str) -> sim.Scenario:
    """The scenario that a file with this text is."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scenario.yaml"
        file.write_text(text, encoding="utf-8")
        return sim.load(file)
