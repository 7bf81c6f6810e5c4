"""An import of messages as text for a terminal and as one document for scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from alerts.view import iso
from zhiban.commands.screen import table
from zhiban.messages.boilerplate import Cluster
from zhiban.messages.difference import Difference
from zhiban.messages.mailbox import Mailbox
from zhiban.messages.reading import Reading, seen_at
from zhiban.registry.remarks import Notice, Refusal
from zhiban.registry.showing import remark_lines, remarks_json
from zhiban.words import language, say

SHOWN = 10  # ids of one line


class Report(msgspec.Struct, frozen=True):
    """What an import did. `as_of` is None where it could not be taken for all that there is."""

    reading: Reading
    found: Difference
    mailbox: Mailbox
    as_of: datetime | None
    receipts: Sequence[str]
    boilerplate: Sequence[Cluster]
    written: int

    @property
    def refusals(self) -> list[Refusal]:
        """Every refusal, of rows and of what they say of known messages."""
        return [*self.reading.refusals, *self.found.refusals]

    @property
    def notices(self) -> list[Notice]:
        """Every notice."""
        return [*self.reading.notices, *self.found.notices]


def document(report: Report) -> dict[str, Any]:
    """The document of `messages import --json`."""
    found = report.found
    return {
        "mailbox": report.mailbox.subject,
        "source": report.mailbox.source,
        "registered": [fact.kind.value for fact in report.mailbox.facts],
        "as_of": iso(report.as_of),
        "rows": report.reading.rows,
        "messages": len(report.reading.told) - len(found.refusals),
        "events": len(found.events),
        "written": report.written,
        "difference": {
            "new": found.new,
            "answered": found.answered,
            "changed": msgspec.to_builtins(found.changed),
            "gone": found.gone,
            "unchanged": found.unchanged,
            "judged": found.judged,
        },
        "receipts": list(report.receipts),
        "boilerplate": [{"count": len(one.messages), "messages": list(one.messages)} for one in report.boilerplate],
        "refusals": remarks_json(report.refusals, language()),
        "notices": remarks_json(report.notices, language()),
        "unmapped": msgspec.to_builtins(report.reading.unmapped),
    }


def lines(report: Report) -> Iterator[RenderableType]:
    """What a person reads: what was refused, what is new, and what else there is to know."""
    yield from remark_lines(report.refusals, report.notices, report.reading.unmapped, language())
    box = report.mailbox
    for fact in box.facts:
        if fact.subject is not None:
            yield escape(say("messages.registered", subject=fact.subject.id, name=fact.subject.name))
        else:
            yield escape(say("messages.source", subject=box.subject, source=box.source))
    yield escape(say("messages.taken", rows=report.reading.rows, subject=box.subject))
    yield _differences(report.found)
    if report.found.gone:
        yield say("messages.gone_note")
    if not report.found.judged:
        yield f"[yellow]{say('messages.unjudged')}[/]"
    if report.receipts:
        yield escape(say("messages.receipts", count=len(report.receipts), ids=_some(report.receipts)))
    for cluster in report.boilerplate[:SHOWN]:
        yield escape(say("messages.boilerplate", count=len(cluster.messages), ids=_some(cluster.messages)))
    yield say("messages.written", events=len(report.found.events), facts=report.written)
    if report.as_of is not None:
        yield say("messages.as_of", at=seen_at(report.as_of))


def _differences(found: Difference) -> Table:
    shown = table("messages.change", "messages.count", "messages.which")
    changed = list(dict.fromkeys(change.id for change in found.changed))
    rows = (("new", found.new), ("answered", found.answered), ("changed", changed), ("gone", found.gone))
    for word, ids in rows:
        shown.add_row(say(f"messages.{word}"), f"{len(ids):,}", escape(_some(ids)))
    shown.add_row(say("messages.unchanged"), f"{found.unchanged:,}", "")
    return shown


def _some(ids: Sequence[str]) -> str:
    more = f" … (+{len(ids) - SHOWN})" if len(ids) > SHOWN else ""
    return ", ".join(ids[:SHOWN]) + more
