"""The Chinese font that the charts bring along, so that they read the same on every machine."""

from __future__ import annotations

from pathlib import Path

FAMILY = "Gridgov Sans SC"
FILE = Path(__file__).parent / "GridgovSansSC-Regular.otf"
