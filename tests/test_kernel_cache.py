"""Where the compiled kernel is kept, and interrupts while it is compiled."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from sim.engine.compiled import cache, entry


def test_the_kernel_is_kept_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDGOV_CACHE_DIR", str(tmp_path))
    assert cache.directory().parent == tmp_path


def test_where_nothing_can_be_written_a_temporary_directory_takes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a file").touch()
    monkeypatch.setenv("GRIDGOV_CACHE_DIR", str(tmp_path / "a file"))
    assert cache.directory().parent.name.startswith("gridgov-")


def test_its_folder_is_named_after_what_it_is_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    before = cache.directory()
    monkeypatch.setattr(cache, "_SOURCES", cache._SOURCES[1:])
    assert cache.directory() != before


def test_it_is_said_when_the_kernel_is_to_be_compiled(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache.announce(entry.run.stats.cache_path or "")
    assert not caplog.records
    cache.announce(str(tmp_path))
    assert [str(tmp_path) in record.getMessage() for record in caplog.records] == [True]


def test_an_interrupt_that_the_compiler_swallows_is_raised_at_the_end() -> None:
    def swallow() -> None:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # the tests may run where it is ignored
    try:
        with pytest.raises(KeyboardInterrupt), cache.heeding_interrupts():
            swallow()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
