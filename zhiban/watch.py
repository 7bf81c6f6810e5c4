"""The watch: one store, one engine, and everything that moves it, put together from the configuration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from agents._pack import Pack
from alerts.board import Language, Settings
from alerts.routing import Route
from streams.agent import Agent
from streams.embedded import IDLE, Embedded
from streams.poller import Poller
from streams.ports.clock import Clock
from streams.ports.store import open_store
from streams.ports.store.marks import refuse_left
from streams.records import Fact
from streams.rules import Rules
from streams.ticker import SILENCE
from zhiban.config import Config, read
from zhiban.deskwork import DeskWork, clauses_of
from zhiban.digestwork import DigestWork
from zhiban.metrics import Metrics
from zhiban.sending import Senders, build_channels
from zhiban.taps.dressing import Dressing
from zhiban.telling import begin, tell
from zhiban.ways import Ways, build_connectors, open_evidence
from zhiban.wiring import load_pack, load_workdays, rules_of


class Watch:
    """Everything of one working directory, opened; `close` it at the end."""

    def __init__(
        self,
        config: Config,
        base: Path,
        clock: Clock,
        *,
        idle: timedelta = IDLE,
        silence: timedelta = SILENCE,
        without: Sequence[str] = (),
        on_failure: Callable[[str, BaseException], None] | None = None,
    ) -> None:
        """Open store, evidence and ways out; raises ConfigError, PackError or Refused before anything is started."""
        self.config, self.base, self.clock = config, base, clock
        self.pack: Pack = load_pack(config.watch.pack, base)
        self.rules: Rules = rules_of(config, base, self.pack, without)
        self.channels = channels = build_channels(config.channels, str(base / "zhiban.toml"), base)
        connectors = build_connectors(config.connectors, str(base / "zhiban.toml"), base, self.pack.messages)
        self.store = open_store(store_url(config, base))
        with self.store.read() as tx:
            refuse_left(tx)
        self.metrics = Metrics(self.store).watching(self.store, clock)
        self.ways = Ways(config, clock, open_evidence(config, base, self.store_cited))
        self.agent = Agent(self.store, self.rules, told=self.metrics.found, pick=self.metrics.sampling(self.rules))
        settings = desk_settings(config, base)
        self.desk = DeskWork(self.store, settings, language_of(config, base, self.pack))
        digests = DigestWork(self.store, config, base, self.rules, self.pack, settings)
        # While `at_once` requests are out, as many looks again are being kept, and as many written.
        flying = 3 * config.watch.at_once
        hold = self.metrics.counting(self.ways.hold)
        poller = Poller(
            self.store,
            clock,
            connectors,
            hold,
            lambda _subject: 0,
            at_once=flying,
            per_host=config.politeness.per_host,
            alone=True,
        )
        self.senders = Senders(
            self.store, clock, channels, routes=settings.routes, dress=Dressing(self.store, clock, config.web).dressed
        )
        self.engine = Embedded(
            self.store,
            clock,
            self.agent,
            poller,
            self.desk,
            self.senders,
            beside=digests if digests.subscriptions else None,
            idle=idle,
            silence=silence,
            on_failure=on_failure,
        )

    def store_cited(self) -> set[str]:
        """The evidence that open and recent findings cite."""
        with self.store.read() as tx:
            return tx.cited_evidence()

    def begin(self) -> None:
        """Make the partitions, register ourselves, and say which version of the rules is in force."""
        begin(self.store, self.rules, self.clock.now())

    def tell(self, facts: Sequence[Fact]) -> datetime:
        """Append facts of the registry, and read what they name from now on."""
        return tell(self.store, facts, self.clock.now())

    async def close(self) -> None:
        """Close every way out and the store."""
        await self.ways.aclose()
        await self.senders.aclose()
        self.store.close()


def store_url(config: Config, base: Path) -> str:
    """The store's URL, a relative SQLite file taken from the working directory."""
    return absolute(config.watch.store, base)


def absolute(url: str, base: Path) -> str:
    """The URL, a relative SQLite file taken from `base`."""
    scheme, separator, path = url.partition("sqlite:///")
    if scheme == "" and separator and path and not path.startswith("/"):
        return f"sqlite:///{(base / path).absolute()}"
    return url


def desk_settings(config: Config, base: Path) -> Settings:
    """The desk's settings and routes; without any route, everything goes to the console. Contacts are asked whether
    they still are, if nothing else is said, where links are to be had: there is a way to answer."""
    where = str(base / "zhiban.toml")
    routes = [read(route, Route, f"{where}: routes[{index}]", base) for index, route in enumerate(config.routes)]
    if not routes:
        routes = [Route(channel="console", to="-"), Route(channel="console", to="-", operator=True)]
    settings: Settings = read(
        {"confirm_contacts": bool(config.web.public), **config.desk}, Settings, f"{where}: [desk]", base
    )
    return msgspec.structs.replace(settings, routes=tuple(routes))


def language_of(config: Config, base: Path, pack: Pack) -> Language:
    """The language of letters, with the pack's clauses and the calendar."""
    return Language(config.watch.language, clauses_of(pack), load_workdays(config, base))
