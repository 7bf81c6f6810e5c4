"""Whether a page opens within the limit: 15 seconds, redirects and all (14.999 s opens, 15.000 does not).

DNS failure, refusal, TLS failure, 404, 5xx and slowness prove that it does not open: that is a good look which shows
so. 401, 403, 412, 429 and challenges are a wall before the page, not the page: unknown. So is an outage of our own
network (`own_network`).
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from connectors._answers import challenge
from streams.connectors import Answer, Conversation, Cursor, Failure, Probed, Reading
from streams.connectors import Probe as Ask
from streams.looks import Opening, Outcome
from streams.subjects import Source

_WALLS = {401: "forbidden", 403: "forbidden", 407: "forbidden", 429: "busy", 451: "forbidden"}
_STAGES = frozenset({"dns", "tcp", "tls", "http", "redirect"})


class Probe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Probes a page. `seconds` is the limit (15 by the rule; a demonstration scales it)."""

    seconds: float = 15.0
    redirects: int = 10

    def look(self, source: Source, cursor: Cursor, asked_at: datetime) -> Conversation:
        """Ask once; what was met is the look."""
        del cursor, asked_at
        answer = yield Ask(url=source.url, seconds=self.seconds, redirects=self.redirects)
        return self._reading(answer)

    def _reading(self, answer: Answer) -> Reading:
        if not isinstance(answer, Probed):
            cause, detail = (answer.cause, answer.detail) if isinstance(answer, Failure) else ("protocol", "no probe")
            return Reading(outcome=Outcome.UNKNOWN, cause=cause, detail=detail)
        if wall := _wall(answer):
            return Reading(outcome=Outcome.UNKNOWN, cause=wall, detail=answer.detail or f"HTTP {answer.status}")
        cause = self._cause(answer)
        level = Opening(
            opens=not cause,
            cause=cause,
            seconds=round(answer.seconds, 3),
            status=answer.status,
            ipv4=answer.ipv4,
            ipv6=answer.ipv6,
            certificate_days=answer.certificate_days,
        )
        return Reading(outcome=Outcome.GOOD, detail=answer.detail, level=level)

    def _cause(self, met: Probed) -> str:
        """Why it does not open; "" where it does."""
        if met.stage != "done":
            # No answer within the limit is slowness, at whichever stage past the connection it was waited for.
            slow = met.stage in ("http", "redirect") and met.seconds >= self.seconds
            return "slow" if slow else met.stage if met.stage in _STAGES else "http"
        if 300 <= met.status < 400:
            return "redirect"
        if not 200 <= met.status < 300:
            return "http"
        return "slow" if met.seconds >= self.seconds else ""


def _wall(met: Probed) -> str:
    """What stood before the page, so that nothing is known of the page itself."""
    if met.local:
        return "own_network"
    if wall := _WALLS.get(met.status):
        return wall
    return "challenge" if met.status and challenge(met.status, met.headers, met.body) else ""
