"""Sweeps: a scenario's fields over many settings, each run many times over the same chance."""

from sim.study.sweep.cells import Cell
from sim.study.sweep.files import write_sweep
from sim.study.sweep.result import CellRuns, Sweep
from sim.study.sweep.study import Study, is_study, load_study
from sim.study.sweep.sweeping import sweep

__all__ = ["Cell", "CellRuns", "Study", "Sweep", "is_study", "load_study", "sweep", "write_sweep"]
