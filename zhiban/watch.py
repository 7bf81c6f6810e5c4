"""The watch: one store, one engine, and everything that moves it, put together from the configuration."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from agents._pack import CALENDAR, Pack
from alerts.board import Language, Settings
from alerts.routing import Route
from streams.agent import Agent
from streams.embedded import IDLE, Embedded
from streams.partitions import partition_of
from streams.poller import Poller
from streams.ports.clock import Clock
from streams.ports.store import Store, open_store
from streams.ports.store.marks import Where, claim_log, refuse_left
from streams.ports.store.opening import Transaction
from streams.records import Body, Changed, Fact, FactKind
from streams.rules import Rules
from streams.subjects import Kind, Source, Subject
from streams.ticker import SILENCE
from zhiban.config import Config, read
from zhiban.deskwork import DeskWork, clauses_of
from zhiban.digestwork import DeskWithDigests, DigestWork
from zhiban.metrics import Metrics
from zhiban.registry import about
from zhiban.sending import Senders, build_channels
from zhiban.taps.dressing import Dressing
from zhiban.ways import Ways, build_connectors, open_evidence
from zhiban.wiring import load_pack, load_workdays, rules_of

OURSELVES = Subject(id="zhiban", name="值班", kind=Kind.MONITOR)
OUR_SOURCE = Source(id="zhiban/self", subject="zhiban", connector="self", url="")
VERSION = "rules_version"


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
            DeskWithDigests(self.desk, digests, clock),
            self.senders,
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


def begin(store: Store, rules: Rules, now: datetime, partitions: int = 1, log: Where = "table") -> None:
    """Prepare a store for these rules: partitions, our own subject, and a `Changed` where the version is new.

    Raises Refused where its city has moved away, or where its log is not `log`.
    """
    with store.write() as tx:
        claim_log(tx, log)
        tx.set_partitions(partitions)
        known = tx.get_meta(VERSION)
        if known is None:
            ours = [Fact(kind=FactKind.REGISTERED, subject=OURSELVES)]
            ours.append(Fact(kind=FactKind.SOURCE_ADDED, source=OUR_SOURCE))
            tx.append(partition_of("zhiban", partitions), [("zhiban", fact) for fact in ours], now)
        elif known != rules.version:
            changed = Changed(rules.version, _what_changed(known, rules.version))
            for partition in range(partitions):
                tx.append(partition, [("", changed)], now)
        tx.set_meta(VERSION, rules.version)


def _what_changed(before: str, after: str) -> str:
    """`calendar` where the rules are the same and working days are counted otherwise; else `pack`."""
    return "calendar" if before.partition(CALENDAR)[0] == after.partition(CALENDAR)[0] else "pack"


def tell(store: Store, facts: Sequence[Fact], now: datetime, subject: str = "") -> datetime:
    """Append facts; sources that they add or change are read at once, spread over their first interval. Facts about a
    mailbox's messages name no subject: theirs is `subject`."""
    with store.write() as tx:
        return tell_within(tx, facts, now, subject)


def tell_within(tx: Transaction, facts: Sequence[Fact], now: datetime, subject: str = "") -> datetime:
    """As `tell`, in the caller's transaction."""
    added = [fact.source for fact in facts if fact.source is not None and fact.kind in _READ and fact.source.is_read]
    gone = [fact.source.id for fact in facts if fact.source is not None and fact.kind is FactKind.SOURCE_RETIRED]
    at = tx.log_time(now)
    count = tx.partition_count()
    entries: dict[int, list[tuple[str, Body]]] = {}
    for fact in facts:
        whose = about(fact) or subject
        entries.setdefault(partition_of(whose, count), []).append((whose, fact))
    for partition, told in sorted(entries.items()):
        tx.append(partition, told, at)
    dice = random.Random(str(at))  # noqa: S311 - jitter
    spread = min(timedelta(minutes=10), timedelta(seconds=len(added)))
    first = {source.id: at + spread * dice.random() for source in added}
    # In this order, as everybody takes polls before hosts; what is added and gone at once, is gone.
    tx.retire_sources(gone)
    tx.put_sources([source for source in added if source.id not in gone], first)
    return at


_READ = frozenset({FactKind.SOURCE_ADDED, FactKind.SOURCE_CHANGED})


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
    """The desk's settings and routes; without any route, everything goes to the console."""
    where = str(base / "zhiban.toml")
    routes = [read(route, Route, f"{where}: routes[{index}]", base) for index, route in enumerate(config.routes)]
    if not routes:
        routes = [Route(channel="console", to="-"), Route(channel="console", to="-", operator=True)]
    settings: Settings = read(dict(config.desk), Settings, f"{where}: [desk]", base)
    return msgspec.structs.replace(settings, routes=tuple(routes))


def language_of(config: Config, base: Path, pack: Pack) -> Language:
    """The language of letters, with the pack's clauses and the calendar."""
    return Language(config.watch.language, clauses_of(pack), load_workdays(config, base))
