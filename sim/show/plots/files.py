"""Charts as files: the same figure gives the same bytes, and a file appears whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from sim.show.style import chart_style
from sim.study.store import replacing

RESOLUTION = 150  # dots per inch
#: what each kind of file says of itself; a date would make every run differ
METADATA: dict[str, dict[str, str | None]] = {"png": {}, "svg": {"Date": None}}


def write_charts(charts: Iterable[tuple[str, Figure]], directory: str | Path) -> list[Path]:
    """Write each chart as PNG and SVG under its name into ``directory``, which is made if need be; the files written.

    Raises OutputError (an OSError) for a file that cannot be written.
    """
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name, figure in charts:
        _settle(figure)
        for suffix in ("png", "svg"):
            path = directory / f"{name}.{suffix}"
            _save(figure, path)
            written.append(path)
    return written


def _settle(figure: Figure) -> None:
    """Lay the figure out for good, to whole ten-thousandths: the solver's last digits are not the same every time."""
    with chart_style():
        figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        axes.set_position(Bbox(axes.get_position().get_points().round(4)))


def _save(figure: Figure, path: Path) -> None:
    kind = path.suffix[1:]
    with chart_style(), replacing(path) as temporary:
        figure.savefig(temporary, format=kind, dpi=RESOLUTION, metadata=METADATA[kind])
