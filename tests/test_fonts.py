"""The Chinese font: it is there, it may be passed on, and charts write every character that they need with it."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from pathlib import Path

import matplotlib as mpl
import matplotlib.font_manager
import pytest
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from sim.show import fonts, style
from sim.show.fonts.build import repertoire
from sim.study.kpis import KPIS

DEJAVU = Path(mpl.get_data_path(), "fonts/ttf/DejaVuSans.ttf")
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def characters() -> set[int]:
    """The code points of our font."""
    return set(TTFont(fonts.FILE).getBestCmap())


def test_font_bears_our_name_and_its_own_licence() -> None:
    names = TTFont(fonts.FILE)["name"]
    own = [names.getDebugName(number) for number in (1, 3, 4, 6)]
    assert own[0] == own[2] == fonts.FAMILY
    assert not any(reserved in name for name in own for reserved in ("Noto", "Source"))
    assert "Open Font License" in names.getDebugName(13)
    assert "Adobe" in names.getDebugName(0)
    assert "SIL OPEN FONT LICENSE Version 1.1" in (fonts.FILE.parent / "OFL.txt").read_text()


def test_font_is_small_enough_to_be_shipped() -> None:
    assert 1_000_000 < fonts.FILE.stat().st_size < 2_000_000


def test_font_has_all_hanzi_of_gb2312_and_of_the_general_table(characters: set[int]) -> None:
    hanzi = {character for character in repertoire() if "\u4e00" <= character <= "\u9fff" or character > "\uffff"}
    assert len(hanzi) >= 6763 + 1467 - 120  # a few stand in other blocks
    assert {character for character in hanzi if ord(character) not in characters} == set()


@pytest.mark.parametrize("character", "，。：；（）《》“”、？！①㎡硚窊滘𬇹")
def test_font_has_what_place_names_and_chinese_sentences_need(character: str, characters: set[int]) -> None:
    assert ord(character) in characters


def test_every_character_we_ship_can_be_written(characters: set[int]) -> None:
    can = characters | set(TTFont(DEJAVU).getBestCmap()) | {ord("\n")}
    texts = [path.read_text(encoding="utf-8-sig") for path in (ROOT / "scenarios").rglob("*.[cy][sa][vm]*")]
    texts += [kpi.zh + kpi.en for kpi in KPIS.values()]
    assert texts
    assert {c for text in texts for c in text if ord(c) not in can} == set()


def test_hanzi_come_from_our_file_and_letters_from_dejavu() -> None:
    with style.chart_style():
        asked = FontProperties(family=mpl.rcParams["font.family"])
    for text, file in (("汉字：窊流", fonts.FILE), ("gridgov 12345 %", DEJAVU)):
        drawn, expected = TextPath((0, 0), text, prop=asked), TextPath((0, 0), text, prop=FontProperties(fname=file))
        assert drawn.vertices.shape == expected.vertices.shape
        assert abs(drawn.vertices - expected.vertices).max() < 1e-6


def test_hanzi_are_drawn_where_no_chinese_font_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    with style.chart_style():
        known = mpl.font_manager.fontManager.ttflist
        bare = [font for font in known if font.name in ("DejaVu Sans", fonts.FAMILY)]
        monkeypatch.setattr(mpl.font_manager.fontManager, "ttflist", bare)
        mpl.font_manager.fontManager._findfont_cached.cache_clear()
        figure = Figure()
        figure.text(0.5, 0.5, "网格化治理：窊流路街道")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            figure.draw_without_rendering()
    monkeypatch.undo()
    mpl.font_manager.fontManager._findfont_cached.cache_clear()


def test_a_missing_glyph_is_noticed() -> None:
    with style.chart_style():
        figure = Figure()
        figure.text(0.5, 0.5, "\u16a0\U0001f9ff")
        with pytest.warns(UserWarning, match="missing from font"):
            figure.draw_without_rendering()


def test_the_users_settings_are_untouched() -> None:
    code = """
import json, matplotlib as mpl
mpl.rcParams["font.size"], mpl.rcParams["svg.fonttype"] = 31, "none"
before = dict(mpl.rcParams)
import sim.show.plots
from sim.show.style import chart_style
with chart_style():
    inside = mpl.rcParams["font.size"]
print(json.dumps([inside, dict(mpl.rcParams) == before]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert json.loads(done.stdout) == [10, True]


def test_settings_come_back_after_an_error() -> None:
    before = dict(mpl.rcParams)
    with pytest.raises(ZeroDivisionError), style.chart_style():
        raise ZeroDivisionError
    assert dict(mpl.rcParams) == before
