"""`zhiban sla` and `zhiban sla explain`, of an opened working directory."""

from __future__ import annotations

from datetime import date

from zhiban.commands.explaining import explained, explained_document, print_explained
from zhiban.commands.opened import Opened
from zhiban.commands.sla import print_sla, sla_document, survey
from zhiban.counting import Counting, Wanted
from zhiban.wiring import load_workdays


def sla(
    opened: Opened, at: str, unit: str, mailbox: str, since: date | None, *, audit: bool, json: bool, exit_code: bool
) -> int:
    """`zhiban sla`: facts count by their own times up to `at`."""
    wanted = Wanted(unit=unit, mailbox=mailbox, since=since)
    found = survey(_counting(opened), opened.moment(at), wanted, every=json)
    if json:
        opened.say(sla_document(found, audit=audit))
    else:
        print_sla(found, opened.console, audit=audit)
    return 1 if exit_code and found.is_late else 0


def explain(opened: Opened, message: str, at: str, mailbox: str, *, json: bool) -> int:
    """`zhiban sla explain MESSAGE`."""
    found = explained(_counting(opened), message, mailbox, opened.moment(at))
    if json:
        opened.say(explained_document(found))
    else:
        print_explained(found, opened.console)
    return 0


def _counting(opened: Opened) -> Counting:
    return Counting(opened.store, opened.rules, opened.pack, load_workdays(opened.config, opened.folder))
