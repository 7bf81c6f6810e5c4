"""What a letter is given on its way out, and never before: links, buttons, codes. The outbox and the log hold none."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from alerts.channels.console import Console
from alerts.channels.telegram import Telegram
from alerts.gateway import Gateway
from alerts.letter import Channel, Letter
from alerts.taps import Links, Ring, linked, pressed_in_place
from streams.ports.clock import Clock
from streams.ports.store import Store
from zhiban.config import Web
from zhiban.taps.codes import give
from zhiban.taps.keys import ring_in


class Dressing:
    """Dresses letters for their channels."""

    def __init__(self, store: Store, clock: Clock, web: Web) -> None:
        """By the settings of `web`; the keys are asked for when the first letter needs them."""
        self._store, self._clock, self._web = store, clock, web
        self._last = timedelta(days=web.link_days)
        self._ring: Ring | None = None

    def dressed(self, letter: Letter, channel: Channel) -> Letter:
        """The letter as this channel sends it. Waits for the database."""
        if isinstance(channel, Gateway):
            return self._coded(letter) if channel.has_codes else letter
        if isinstance(channel, Console):
            return letter
        if isinstance(channel, Telegram) and channel.listen:
            letter = pressed_in_place(letter, self._keys(), self._last)
        if not self._web.public:
            return letter
        return linked(letter, Links(ring=self._keys(), public=self._web.public, last=self._last))

    def _coded(self, letter: Letter) -> Letter:
        with self._store.write() as tx:
            code = give(tx, letter, self._last, self._clock.now())
        return msgspec.structs.replace(letter, code=code)

    def _keys(self) -> Ring:
        self._ring = self._ring or ring_in(self._store, self._web)
        return self._ring
