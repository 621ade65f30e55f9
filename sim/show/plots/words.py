"""Words that several charts share, in both languages, and how numbers and names are written in charts."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Literal, cast

from sim.engine.log import Log

Lang = Literal["zh", "en"]
Text = Mapping[str, str]

UNITS: tuple[tuple[int, Text], ...] = (
    (1, {"zh": "秒", "en": "s"}),
    (60, {"zh": "分钟", "en": "min"}),
    (3600, {"zh": "小时", "en": "h"}),
    (86_400, {"zh": "天", "en": "d"}),
)


def text_of(zh: str, en: str) -> Text:
    """A text in both languages, with a capital letter where there are any."""
    return {"zh": zh, "en": en[:1].upper() + en[1:]}


def titles_of(log: Log, kind: str, lang: Lang) -> list[str]:
    """What people call the rows of ``kind`` (category, channel, street …); their ids if they have no titles."""
    plural = {"category": "categories", "community": "communities"}.get(kind, f"{kind}s")
    titles = cast("Sequence[Text] | None", log.plan.labels.get(f"{kind}_titles"))
    if titles is None:
        return [str(id) for id in cast("Sequence[object]", log.plan.labels.get(plural, ()))]
    return [text_of(title["zh"], title["en"])[lang] for title in titles]


def scenario_title(log: Log, lang: Lang) -> str:
    """The scenario's title, or its name."""
    title = cast("Text | None", log.plan.labels.get("title"))
    return title[lang] if title else str(log.plan.labels.get("scenario", ""))


def count(number: float) -> str:
    """A whole number with thousands set apart."""
    return f"{number:,.0f}"


def share(part: float, whole: float) -> str:
    """``part / whole`` as people write it: whole per cent, and one decimal where it is small."""
    percent = 100 * part / whole if whole else 0.0
    if percent == 0 or percent >= 9.95:
        return f"{percent:.0f} %"
    return "<0.1 %" if percent < 0.05 else f"{percent:.1f} %"


def length(seconds: float, lang: Lang) -> str:
    """A length of time in the unit in which people would say it."""
    unit, name = next(((unit, name) for unit, name in reversed(UNITS) if seconds >= 0.995 * unit), UNITS[0])
    number = seconds / unit
    return f"{number:.0f} {name[lang]}" if number >= 9.95 else f"{number:.1f} {name[lang]}"


def day_of(log: Log, seconds: int) -> date:
    """The date on which an instant of the run falls."""
    return log.plan.start + timedelta(seconds=seconds)


def shorten(text: str, columns: int) -> str:
    """``text`` cut to so many columns, a Chinese character taking two; "…" shows that it was cut."""
    if width(text) <= columns:
        return text
    while width(text) > columns - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def width(text: str) -> int:
    """Columns that a text takes, a Chinese character counting two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
