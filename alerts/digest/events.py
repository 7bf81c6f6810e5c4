"""The last days of the week ahead as a calendar (RFC 5545), for people's own."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from alerts.digest.plain import Speech
from alerts.digest.value import Digest, Row
from alerts.plain import LINE, TITLE, one_line
from streams.days import DAY

if TYPE_CHECKING:
    from icalendar import Event


def calendar(digest: Digest, language: str, domain: str) -> bytes:
    """One whole day for each matter, that day in Shanghai being the last on which it can be put right.

    An event's UID is of the column, account or message: the next digest moves the event, and makes no second one. No
    alarm rings: letters remind.
    """
    # Once a week and only here: every start would wait a sixth of a second for it.
    from icalendar import Calendar  # noqa: PLC0415

    made = Calendar()
    made.add("prodid", "-//Zhiban//digest//ZH")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    speech = Speech(digest, language)
    made.add("x-wr-calname", f"{speech.say('title')} {digest.week}")
    made.add("x-wr-timezone", "Asia/Shanghai")
    for day in digest.due:
        for row in day.rows:
            made.add_component(_event(speech, row, digest.until, domain))
    return bytes(made.to_ical())


def _event(speech: Speech, row: Row, stamp: datetime, domain: str) -> Event:
    from icalendar import Event  # noqa: PLC0415

    assert row.last is not None
    event = Event()
    event.add("uid", f"{row.event}@{domain}")
    event.add("dtstamp", stamp)
    event.add("dtstart", row.last)
    event.add("dtend", row.last + DAY)
    event.add("summary", one_line(speech.say("event", text=row.text), TITLE))
    event.add("transp", "TRANSPARENT")
    if row.unit:
        event.add("description", one_line(row.unit, LINE))
    if row.url:
        event.add("url", one_line(row.url))
    return event
