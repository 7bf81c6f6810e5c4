"""The digests of a week, out of the store: what was known at the end of the week, whenever they are made."""

from __future__ import annotations

from datetime import datetime, timedelta

from agents._pack import Pack
from alerts.board import Language, Settings
from alerts.digest.fold import fold
from alerts.digest.making import Source
from alerts.digest.served import counted
from alerts.digest.week import Week
from alerts.quotas import percent
from streams.ports.store import Store
from streams.rules import Rules
from streams.workdays import Workdays
from zhiban.counting import Counting

MOMENT = timedelta(microseconds=1)


class WeekBook:
    """Reads one store for the digests of a week."""

    def __init__(self, store: Store, rules: Rules, pack: Pack, settings: Settings, workdays: Workdays) -> None:
        """Nothing is read yet."""
        self._store, self._settings, self._workdays = store, settings, workdays
        self._counting = Counting(store, rules, pack, workdays)

    def read(self, week: Week, until: datetime | None = None) -> Source:
        """What was known at the end of `week`, or at `until` where it is not over: findings, facts about messages and
        the desk, by log time strictly before it. What came later changes nothing."""
        end = week.until if until is None else min(until, week.until)
        with self._store.read() as tx:
            told = fold(tx.findings_until(end - MOMENT), end, self._settings, Language(workdays=self._workdays))
            cases = tx.cases(end - MOMENT, known=end)
            letters = counted(told, cases, self._counting.law)
        style = self._counting.pack.messages
        return Source(
            week,
            told,
            letters,
            lambda part, whole: percent(part, whole, style.decimals, style.rounding),
            self._workdays,
        )
