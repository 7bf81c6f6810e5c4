"""Who gets a digest, and that every week's is made once: at its time by itself, or when it is asked for."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from agents._pack import Pack
from alerts.board import Settings
from alerts.digest.making import Source, make
from alerts.digest.plain import key_of, letter_of
from alerts.digest.value import Subscription
from alerts.digest.week import Week, due_of, week_of, weeks_due
from alerts.letter import Letter
from alerts.routing import Recipient
from streams.ports.store import Store
from streams.rules import Rules
from zhiban.config import Config, ConfigError, read
from zhiban.deskwork import draft
from zhiban.digesting import WeekBook
from zhiban.sending import CONSOLE
from zhiban.subscribing import gone
from zhiban.wiring import load_workdays
from zhiban.words import say

log = logging.getLogger(__name__)
PAUSE = timedelta(minutes=10)  # after a failure: the desk goes on meanwhile


def subscriptions(config: Config, base: Path) -> tuple[Subscription, ...]:
    """Who gets a digest; raises ConfigError where a channel is none, or where a recipient stands there twice."""
    where = str(base / "zhiban.toml")
    found: list[Subscription] = []
    for index, table in enumerate(config.digests):
        place = f"{where}: digests[{index}]"
        one: Subscription = read(table, Subscription, place, base)
        known = sorted({CONSOLE, *config.channels})
        if one.channel not in known:
            raise ConfigError(say("config.digest.channel", where=place, found=one.channel, expected=", ".join(known)))
        if one.id in {other.id for other in found}:
            raise ConfigError(say("config.digest.twice", where=place, channel=one.channel, to=one.to))
        found.append(one)
    return tuple(found)


class DigestWork:
    """Makes the digests of one working directory, each at most once; several at work at the same time do no harm."""

    def __init__(self, store: Store, config: Config, base: Path, rules: Rules, pack: Pack, settings: Settings) -> None:
        """`settings` are the desk's, whose morning is the digests' too. Raises ConfigError."""
        self._store, self._config = store, config
        self._workdays = load_workdays(config, base)
        self._hour = settings.morning
        self.subscriptions = subscriptions(config, base)
        self.book = WeekBook(store, rules, pack, self._workdays)
        self._next: datetime | None = None  # before it there is nothing to do

    def turn(self, now: datetime) -> None:
        """Make what is due, a step at a time. A failure is said, and tried again a little later."""
        if not self.subscriptions or (self._next is not None and now < self._next):
            return
        try:
            self._next = self._turn(now)
        except Exception:
            log.exception("the weekly digest was not made; tried again in %s", PAUSE)
            self._next = now + PAUSE

    def _turn(self, now: datetime) -> datetime | None:
        """Make what is due by log time; when to look again, or None for at once: the log has not come so far, or the
        ledger has not been folded to the end."""
        with self._store.read() as tx:
            known = tx.watermark()
        if known is None or known < self._last_due(now):
            return None
        for week in weeks_due(known, self._workdays, self._hour):
            if self._missing(self._keys(week, self.subscriptions)) and not self.book.fold.carry_on(week):
                return None
            made = self.put(week, self.subscriptions, now)
            if any(made.values()):
                log.info("%s digests of %s were made", sum(made.values()), week.name)
        return self._next_due(now)

    def _last_due(self, now: datetime) -> datetime:
        dues = (due_of(week_of(now).moved(-n), self._workdays, self._hour) for n in range(1, 4))
        return max((due for due in dues if due <= now), default=week_of(now).since)

    def _next_due(self, now: datetime) -> datetime:
        dues = (due_of(week_of(now).moved(n), self._workdays, self._hour) for n in range(-3, 2))
        return min(due for due in dues if due > now)

    def put(self, week: Week, whose: Sequence[Subscription], now: datetime) -> dict[str, bool]:
        """Put out the digests of a whole week that were never put out; which keys were added. Who left gets none, and
        of a week before the watch began there are none."""
        keys = self._keys(week, whose)
        missing = self._missing(keys)
        added = dict.fromkeys(keys, False)
        if not missing:
            return added
        while not self.book.fold.carry_on(week):
            pass
        source = self.book.read(week)
        if not source.told.standing:
            return {}
        letters = [self.letter(source, one, now) for one in missing.values()]
        for letter in letters:
            with self._store.write() as tx:
                added[letter.key] = tx.put_first(draft(letter))
        return added

    def staying(self, whose: Sequence[Subscription]) -> list[Subscription]:
        """Those of them who have not left."""
        with self._store.read() as tx:
            left = gone(tx)
        return [one for one in whose if Recipient(one.channel, one.to) not in left]

    def _keys(self, week: Week, whose: Sequence[Subscription]) -> dict[str, Subscription]:
        """Who gets the digest of a week, by its key: whoever has not left."""
        return {key_of(week.name, one): one for one in self.staying(whose)}

    def _missing(self, keys: Mapping[str, Subscription]) -> dict[str, Subscription]:
        """Of these, whose was never put out."""
        with self._store.read() as tx:
            return {key: one for key, one in keys.items() if not tx.has_letter(key)}

    def letter(self, source: Source, whose: Subscription, now: datetime) -> Letter:
        """One digest as a letter."""
        language = whose.language or self._config.watch.language
        return letter_of(make(source, whose, language), whose, language, now)

    def states(self, keys: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        """What became of these letters."""
        with self._store.read() as tx:
            return tx.letter_states(keys)
