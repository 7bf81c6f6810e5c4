"""WEB-COL-BLANK: columns without content."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from agents._columns import is_watched_column
from agents._count import Count
from agents._rest import Rest, rest_of
from streams.findings import Grade, Verdict, ok
from streams.looks import Shown
from streams.rules import Given, Revised, Seen, Told, Wake
from streams.subjects import ColumnType, Source, Subject

_NEVER = frozenset({ColumnType.LINK, ColumnType.SYSTEM, ColumnType.ALIAS, ColumnType.HOME})


class Blankness(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The state: since when it has been seen blank, and the last good look or wake."""

    since: datetime | None = None
    looked: datetime | None = None
    judged: datetime | None = None
    rest: Rest = Rest()


class WebColBlank(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A column has no content (空白栏目, 有栏目无内容); five are a veto.

    What it sees: good looks that show no item in a list that was in the page itself, not left to a script.
    When it speaks: a breach on the second such look at least `apart` after the first; a veto at `veto` columns.
    What to do: publish in it, or take the column off the site.
    """

    State = Blankness

    veto: int
    apart: timedelta = timedelta(hours=24)

    def applies(self, subject: Subject, source: Source | None) -> bool:
        """Columns that should hold something of their own."""
        watched = is_watched_column(subject, source)
        return watched and source is not None and source.column_type not in _NEVER

    def begin(self, subject: Subject, source: Source | None, at: datetime) -> Any:
        """Nothing seen yet."""
        return Blankness(rest=rest_of(subject, source))

    def step(self, state: Any, given: Given) -> tuple[Any, Sequence[Verdict]]:
        """Two blank looks far enough apart; the wake in between asks for the second."""
        if isinstance(given, Wake):
            return msgspec.structs.replace(state, judged=given.due), ()
        if isinstance(given, (Told, Revised)):
            return self._told(state, rest_of(given.subject, given.source), given.at)
        if isinstance(given, Seen) and given.look.good and isinstance(given.look.level, Shown):
            return self._see(state, given.look.witnessed_at, given.look.level)
        return state, ()

    def due(self, state: Any) -> datetime | None:
        """When a second look is worth having."""
        if state.since is None:
            return None
        second: datetime = state.since + self.apart
        return second if state.judged is None or second > state.judged else None

    def above(self) -> Count:
        """The site's count."""
        return Count("WEB-COL-BLANK", self, self.veto)

    def _told(self, state: Any, rest: Rest, at: datetime) -> tuple[Any, Sequence[Verdict]]:
        """A page taken down on purpose is not blank: what was seen until the rest is over is no first look after it."""
        if rest.ends(at):
            return Blankness(looked=state.looked, rest=rest), (ok("suspended"),)
        return (
            Blankness(looked=at, rest=rest) if state.rest.ends(at) else msgspec.structs.replace(state, rest=rest)
        ), ()

    def _see(self, state: Any, moment: datetime, shown: Shown) -> tuple[Any, Sequence[Verdict]]:
        if state.looked is not None and moment < state.looked:
            return state, ()
        if state.rest.ends(moment):
            return Blankness(looked=moment, rest=state.rest), (ok("suspended"),)
        if shown.count:
            return Blankness(None, moment, moment, state.rest), (ok("updated"),)
        if not shown.rendered:
            return msgspec.structs.replace(state, looked=moment), ()
        return self._blank(state, moment)

    def _blank(self, state: Any, moment: datetime) -> tuple[Any, Sequence[Verdict]]:
        since = state.since if state.since is not None else moment
        moved = Blankness(since, moment, moment, state.rest)
        if moment < since + self.apart:
            return moved, ()
        return moved, (Verdict(level=Grade.BREACH, since=since, due=since + self.apart, why="blank"),)
