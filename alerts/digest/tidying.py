"""A digest made harmless before it is shown: titles and names come from pages and tables of others."""

from __future__ import annotations

import msgspec

from alerts.digest.value import Day, Digest, Rank, Row, Section, Watched
from alerts.plain import LINE, TITLE, URL, one_line


def tidy_digest(digest: Digest) -> Digest:
    """The digest with hostile characters gone and every text bounded."""
    coverage = digest.coverage
    lists = {name: _section(getattr(digest, name)) for name in ("opened", "closed", "standing", "repeated")}
    return msgspec.structs.replace(
        digest,
        scope=one_line(digest.scope, TITLE),
        coverage=Watched(
            coverage.good, coverage.subjects, coverage.good_sources, coverage.sources, _section(coverage.blind)
        ),
        due=tuple(Day(day.day, one_line(day.title), tuple(map(_row, day.rows))) for day in digest.due),
        ranks=tuple(_rank(one) for one in digest.ranks),
        unsubscribe=_link(digest.unsubscribe),
        **lists,
    )


def _section(section: Section) -> Section:
    return Section(section.count, tuple(map(_row, section.rows)))


def _row(row: Row) -> Row:
    return msgspec.structs.replace(
        row,
        text=one_line(row.text, TITLE),
        unit=one_line(row.unit, LINE),
        url=_link(row.url),
    )


def _link(url: str) -> str:
    """An address as it was, or none: half an address leads elsewhere."""
    fits = url == one_line(url, URL) and " " not in url and url.isascii()
    return url if fits and url.startswith(("http://", "https://")) else ""


def _rank(rank: Rank) -> Rank:
    return msgspec.structs.replace(rank, unit=one_line(rank.unit, TITLE))
