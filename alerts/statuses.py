"""What an HTTP status means where a service has no codes of its own. Pure."""

from __future__ import annotations

from collections.abc import Collection

from alerts.letter import Fate, Meaning
from streams.outgoing import Answer

REMEDIES = {
    401: "login",
    403: "login",
    404: "path",
    405: "path",
    407: "elsewhere",
    413: "too_long",
    414: "too_long",
    429: "too_fast",
}


def by_status(answer: Answer, final: Collection[int]) -> Meaning:
    """2xx is delivered, `final` is refused for good, everything else passes; with what the operator is to do."""
    if 200 <= answer.code < 300:
        return Meaning(Fate.DELIVERED)
    return Meaning(Fate.NEVER if answer.code in final else Fate.AGAIN, REMEDIES.get(answer.code, ""))
