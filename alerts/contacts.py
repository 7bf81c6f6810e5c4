"""Contacts are posts: once a quarter whoever holds one says so with one tap. It closes nothing and opens nothing."""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec

from alerts.board import Board
from alerts.directory import Who
from alerts.groups import Wake
from alerts.letter import Letter, Reason
from alerts.officehours import at_hour, next_quarter, quarter_of, working_morning
from alerts.remembered import Post
from alerts.routing import Matter, recipients
from alerts.words import say
from streams.days import day_of
from streams.findings import Finding
from streams.holidays import is_workday
from streams.records import FactKind

ASK = "contacts/"


def confirm(board: Board, finding: Finding) -> bool:
    """Take a contact's word that the post is theirs; whether it was one. Whoever is registered is asked in time."""
    if finding.why == FactKind.CONTACT.value:
        address = finding.args.get("text", "")
        known = board.get(Post, address) or Post()
        board.put(address, Post(finding.time, finding.args.get("by", ""), known.asked_at))
        return True
    if board.settings.confirm_contacts and board.get(Wake, ASK) is None and finding.args.get("contact"):
        board.put(ASK, Wake(_first_morning(board, next_quarter(finding.time))))
    return False


def ask_contacts(board: Board, _name: str, at: datetime) -> None:
    """A quarter has begun: ask every address that has not confirmed itself in it."""
    asked = False
    whose: dict[str, Who] = {}
    for _, who in board.all(Who):
        for address in (who.contact, who.contact2):
            if address:
                whose.setdefault(address, who)
    for address, who in sorted(whose.items()):
        known = board.get(Post, address) or Post()
        asked = True
        if known.confirmed_at is None or quarter_of(known.confirmed_at) != quarter_of(at):
            board.put(address, Post(known.confirmed_at, known.by, at))
            _write(board, address, who, at)
    if asked and board.settings.confirm_contacts:
        board.put(ASK, Wake(_first_morning(board, next_quarter(at))))


def _first_morning(board: Board, quarter: datetime) -> datetime:
    settings, workdays = board.settings, board.language.workdays
    morning = at_hour(day_of(quarter), settings.morning)
    return morning if is_workday(day_of(quarter), workdays) else working_morning(morning, settings.morning, workdays)


def _write(board: Board, address: str, who: Who, at: datetime) -> None:
    """Ask through the channel by which this contact is written to."""
    whose = msgspec.structs.replace(who, contact=address, contact2="")
    found = recipients(board.settings.routes, Matter(whose, "CONTACT", "notice"), at)
    ways = [one for one in found if one.to == address]
    language, unit = board.language.name, who.unit or who.name
    for way in ways[:1]:
        text = "\x1f".join(("contact", way.channel, address, quarter_of(at)))
        board.letters.append(
            Letter(
                key=hashlib.blake2b(text.encode(), digest_size=16).hexdigest(),
                channel=way.channel,
                to=address,
                reason=Reason.CONFIRM_CONTACT,
                thread=f"contact/{address}",
                subject=say(language, "subject.confirm_contact", title=unit),
                intro=say(language, "intro.confirm_contact", unit=unit),
                language=language,
                written_at=at,
            )
        )
