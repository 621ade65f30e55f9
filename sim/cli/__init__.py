"""The command line: gridgov new | check | run | compare | verify | explain | schema | list.

Exit codes: 0 done; 2 the user's input is wrong (a message, no traceback); 1 a fault of gridgov; 130 interrupted.
"""

from __future__ import annotations

from sim.cli.commands import main

__all__ = ["main"]
