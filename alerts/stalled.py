"""A partition that stands still is told of outside the desk, for the desk waits for it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from alerts.letter import Letter, Reason
from alerts.routing import Route
from alerts.undelivered import CONSOLE
from alerts.words import say

LONG = timedelta(minutes=5)


def stall_notices(
    since: datetime, late: Sequence[int], routes: Sequence[Route], language: str, now: datetime
) -> Iterator[Letter]:
    """What the operators are told at `now` where the partitions `late` have settled no tick since `since` (OWN-STALL).

    One letter for each operator's address, and the console; once for each stall, which is known by its beginning.
    """
    ways = {(route.channel, route.to) for route in routes if route.operator and "{" not in route.to}
    fields = {"count": len(late), "minutes": int((now - since) / timedelta(minutes=1))}
    named = ", ".join(map(str, late[:10]))
    for number, (channel, to) in enumerate(sorted(ways | {(CONSOLE, "-")})):
        yield Letter(
            key=f"stalled/{since:%Y%m%dT%H%M%S}/{number}",
            channel=channel,
            to=to,
            reason=Reason.STALLED,
            thread="stalled",
            subject=say(language, "subject.stalled", title=say(language, "what.stalled", **fields)),
            intro=say(language, "intro.stalled", partitions=named, **fields),
            language=language,
            written_at=now,
        )
