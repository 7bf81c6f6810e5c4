"""One-tap links put together from a configuration: for `zhiban run`, and for the web worker."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from starlette.routing import BaseRoute

from agents._pack import Pack
from streams.ports.clock import Clock
from streams.ports.store import Store
from zhiban.config import Config
from zhiban.taps.keys import ring_in
from zhiban.taps.pressing import Presses
from zhiban.taps.replies import Replies
from zhiban.taps.serving import Pages
from zhiban.watch import desk_settings, language_of


def presses_of(store: Store, clock: Clock, config: Config, base: Path, pack: Pack) -> Presses:
    """What reads links of this store, and does what they say."""
    last = timedelta(days=config.web.link_days)
    settings, language = desk_settings(config, base), language_of(config, base, pack)
    return Presses(store, clock, ring_in(store, config.web), last, settings, language)


def tap_routes(store: Store, clock: Clock, config: Config, base: Path, pack: Pack) -> list[BaseRoute]:
    """The pages of links, where letters carry any, and the way in of replies."""
    replies = [Replies(store, clock, config.web, config.watch.language).route()]
    if not config.web.public:
        return replies
    return [*Pages(presses_of(store, clock, config, base, pack), config.watch.language).routes(), *replies]
