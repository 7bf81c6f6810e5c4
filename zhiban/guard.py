"""The watcher is watched: Sentry, a cron check-in, a dead-man's switch, and a clock that is not believed at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import sentry_sdk
from sentry_sdk.crons import capture_checkin
from sentry_sdk.crons.consts import MonitorStatus
from sentry_sdk.types import Event

from streams.connectors import Fetch, Response
from streams.outgoing import Post
from streams.ports.clock import Clock
from streams.ports.http import HttpPort
from streams.ports.post import PostPort
from streams.ports.store import Store
from streams.ports.store.opening import is_away
from zhiban.config import Sentry, Watchdog
from zhiban.web import Condition, health_fault

log = logging.getLogger(__name__)
JUMP = timedelta(days=1)
AGREE = timedelta(hours=1)
ASKED = 9  # hosts that are asked for the time
SLUG = "zhiban"


def set_up_sentry(settings: Sentry) -> Callable[[str, BaseException], None]:
    """Report errors to Sentry where a DSN is given; the answer is what failed rounds are told to."""
    if settings.dsn:
        sentry_sdk.init(
            dsn=settings.dsn.reveal(),
            environment=settings.environment,
            traces_sample_rate=0.0,
            before_breadcrumb=_without_urls,
            before_send=_without_request,
        )

    def failed(loop: str, error: BaseException) -> None:
        with sentry_sdk.new_scope() as scope:
            scope.set_tag("loop", loop)
            sentry_sdk.capture_exception(error)

    return failed


def _without_urls(crumb: dict[str, Any], _hint: dict[str, Any]) -> dict[str, Any] | None:
    """No trail of our requests: the address of a webhook, and a bot's token, are in their URLs."""
    return None if crumb.get("category") == "httplib" else crumb


def _without_request(event: Event, _hint: dict[str, Any]) -> Event:
    """Not the request in which something failed: the path of a link is what opens it."""
    event.pop("request", None)
    return event


async def keep_alive(
    store: Store, clock: Clock, watchdog: Watchdog, *, sentry: bool, condition: Condition | None = None
) -> None:
    """As long as all is well, say so: to the dead-man's switch and as a cron check-in. Ends when it is cancelled."""
    held_up = condition or Condition()
    port = PostPort()
    try:
        while True:
            await asyncio.sleep(watchdog.every)  # first: a watch that has just begun has had no tick yet, and is well
            fault = held_up.fault or await asyncio.to_thread(health_fault, store, clock)
            await asyncio.to_thread(_sweep, store, clock)
            if fault:
                log.error("not well: %s", fault)
            elif watchdog.url:
                await port.send(Post(url=watchdog.url, body=b""))
            if sentry:
                status = MonitorStatus.ERROR if fault else MonitorStatus.OK
                await asyncio.to_thread(capture_checkin, monitor_slug=SLUG, status=status)
    finally:
        await port.aclose()


def _sweep(store: Store, clock: Clock) -> None:
    """Let go of texts whose time is over."""
    try:
        with store.write() as tx:
            tx.sweep_texts(clock.now())
    except Exception as error:
        if not is_away(error):
            raise
        log.warning("texts of messages are not swept: %s", type(error).__name__)


async def settle_clock(
    store: Store, clock: Clock, http: HttpPort, said: Callable[[str], None], *, pause: float = 60.0
) -> None:
    """After a jump of over a day, wait until the `Date` headers of the sites that we read agree with our clock.

    Until then no record may be written: log time would never come back. `said` hears what is being waited for, and ""
    at the end; the sites are asked every `pause` seconds.
    """
    while (jump := _jump(store, clock.now())) is not None:
        told = await _told(store, http)
        agreeing = [moment for moment in told if abs(moment - clock.now()) <= AGREE]
        if told and len(agreeing) * 2 > len(told):
            break
        fault = (
            f"the clock says {clock.now().isoformat(timespec='minutes')}, {jump} from the log's last record;"
            f" {len(agreeing)} of {len(told)} sites agree."
            " Put the clock right, or say that it is: zhiban run --trust-clock"
        )
        said(fault)
        log.error("waiting: %s", fault)
        await asyncio.sleep(pause)
    said("")


def _jump(store: Store, now: datetime) -> timedelta | None:
    with store.read() as tx:
        last, sources = tx.last_time(), tx.sources()
    if last is None or not sources or abs(now - last) <= JUMP:
        return None
    return now - last


async def _told(store: Store, http: HttpPort) -> list[datetime]:
    with store.read() as tx:
        urls = list({source.url.partition("#")[0]: None for source in tx.sources()})[:ASKED]
    answers = await asyncio.gather(*(http.fetch(Fetch(url=url, bound=100_000, seconds=20)) for url in urls))
    headers = [answer.headers.get("date", "") for answer in answers if isinstance(answer, Response)]
    return [moment for text in headers if (moment := _date(text)) is not None]


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return moment if moment.tzinfo is not None else None
