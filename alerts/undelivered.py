"""A letter that reached nobody must not be silence: the operator is told of it, by every other way there is. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from alerts.letter import Letter, Reason
from alerts.plain import one_line
from alerts.routing import Route
from alerts.words import say
from streams.days import day_of

CONSOLE = "console"


def notices(letter: Letter, why: str, routes: Sequence[Route], at: datetime) -> Iterator[Letter]:
    """What is written at `at` where `letter` was refused or given up because of `why`, the channel's last answer.

    One letter for each address of an operator, the failing one left out, and always one for the console; each of them
    at most once a day for each failing address, by its key. A notice that fails itself makes no other.
    """
    if letter.reason in {Reason.UNDELIVERED, Reason.TEST, Reason.STALLED}:
        return
    ways = {(route.channel, route.to) for route in routes if route.operator and "{" not in route.to}
    for channel, to in sorted((ways | {(CONSOLE, "-")}) - {(letter.channel, letter.to)}):
        yield _notice(letter, why, at, channel, to)


def to_heads(letters: Sequence[Letter], at: datetime) -> Iterator[Letter]:
    """Two letters in a row reached nobody at one address: they go to whoever stands above it, each of them once."""
    for letter in letters:
        where = f"{letter.channel} {masked(letter.to)}"
        told = "" if letter.reason is Reason.UNDELIVERED else say(letter.language, "intro.heads", where=where)
        for channel, to in letter.heads if told else ():
            name = hashlib.blake2b(f"{channel}\x1f{to}".encode(), digest_size=10).hexdigest()
            yield msgspec.structs.replace(
                letter,
                key=f"heads/{letter.key}/{name}",
                channel=channel,
                to=to,
                reason=Reason.UNDELIVERED,
                intro="\n".join(filter(None, (told, letter.intro))),
                heads=(),
                written_at=at,
            )


def masked(address: str) -> str:
    """An address as a notice may show it: enough to know it by, not enough to use it."""
    name, at, domain = address.partition("@")
    return f"{name[:2]}…{at}{domain}" if at else f"{address[:3]}…" if len(address) > 3 else address


def _notice(letter: Letter, why: str, at: datetime, channel: str, to: str) -> Letter:
    place = f"{letter.channel}\x1f{letter.to}\x1f{channel}\x1f{to}"
    name = hashlib.blake2b(place.encode(), digest_size=10).hexdigest()
    where = f"{letter.channel} {masked(letter.to)}"
    return Letter(
        key=f"undelivered/{day_of(at):%Y%m%d}/{name}",
        channel=channel,
        to=to,
        reason=Reason.UNDELIVERED,
        thread=f"undelivered/{name}",
        subject=say(letter.language, "subject.undelivered", title=where),
        intro=say(letter.language, "intro.undelivered", title=one_line(letter.subject, 120), where=where, why=why),
        outro=say(letter.language, "outro.undelivered"),
        language=letter.language,
        written_at=at,
    )
