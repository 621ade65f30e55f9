"""Cuts the Chinese font from Noto Sans CJK: ``python -m sim.show.fonts.build NotoSansCJK-Regular.ttc``.

Needed only to change the set of characters; the README beside this file says where the original comes from.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
from fontTools.ttLib import TTCollection, TTFont  # type: ignore[import-untyped]

from sim.show.fonts import FAMILY, FILE

ORIGINAL = "Noto Sans CJK SC"
POSTSCRIPT = FILE.stem
#: hanzi of the Table of General Standard Chinese Characters (2013) that GB 2312 lacks; place names need them
BEYOND_GB2312 = Path(__file__).parent / "beyond_gb2312.txt"

#: rows of GB 2312, by first byte: punctuation, numerals and full-width forms; hanzi of levels 1 and 2
SIGNS, HANZI = range(0xA1, 0xA4), range(0xB0, 0xF8)
#: ASCII, Latin-1 signs, dashes and quotes, arrows and relations, units, CJK punctuation, full-width forms
BLOCKS = (
    range(0x20, 0x7F),
    range(0xA0, 0xC0),
    range(0x2010, 0x2040),
    range(0x2190, 0x2194),
    range(0x2264, 0x2266),
    range(0x3000, 0x3020),
    range(0x338E, 0x3390),
    range(0x339C, 0x33A2),
    range(0xFF01, 0xFFE7),
)

#: records of the name table: id → text; the copyright (0) and licence (13, 14) stay as they are
NAMES = {
    1: FAMILY,
    2: "Regular",
    3: f"1.000;{POSTSCRIPT}",
    4: FAMILY,
    5: "Version 1.000",
    6: POSTSCRIPT,
    10: "Subset of Noto Sans CJK SC 2.004, renamed; cut for the charts of gridgov",
}
KEPT_NAMES = (0, 13, 14)


def repertoire() -> set[str]:
    """The characters of the font: all that a Chinese chart of a Chinese place may want to write."""
    chosen = {chr(code) for block in BLOCKS for code in block}
    for rows in (SIGNS, HANZI):
        chosen |= {_gb2312(high, low) for high in rows for low in range(0xA1, 0xFF)}
    chosen |= set(BEYOND_GB2312.read_text(encoding="utf-8"))
    return chosen - {"", "\n"}


def _gb2312(high: int, low: int) -> str:
    return bytes((high, low)).decode("gb2312", errors="ignore")


def cut(collection: Path, target: Path) -> None:
    """Write the font of ``collection`` that suits simplified Chinese, cut and renamed, to ``target``."""
    font = TTFont(collection, fontNumber=_number_of(ORIGINAL, collection), recalcTimestamp=False)
    subsetter = Subsetter(_options())
    subsetter.populate(text="".join(sorted(repertoire())))
    subsetter.subset(font)
    _rename(font)
    font.save(target)


def _number_of(family: str, collection: Path) -> int:
    families = [font["name"].getDebugName(1) for font in TTCollection(collection).fonts]
    return families.index(family)


def _options() -> Options:
    """Outlines and widths only: charts need no vertical setting, no alternates and no hints."""
    options = Options()
    options.hinting = False
    options.layout_features = []
    options.notdef_outline = True
    options.name_IDs = list(KEPT_NAMES)
    options.drop_tables += ["BASE", "GDEF", "GPOS", "GSUB", "VORG", "vhea", "vmtx"]
    return options


def _rename(font: TTFont) -> None:
    """The licence reserves the original's name, so a changed font must not bear it."""
    for number, text in NAMES.items():
        font["name"].setName(text, number, platformID=3, platEncID=1, langID=0x409)
    cff = font["CFF "].cff
    cff.fontNames = [POSTSCRIPT]
    top = cff.topDictIndex[0]
    top.FullName, top.FamilyName = FAMILY, FAMILY
    for index, part in enumerate(top.FDArray):
        part.FontName = f"{POSTSCRIPT}-{index}"


if __name__ == "__main__":
    cut(Path(sys.argv[1]), FILE)
