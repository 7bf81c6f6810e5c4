"""A partition that stands still is told of outside the desk, for the desk waits for it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from alerts.letter import Letter, Reason
from alerts.routing import Route
from alerts.undelivered import CONSOLE
from alerts.words import say


def stall_notices(
    since: datetime, late: Sequence[int], routes: Sequence[Route], language: str, now: datetime
) -> Iterator[Letter]:
    """What the operators are told at `now` where the partitions `late` have settled no tick since `since` (OWN-STALL).

    One letter for each operator's address, and the console; once for each stall, which is known by its beginning.
    """
    fields = {"count": len(late), "minutes": _minutes(since, now), "partitions": ", ".join(map(str, late[:10]))}
    yield from _letters("stalled", since, fields, routes, language, now)


def over_notices(since: datetime, routes: Sequence[Route], language: str, now: datetime) -> Iterator[Letter]:
    """What the same people are told where every partition of the stall that began at `since` has caught up again."""
    yield from _letters("moving", since, {"minutes": _minutes(since, now)}, routes, language, now)


def _letters(
    what: str, since: datetime, fields: dict[str, object], routes: Sequence[Route], language: str, now: datetime
) -> Iterator[Letter]:
    ways = {(route.channel, route.to) for route in routes if route.operator and "{" not in route.to}
    for number, (channel, to) in enumerate(sorted(ways | {(CONSOLE, "-")})):
        yield Letter(
            key=f"{what}/{since:%Y%m%dT%H%M%S}/{number}",
            channel=channel,
            to=to,
            reason=Reason.STALLED,
            thread="stalled",
            subject=say(language, f"subject.{what}", title=say(language, f"what.{what}", **fields)),
            intro=say(language, f"intro.{what}", **fields),
            language=language,
            written_at=now,
        )


def _minutes(since: datetime, now: datetime) -> int:
    return int((now - since) / timedelta(minutes=1))
