"""Compile the kernel before the tests are shared out, so that it is done once and no test waits for it."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # not in the processes among which the tests are shared out
        from sim.engine import compiled  # noqa: PLC0415  # once the folders of the tests are on the path

        compiled.load()
