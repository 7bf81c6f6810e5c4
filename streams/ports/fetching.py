"""Drives a connector's conversation: its requests go out, its answers come in, and all that was met is kept."""

from __future__ import annotations

import traceback
from contextlib import suppress
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgspec

from streams.connectors import (
    Answer,
    Conversation,
    Envelopes,
    Failure,
    Fetch,
    Letters,
    Met,
    Reading,
    Request,
    Response,
    digest_of,
)
from streams.looks import Outcome
from streams.ports.evidence import Evidence
from streams.ports.http import HttpPort
from streams.ports.imap import NO_MAIL, MailPort
from streams.ports.probe import ProbePort
from streams.ports.warc import Taken

REQUESTS = 60  # of one conversation
BUG, ENDLESS = "bug", "endless"
REPORTED = 4000  # characters of a bug's traceback


class Conversed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a conversation: the reading, and what only the driver knows."""

    reading: Reading
    evidence: str = ""  # of the decisive answer
    host: str = ""  # that answered, in lower case, with its port where one is named
    requests: int = 0
    report: str = ""  # of a bug, for ourselves (Sentry, OWN-RULE); "" where there was none


class Ports(Protocol):
    """The ways out that a conversation needs."""

    @property
    def http(self) -> HttpPort:
        """For `Fetch`."""
        ...

    @property
    def probe(self) -> ProbePort:
        """For `Probe`."""
        ...

    @property
    def mail(self) -> MailPort:
        """For `Letters`."""
        ...

    @property
    def evidence(self) -> Evidence:
        """For all that comes back."""
        ...


class WayOut(msgspec.Struct, frozen=True):
    """`Ports`, put together."""

    http: HttpPort
    probe: ProbePort
    evidence: Evidence
    mail: MailPort = NO_MAIL


async def converse(conversation: Conversation, ports: Ports, asked_at: datetime, most: int = REQUESTS) -> Conversed:
    """Send each request, keep each answer, and return what the connector concludes.

    `asked_at` is the lease's time: the WARC-Date of every answer. A bug of the connector or of a port is a FAILED
    reading with cause `bug` and a report, more than `most` requests one with cause `endless`. Raises only what is the
    worker's own: evidence that cannot be written (OSError), memory, cancellation.
    """
    talk = _Talk(ports, asked_at)
    reading = await _led(conversation, talk, most)
    with suppress(Exception):  # its verdict stands; what a generator does on being closed changes nothing
        conversation.close()
    host = reading.host or talk.host
    return Conversed(
        reading=reading, evidence=talk.evidence, host=host.lower(), requests=talk.requests, report=talk.report
    )


async def _led(conversation: Conversation, talk: _Talk, most: int) -> Reading:
    answer: Answer | None = None
    while True:
        try:
            # send(None) starts a generator; the connector is pure, so whatever it raises is its bug.
            request = conversation.send(answer)  # type: ignore[arg-type]
        except StopIteration as ended:
            return talk.checked(ended.value)
        except MemoryError:
            raise
        except Exception as error:
            return talk.bug("the connector", error)
        if talk.requests >= most:
            return Reading(outcome=Outcome.FAILED, cause=ENDLESS, detail=f"more than {most} requests for one look")
        if not isinstance(request, Request):
            return talk.bug(
                "the connector", TypeError(f"yielded {request!r:.100}, expected a Fetch, a Probe or Letters")
            )
        answer = await talk.ask(request)
        if answer is None:
            return talk.failed


class _Talk:
    """One conversation under way: who answered, what is decisive, what went wrong."""

    def __init__(self, ports: Ports, asked_at: datetime) -> None:
        self._ports = ports
        self._asked_at = asked_at
        self._settled = False
        self.requests = 0
        self.evidence = ""
        self.host = ""
        self.report = ""
        self.failed = Reading(outcome=Outcome.FAILED, cause=BUG)

    async def ask(self, request: Request) -> Answer | None:
        """The answer with its evidence; None if a port has a bug (`failed` says so)."""
        self.requests += 1
        try:
            answer = await self._sent(request)
        except MemoryError:
            raise
        except Exception as error:
            self.failed = self.bug("a port", error)
            return None
        name = await self._ports.evidence.keep(Taken(self._asked_at, request.url, _to_keep(request, answer)))
        self._weigh(request, answer, name)
        return msgspec.structs.replace(answer, evidence=name)

    async def _sent(self, request: Request) -> Answer:
        if isinstance(request, Fetch):
            return await self._ports.http.fetch(request)
        if isinstance(request, Letters):
            return await self._ports.mail.read(request)
        return await self._ports.probe.probe(request)

    def _weigh(self, request: Request, answer: Answer, name: str) -> None:
        """The decisive answer is the source's own: the last to a request that is not for something it links to.

        Where only links were answered, it is the last of those.
        """
        own = not isinstance(request, Fetch) or not request.followed
        if own or not self._settled:
            self.evidence = name
            self.host = _host(request, answer)
        self._settled = self._settled or own

    def checked(self, reading: Any) -> Reading:
        """What a connector returned, if it is a reading."""
        if isinstance(reading, Reading):
            return reading
        return self.bug("the connector", TypeError(f"returned {reading!r:.100}, expected a Reading"))

    def bug(self, whose: str, error: Exception) -> Reading:
        """A bug never becomes silence: a failed reading that says where, and a report."""
        self.report = "".join(traceback.format_exception(error))[-REPORTED:]
        frames = traceback.extract_tb(error.__traceback__)
        where = f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
        detail = f"a bug of {whose}{where}: {type(error).__name__}: {' '.join(str(error).split())[:300]}"
        return Reading(outcome=Outcome.FAILED, cause=BUG, detail=detail)


def _to_keep(request: Request, answer: Answer) -> Met:
    """What of an answer is evidence. Of a body with personal data it is the digest; of a mail server's answer the
    hashes and times, which hold none."""
    if isinstance(answer, Envelopes):
        return Response(status=200, url=answer.url, body=msgspec.json.encode(answer), note="hashes and times only")
    if isinstance(request, Fetch) and request.private and isinstance(answer, Response) and answer.body:
        digest = answer.digest or digest_of(answer.body)
        note = f"{answer.note}; body withheld, sha256:{digest}".removeprefix("; ")
        return msgspec.structs.replace(answer, body=b"", digest="", note=note)
    return answer


def _host(request: Request, answer: Answer) -> str:
    """The host that answered; the one that was asked where none did, for a collector is told by it either way."""
    url = answer.url if not isinstance(answer, Failure) and answer.url else request.url
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""
