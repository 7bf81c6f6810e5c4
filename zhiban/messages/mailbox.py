"""Which mailbox an export is of, and the source through which files tell of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from streams.records import Fact, FactKind
from streams.subjects import FILE, Kind, Source, Subject
from zhiban.registry.identity import import_source
from zhiban.registry.known import Known
from zhiban.words import ZH, say

OWN = Subject(id="mailbox", name=ZH["messages.own"], kind=Kind.MAILBOX)
FILE_NAME = ZH["messages.file"]


class Mailbox(NamedTuple):
    """The subject and its source; `facts` register what is not known yet."""

    subject: str
    source: str
    facts: Sequence[Fact] = ()


def mailbox_of(known: Known, asked: str) -> Mailbox:
    """The mailbox that was asked for, else the only one, else one of our own; raises ValueError."""
    subject, facts = _subject(known, asked), []
    if subject not in known.subjects:
        facts.append(Fact(kind=FactKind.REGISTERED, subject=OWN))
    own = [source for source in known.sources.values() if source.subject == subject and source.connector == "mailbox"]
    source = next((source.id for source in own if source.url.startswith(FILE)), "")
    if not source:
        source = _free(import_source(subject), known)
        made = Source(id=source, subject=subject, connector="mailbox", url=FILE, name=FILE_NAME)
        facts.append(Fact(kind=FactKind.SOURCE_ADDED, source=made))
    return Mailbox(subject, source, facts)


def _subject(known: Known, asked: str) -> str:
    named = [subject.id for subject in known.subjects.values() if subject.kind is Kind.MAILBOX]
    read = [source.subject for source in known.sources.values() if source.connector == "mailbox"]
    boxes = sorted({*named, *read})
    if asked:
        if asked not in known.subjects:
            raise ValueError(say("bad.mailbox", found=asked, expected=", ".join(boxes) or "—"))
        return asked
    if len(boxes) > 1:
        raise ValueError(say("bad.mailboxes", expected=", ".join(boxes)))
    return boxes[0] if boxes else OWN.id


def _free(wanted: str, known: Known) -> str:
    """The id, with a number where another source has it."""
    number = 1
    name = wanted
    while name in known.sources:
        number += 1
        name = f"{wanted}-{number}"
    return name
