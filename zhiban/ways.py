"""The ways out: real HTTP, probes and evidence, put together from the configuration."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from agents._pack import Messages
from streams.catalogue import catalogue
from streams.connectors import Answer, Connector, Conversation, Fetch, Letters, Request
from streams.poller import Held
from streams.ports.clock import Clock
from streams.ports.evidence import Evidence, EvidenceInMemory, WarcFolder
from streams.ports.fetching import WayOut, converse
from streams.ports.http import WebClient, WebSettings
from streams.ports.imap import ImapPort
from streams.ports.politeness import Manners, PoliteHttp, Politeness, PoliteProbe
from streams.ports.probe import NetProbe
from streams.ports.resolver import SystemResolver
from streams.ports.robots import Robots
from streams.subjects import Source
from zhiban.config import Config, ConfigError, parse_size, read
from zhiban.words import say


class Ways:
    """Every way out, with what must be closed at the end."""

    def __init__(self, config: Config, clock: Clock, evidence: Evidence) -> None:
        """Open one client, one probe, and the manners that both keep to."""
        polite, watch = config.politeness, config.watch
        settings = WebSettings(contact=watch.operator, allow_private=polite.allow_private)
        resolver = SystemResolver()
        self._web = WebClient(settings, resolver)
        manners = Manners(per_host=polite.per_host, gap=polite.gap, everywhere=watch.at_once)
        self.politeness = politeness = Politeness(clock, manners)
        robots = Robots(PoliteHttp(self._web, politeness), clock, polite.authorised)
        references = tuple((host, 443) for host in polite.reference)
        self.http = PoliteHttp(self._web, politeness, robots)
        self.probe = PoliteProbe(NetProbe(clock, settings, resolver, references), politeness, robots)
        self.evidence = evidence
        self.mail = ImapPort(config.imap, settings, resolver)
        self._out = WayOut(self.http, self.probe, evidence, self.mail)
        self.on_bug: Callable[[str, Source], None] | None = None

    async def hold(self, conversation: Conversation, source: Source, asked_at: datetime) -> Held:
        """Hold one conversation; a bug in a connector is told to whoever listens."""
        done = await converse(conversation, self._out, asked_at)
        if done.report and self.on_bug is not None:
            self.on_bug(done.report, source)
        return Held(done.reading, done.evidence, done.host, self.politeness.standing(source.url))

    async def ask(self, request: Request) -> Answer:
        """The answer to one request, of which nothing is kept."""
        if isinstance(request, Fetch):
            return await self.http.fetch(request)
        return await (self.mail.read(request) if isinstance(request, Letters) else self.probe.probe(request))

    async def aclose(self) -> None:
        """Close what was opened."""
        await self._web.aclose()
        self.mail.close()
        if isinstance(self.evidence, WarcFolder):
            await self.evidence.aclose()


def open_evidence(config: Config, base: Path, cited: Callable[[], Collection[str]]) -> WarcFolder:
    """The evidence folder of a configuration, ready to be written."""
    try:
        budget = parse_size(config.evidence.budget)
    except ValueError as error:
        raise ConfigError(say("config.budget", detail=error)) from error
    folder = WarcFolder(base / config.evidence.folder, budget=budget, cited=cited)
    folder.prepare()
    return folder


def no_evidence() -> Evidence:
    """Evidence that is forgotten: for looks that leave no trace."""
    return EvidenceInMemory()


def build_connectors(
    settings: Mapping[str, Mapping[str, Any]], where: str, base: Path, messages: Messages | None = None
) -> dict[str, Connector]:
    """Every connector by id, with its settings from `[connectors.ID]`; raises ConfigError. `messages` is how the pack
    reads replies, for the connector of mailboxes."""
    classes = catalogue("connectors", "zhiban.connectors")
    for name in settings:
        if name not in classes:
            raise ConfigError(say("config.connector", where=where, name=name, expected=", ".join(classes)))
    return {
        name: read({**_of_pack(name, messages), **settings.get(name, {})}, cls, f"{where}: [connectors.{name}]", base)
        for name, cls in classes.items()
    }


def _of_pack(name: str, messages: Messages | None) -> dict[str, Any]:
    if name != "mailbox" or messages is None:
        return {}
    return {key: getattr(messages, key) for key in ("receipts", "courtesies", "uncategorised")}


def to_json(value: Any) -> str:
    """One JSON document, as every `--json` prints it."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
