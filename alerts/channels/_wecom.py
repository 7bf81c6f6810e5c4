"""WeCom's (企业微信) codes that a robot and an application have in common.

Facts: WeCom developer centre, 全局错误码.
"""

from __future__ import annotations

from alerts.letter import Fate, Meaning

CODES = {
    -1: Meaning(Fate.AGAIN, "busy", 30),
    45009: Meaning(Fate.AGAIN, "too_fast", 60),  # a limit by the minute ends by itself after one
    45033: Meaning(Fate.AGAIN, "too_fast", 60),  # too many at once
    40008: Meaning(Fate.NEVER, "malformed"),
    40033: Meaning(Fate.NEVER, "malformed"),
    40058: Meaning(Fate.NEVER, "too_long"),  # "content exceed max length"
    40063: Meaning(Fate.NEVER, "malformed"),
    44004: Meaning(Fate.NEVER, "malformed"),
    45002: Meaning(Fate.NEVER, "too_long"),
}
