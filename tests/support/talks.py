"""A store with letters, senders and the service that they talk to, in virtual time: for whoever writes to services."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from chats import Service
from letters import letter

from alerts.channels.console import Console
from alerts.letter import Channel, Letter
from alerts.routing import Route
from streams.ports.bot import BotPort
from streams.ports.clock import ManualClock
from streams.ports.notify import NotifyPort
from streams.ports.post import PostPort
from streams.ports.sending import Outbound
from streams.ports.smtp import SmtpPort
from streams.ports.store import Store
from streams.ports.store.opening import connect
from streams.ports.store.outbox import Draft
from streams.ports.store.tables import from_micros
from zhiban.sending import Senders

OPERATOR = (Route(channel="console", to="-", operator=True),)
SECOND = timedelta(seconds=1)


class Talk:
    """What is said in it; `told` is what the operator hears."""

    def __init__(self, service: Service, store: Store, senders: Senders, clock: ManualClock) -> None:
        self.service, self.store, self.senders, self.clock = service, store, senders, clock
        self.told: list[str] = []
        senders.show = self.told.append

    def put(self, *letters: Letter) -> None:
        with self.store.write() as tx:
            tx.put_letters(
                [Draft(one.key, "group", one.to, one.written_at, msgspec.json.encode(one)) for one in letters]
            )

    async def go(self, until: timedelta, step: timedelta = timedelta(0)) -> None:
        """Send what is due, from moment to moment, until then; each round takes `step`."""
        end = self.clock.now() + until
        while self.clock.now() <= end:
            sent = await self.senders.round()
            due = self.due
            if due is None or due > end:
                break
            self.clock.set(max(self.clock.now() + (step if sent else SECOND), due))

    @property
    def due(self) -> datetime | None:
        with self.store.read() as tx:
            return tx.next_letter()

    @property
    def states(self) -> dict[str, str]:
        with self.store.read() as tx:
            return {key: state for key, state, _ in tx.letters() if not key.startswith("undelivered")}

    def sent_at(self) -> dict[str, datetime]:
        with self.store.read() as tx:
            rows = tx.connection.exec_driver_sql("select key, sent_at from outbox where sent_at is not null")
            return {key: from_micros(at) for key, at in rows}

    def attempts(self, key: str) -> int:
        with self.store.read() as tx:
            return int(tx.connection.exec_driver_sql(f"select attempts from outbox where key = '{key}'").scalar_one())


@asynccontextmanager
async def talking_to(
    service: Service, path: Path, channel: Channel, clock: ManualClock, seconds: float = 5
) -> AsyncIterator[Talk]:
    """Senders at the store in `path`, by the real ports; nobody waits for an answer longer than `seconds`."""
    store = connect(f"sqlite:///{path}")
    channels: Mapping[str, Channel] = {"group": channel, "console": Console()}
    senders = Senders(store, clock, channels, ways_out(clock, channel, seconds), OPERATOR)
    try:
        yield Talk(service, store, senders, clock)
    finally:
        await senders.aclose()
        store.close()


def ways_out(clock: ManualClock, channel: Channel, seconds: float) -> Outbound:
    """The real ports, as impatient as that."""
    named: Any = channel
    smtp = {}
    if hasattr(channel, "host"):
        login = {"user": named.user, "password": named.password}
        smtp["group"] = SmtpPort(
            clock, named.host, named.port, named.sender, security=named.security, seconds=seconds, **login
        )
    return Outbound(clock, smtp, PostPort(seconds), BotPort(seconds=seconds), notify=NotifyPort(seconds))


def mail(number: int = 0, to: str = "zhangsan", **changes: Any) -> Letter:
    """A letter to somebody, by the channel `group`."""
    return letter(key=f"k{number:03}", to=to, channel="group", **changes)
