"""The digest as the HTML of a mail: one column of tables, which reads the same at 360 and at 1,200 pixels."""

from __future__ import annotations

import base64
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template

from alerts.digest.chart import COLOURS, HEIGHT, WIDTH, draw
from alerts.digest.plain import Speech
from alerts.digest.value import Digest, Row

FEW = 4
CHART = "chart"  # the picture's name inside the mail


def as_html(digest: Digest, language: str, chart: str, attached: str = "") -> str:
    """The whole digest; `chart` is the address of the picture, `attached` the name of the calendar."""
    speech = Speech(digest, language)
    return _template().render(
        digest=digest,
        speech=speech,
        language=language,
        chart=chart,
        attached=attached if digest.due else "",
        height=round(HEIGHT * 560 / WIDTH),
        slots=slots(digest),
        level=_mark,
        bars=COLOURS,
    )


def standalone(digest: Digest, language: str) -> str:
    """The same as a file of its own, with the picture in it."""
    picture = base64.b64encode(picture_of(digest)).decode()
    return as_html(digest, language, f"data:image/png;base64,{picture}")


def picture_of(digest: Digest) -> bytes:
    """The chart as a PNG."""
    return draw(digest.trend, slots(digest))


def slots(digest: Digest) -> int:
    """How many columns the chart has room for: it grows with the first weeks."""
    return max(FEW, len(digest.trend))


def _mark(row: Row) -> str:
    """The name of a row's colour."""
    if row.closed is not None:
        return "ok"
    return {"veto": "bad", "breach": "bad", "due_soon": "soon"}.get(row.level, "note")


@lru_cache(maxsize=1)
def _template() -> Template:
    text = (files("alerts") / "templates" / "digest.html").read_text(encoding="utf-8")
    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return made.from_string(text)
