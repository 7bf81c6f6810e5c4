"""What came of an attempt: the channel's reading of the answer, in words that say what to do. Pure."""

from __future__ import annotations

import msgspec

from alerts.delivery import HOURLY, STEPS
from alerts.letter import Channel, Explains, Fate, Meaning
from alerts.plain import one_line
from alerts.remedies import OURS, remedy
from streams.outgoing import Answer

LIMITED, TOO_MANY = "too_fast", 429  # the remedy, and HTTP's status, of whoever is sent too many
SHORT = 120  # characters of an answer that is none of the service's


class Outcome(msgspec.Struct, frozen=True):
    """One attempt's fate, and the answer in words for the operator; `partly` where not everybody was reached, `ours`
    where no attempt will succeed until the operator has put something right.

    `pause`: seconds for which the channel's other letters wait too, for it was told that it sends too fast.
    """

    fate: Fate
    answer: Answer
    partly: bool = False
    ours: bool = False
    pause: float = 0.0


def outcome(channel: Channel, answer: Answer, language: str) -> Outcome:
    """What `answer` means to `channel`; a pause that it implies counts as one that was asked for."""
    found = channel.meaning(answer) if isinstance(channel, Explains) else Meaning(channel.fate(answer))
    asked = max((one for one in (answer.retry_after, found.retry_after) if one is not None), default=None)
    limited = found.fate is Fate.AGAIN and (found.remedy == LIMITED or answer.code == TOO_MANY)
    span = asked if answer.retry_after is None else answer.retry_after  # its own number, before what a code stands for
    pause = min(STEPS[0] if span is None else max(span, 0.0), HOURLY) if limited else 0.0
    if not found.remedy:
        return Outcome(found.fate, answer, pause=pause)
    words = remedy(language, found.remedy, found.who)
    said = found.said or ("" if found.who else one_line(answer.text, SHORT))
    told = msgspec.structs.replace(answer, text=f"{words} ({said})" if said else words, retry_after=asked)
    ours = found.fate is Fate.AGAIN and found.remedy in OURS
    return Outcome(found.fate, told, partly=found.fate is Fate.DELIVERED, ours=ours, pause=pause)
