"""Senders: letters that wait go out through the channels, at least once each, in order for each recipient."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from alerts.channels.email import Email
from alerts.delivery import next_attempt
from alerts.letter import Channel, Fate, Letter, Paced
from alerts.outcome import Outcome, outcome
from alerts.routing import Route
from alerts.undelivered import notices, to_heads
from streams.catalogue import catalogue
from streams.outgoing import Answer, Outgoing, Print
from streams.ports.clock import Clock
from streams.ports.sending import Outbound, Way
from streams.ports.smtp import SmtpPort
from streams.ports.store import Store
from streams.ports.store.opening import Transaction
from streams.ports.store.outbox import GAVE_UP, REFUSED, SENT, WAITING, Claimed
from zhiban.config import ConfigError, read
from zhiban.deskwork import draft
from zhiban.words import say

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=2)
AT_ONCE = 16
TOLD = 3  # attempts after which the operator hears of what only they can put right
IN_A_ROW = 2  # letters to one address that reach nobody, after which they go to whoever stands above it
CONSOLE = "console"
_decode = msgspec.json.Decoder(Letter).decode


def build_channels(settings: Mapping[str, Mapping[str, Any]], where: str, base: Path) -> dict[str, Channel]:
    """The configured channels by name; `type` names the kind. The console is always there. Raises ConfigError."""
    kinds = catalogue("alerts.channels", "zhiban.channels")
    tables = {CONSOLE: {"type": CONSOLE}, **{name: dict(table) for name, table in settings.items()}}
    channels: dict[str, Channel] = {}
    for name, table in tables.items():
        kind = table.pop("type", name)
        if kind not in kinds:
            raise ConfigError(say("config.channel", where=where, name=name, kind=kind, expected=", ".join(kinds)))
        if kind == "apprise" and find_spec("apprise") is None:
            raise ConfigError(say("config.extra", where=where, name=name, extra="apprise"))
        channels[name] = read(table, kinds[kind], f"{where}: [channels.{name}]", base)
    return channels


class Senders:
    """Claims what is due and sends it; what became of it is written at once."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        channels: Mapping[str, Channel],
        way: Way | None = None,
        routes: Sequence[Route] = (),
        dress: Callable[[Letter, Channel], Letter] | None = None,
    ) -> None:
        """Send through `channels`, by the real ports unless another way out is given. The operators of `routes` are
        told of what could not be delivered. `dress`, called in a thread, gives each letter its links and codes."""
        self._dress = dress
        self._store, self._clock, self._channels, self._routes = store, clock, channels, routes
        self._way = way or Outbound(
            clock, {name: _smtp(clock, channel) for name, channel in channels.items() if isinstance(channel, Email)}
        )
        # What came of attempts and could not be written: while this process lives, no letter is sent twice for that.
        self._owed: dict[str, tuple[Claimed, Outcome]] = {}
        self._paces = {name: one.paces for name, one in channels.items() if isinstance(one, Paced) and one.paces}
        self.show: Callable[[str], None] | None = None  # where the console's letters go instead, as in the demo

    async def round(self) -> int:
        """Try what is due once, after writing what an earlier round could not write."""
        for key in list(self._owed):
            await self._pay(key)
        claimed = await asyncio.to_thread(self._claim)
        ended = await asyncio.gather(*(self._deliver(one) for one in claimed), return_exceptions=True)
        for error in ended:
            if error is not None:
                raise error
        return len(claimed)

    async def send(self, name: str, outgoing: Outgoing) -> Answer:
        """One attempt through a channel's port."""
        if self.show is not None and isinstance(outgoing, Print):
            self.show(outgoing.text)
            return Answer(code=200)
        return await self._way.send(name, outgoing)

    async def aclose(self) -> None:
        """Close the ports."""
        await self._way.aclose()

    def _claim(self) -> list[Claimed]:
        now = self._clock.now()
        with self._store.read() as tx:
            due = tx.next_letter()
        if due is None or due > now:
            return []
        with self._store.write() as tx:
            return tx.claim_letters(now, now + LEASE, AT_ONCE, self._paces)

    async def _deliver(self, claimed: Claimed) -> None:
        self._owed[claimed.key] = (claimed, await self._attempt(claimed))
        await self._pay(claimed.key)

    async def _pay(self, key: str) -> None:
        await asyncio.to_thread(self._settle, *self._owed[key])
        del self._owed[key]

    async def _attempt(self, claimed: Claimed) -> Outcome:
        """What came of one letter; a channel that breaks on it stops no other."""
        channel = self._channels.get(claimed.channel)
        if channel is None:
            return Outcome(Fate.AGAIN, Answer(code=0, text="no such channel in the configuration"), ours=True)
        try:
            letter = _decode(claimed.body)
            if self._dress is not None:
                letter = await asyncio.to_thread(self._dress, letter, channel)
            answer = await self.send(claimed.channel, channel.compose(letter, self._clock.now()))
            return outcome(channel, answer, letter.language)
        except Exception as error:  # its words may hold what the channel keeps secret
            return Outcome(Fate.AGAIN, Answer(code=0, text=f"channel failed: {type(error).__name__}"))

    def _settle(self, claimed: Claimed, found: Outcome) -> None:
        now, answer = self._clock.now(), found.answer
        state, again = {Fate.DELIVERED: SENT, Fate.NEVER: REFUSED}.get(found.fate, WAITING), None
        if found.fate is Fate.AGAIN:
            again = next_attempt(claimed.key, claimed.attempts + 1, answer.retry_after, now)
            state = WAITING if again is not None else GAVE_UP
        _log(claimed, found, state)
        unsure = claimed.unsure or answer.unsure
        with self._store.write() as tx:
            if found.pause:
                tx.pause_channel(claimed.channel, now + timedelta(seconds=found.pause))
            tx.settle_letter(claimed.key, state, f"{answer.code} {answer.text}", now, again, unsure=unsure)
            if state in {REFUSED, GAVE_UP} or found.partly or (found.ours and claimed.attempts + 1 >= TOLD):
                self._tell(tx, claimed, f"{answer.code} {answer.text}".strip(), now)

    def _tell(self, tx: Transaction, claimed: Claimed, why: str, now: datetime) -> None:
        """Put out what the operators are told of a letter that reached not everybody, or nobody, in the transaction
        that says so."""
        told = [one for one in notices(_decode(claimed.body), why, self._routes, now) if not tx.has_letter(one.key)]
        last = tx.last_ended(claimed.key, IN_A_ROW)
        if len(last) == IN_A_ROW and all(state in {REFUSED, GAVE_UP} for state, _ in last):
            above = to_heads([_decode(body) for _, body in last], now)
            told += [one for one in above if not tx.has_letter(one.key)]
        tx.put_letters([draft(one) for one in told])


def _log(claimed: Claimed, found: Outcome, state: str) -> None:
    """What is not as it should be: not sent, not to all, or perhaps twice."""
    key, channel, answer = claimed.key, claimed.channel, found.answer
    if state != SENT or found.partly:
        taken = " It may have been taken: what goes out again bears the same key." if answer.unsure else ""
        log.warning("letter %s by %s: %s (%s %s)%s", key, channel, state, answer.code, answer.text, taken)
    if state == SENT and claimed.unsure:
        log.warning("letter %s by %s: sent, perhaps for the second time; both bear the same key", key, channel)


def _smtp(clock: Clock, channel: Email) -> SmtpPort:
    return SmtpPort(
        clock,
        channel.host,
        channel.port,
        channel.sender,
        security=channel.security,
        user=channel.user,
        password=channel.password,
    )
