"""A silence: what is announced (改版, 临时下线) is not written about, for a while, by somebody, for a reason."""

from __future__ import annotations

from datetime import datetime
from fnmatch import fnmatchcase

import msgspec

PLACES = ("unit", "subject", "rule", "level", "source")


class Silence(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What it covers, in shell globs ("" is everything), from `since` until before `until`; both aware.

    Who said so and why stand in the fact that carries it.
    """

    since: datetime
    until: datetime
    unit: str = ""
    subject: str = ""
    rule: str = ""
    level: str = ""
    source: str = ""

    def covers(self, place: dict[str, str]) -> bool:
        """Whether it is meant for a matter; `place` has a text for each of `PLACES`."""
        return all(fnmatchcase(place[name], getattr(self, name) or "*") for name in PLACES)
