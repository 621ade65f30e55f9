"""The engines by name. Nothing is loaded for it."""

from __future__ import annotations

from typing import Literal, get_args

#: "compiled" is fast, "reference" can be read, "both" runs the two and raises EnginesDiffer if they part
Engine = Literal["compiled", "reference", "both"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
DEFAULT_ENGINE: Engine = "compiled"
