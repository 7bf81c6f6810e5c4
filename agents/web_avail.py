"""WEB-AVAIL: a site that does not open often enough."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from agents._rest import AWAKE, Rest, rest_of
from streams.days import DAY, day_of, start_of
from streams.findings import Grade, Verdict, ok
from streams.looks import Look, Opening
from streams.records import Tally
from streams.rules import Counted, Given, Revised, Seen, Told
from streams.subjects import Kind, Source, Status, Subject

NOW = "now"  # the item of "down now"; the window's matter has none
_HOUR = timedelta(hours=1)


class Visits(msgspec.Struct, frozen=True, omit_defaults=True):
    """The state: conclusive probes and failures by Shanghai day (as ordinals), the last day judged, the streak."""

    days: tuple[tuple[int, int, int], ...] = ()  # (day, probes, failures)
    began: int = 0  # the last day that is no part of a whole week: the first of the watch, or the last of a rest
    judged: int = 0
    streak: int = 0
    looked: datetime | None = None
    vetoed: bool = False
    rest: Rest = AWAKE


class WebAvail(msgspec.Struct, frozen=True, kw_only=True):
    """A site did not open in time too often over a week (监测1周，每天20次以上，15秒打不开累计占比≥5%).

    What it sees: hourly tallies of probes; and every single failure, for "down now".
    When it speaks: a veto when the last `days` complete days had `probes` a day and failures reached `share_of` in a
    hundred; unknown where a day had fewer; due soon after `streak` conclusive failures in a row, until it opens.
    What to do: see the cause (DNS, connection, certificate, server, speed) and repair it; two weak days are enough.
    """

    State = Visits

    days: int
    probes: int
    share_of: int  # failures in a hundred probes, reached or exceeded (含)
    streak: int = 3

    def applies(self, subject: Subject, source: Source | None) -> bool:
        """The probe of a site in operation or at rest; 注销中 sites must still open."""
        if source is None or source.connector != "probe" or subject.kind is not Kind.SITE:
            return False
        return subject.status in {Status.RUNNING, Status.CLOSING, Status.SUSPENDED}

    def begin(self, subject: Subject, source: Source | None, at: datetime) -> Any:
        """No visit yet; the first day is not complete."""
        return Visits(began=day_of(at).toordinal(), rest=rest_of(subject, source))

    def step(self, state: Any, given: Given) -> tuple[Any, Sequence[Verdict]]:
        """Tallies fill the days; looks make and break the streak."""
        if isinstance(given, Counted):
            return self._count(state, given.tally)
        if isinstance(given, Seen) and given.look.good and isinstance(given.look.level, Opening):
            return self._see(state, given.look, given.look.level)
        if isinstance(given, (Told, Revised)):
            return self._told(state, given)
        return state, ()

    def due(self, state: Any) -> datetime | None:
        """Never: the tally that completes a day comes by itself."""
        return None

    def _see(self, state: Any, look: Look, opening: Opening) -> tuple[Any, Sequence[Verdict]]:
        if state.looked is not None and look.witnessed_at <= state.looked:
            return state, ()  # older, or the last one, shown once more because of a fact
        if state.rest.ends(look.witnessed_at) is not None:
            return _begin(state, look.witnessed_at), _RESTING
        streak = 0 if opening.opens else state.streak + 1
        moved = msgspec.structs.replace(state, streak=streak, looked=look.witnessed_at)
        if opening.opens:
            return moved, (ok("opens", NOW),)
        if streak < self.streak:
            return moved, ()
        args = {"cause": opening.cause} | ({"status": str(opening.status)} if opening.status else {})
        return moved, (Verdict(level=Grade.DUE_SOON, item=NOW, why="down", args=args),)

    def _count(self, state: Any, tally: Tally) -> tuple[Any, Sequence[Verdict]]:
        today = day_of(tally.hour).toordinal()
        if state.rest.ends(tally.hour) is not None:
            return _begin(state, tally.hour), _RESTING
        days = {day: (probes, failures) for day, probes, failures in state.days if day > today - self.days - 2}
        probes, failures = days.get(today, (0, 0))
        days[today] = (probes + tally.probes, failures + tally.failures)
        # The last hour completes its day; where it never came, the next tally completes the day before.
        complete = today if day_of(tally.hour + _HOUR) > day_of(tally.hour) else today - 1
        kept = tuple((day, *counts) for day, counts in sorted(days.items()))
        moved = msgspec.structs.replace(state, days=kept)
        if complete <= state.judged or complete - self.days < state.began:
            return moved, ()
        verdict = self._judge(days, complete)
        moved = msgspec.structs.replace(moved, judged=complete)
        if verdict.level is Grade.UNKNOWN and state.vetoed:
            return moved, ()  # an open veto stays while we cannot judge
        return msgspec.structs.replace(moved, vetoed=verdict.level is Grade.VETO), (verdict,)

    def _judge(self, days: dict[int, tuple[int, int]], last: int) -> Verdict:
        window = [days.get(day, (0, 0)) for day in range(last - self.days + 1, last + 1)]
        probes, failures = sum(n for n, _ in window), sum(f for _, f in window)
        args = {"probes": str(probes), "failures": str(failures), "days": str(self.days)}
        day = date.fromordinal(last)
        due = start_of(day + DAY)
        if min(n for n, _ in window) < self.probes:
            return Verdict(level=Grade.UNKNOWN, why="thin", args=args)
        if failures * 100 < self.share_of * probes:
            return ok("opens")
        since = start_of(day - (self.days - 1) * DAY)
        return Verdict(level=Grade.VETO, since=since, due=due, why="down_often", args=args)

    def _told(self, state: Any, given: Told | Revised) -> tuple[Any, Sequence[Verdict]]:
        rest = rest_of(given.subject, given.source)
        moved = state if rest == state.rest else msgspec.structs.replace(state, rest=rest)
        if rest.ends(given.at) is not None:
            return _begin(moved, given.at), _RESTING
        return (moved if state.rest.ends(given.at) is None else _begin(moved, given.at)), ()


_RESTING = (ok("suspended"), ok("suspended", NOW))


def _begin(state: Visits, at: datetime) -> Visits:
    """What was counted before or in a rest is no part of a week after it: whole days begin after its last."""
    end = state.rest.ends(at)
    last = day_of(at if end is None else end - DAY)
    return Visits(began=last.toordinal(), judged=state.judged, looked=state.looked, rest=state.rest)
