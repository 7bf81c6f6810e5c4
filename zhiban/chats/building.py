"""The bots that listen, put together from a watch: for `zhiban run`."""

from __future__ import annotations

from alerts.channels.telegram import Telegram
from zhiban.chats.listening import Listener
from zhiban.taps.building import presses_of
from zhiban.watch import Watch, desk_settings, language_of


def listeners(watch: Watch) -> list[Listener]:
    """One for each Telegram channel that says `listen`."""
    config, base, pack = watch.config, watch.base, watch.pack
    ours = {name: one for name, one in sorted(watch.channels.items()) if isinstance(one, Telegram) and one.listen}
    if not ours:
        return []
    presses = presses_of(watch.store, watch.clock, config, base, pack)
    settings, spoken = desk_settings(config, base), language_of(config, base, pack)
    return [
        Listener(watch.store, watch.clock, name, one, presses, settings, spoken, watch.metrics.strangers.inc)
        for name, one in ours.items()
    ]
