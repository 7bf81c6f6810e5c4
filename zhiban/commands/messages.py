"""`zhiban messages import`: from a mailbox's export to facts of its log, with a report for people or scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path

from rich.console import Console

from alerts.view import iso
from alerts.wording import masked
from connectors._replies import Phrases, fingerprint
from streams.messages import REPLIES, Case, Deed, MessageEvent
from streams.ports.clock import SystemClock
from streams.ports.store import Store
from streams.ports.store.opening import Transaction
from streams.records import Fact
from zhiban.commands.opened import Opened
from zhiban.commands.registry import BAD_INPUT, DONE, FOUND, import_bar
from zhiban.messages.boilerplate import clusters
from zhiban.messages.difference import Difference, difference, facts_of
from zhiban.messages.mailbox import Mailbox, mailbox_of
from zhiban.messages.prints import print_key
from zhiban.messages.reading import Piece, Reading, read_messages, seen_at
from zhiban.messages.rows import Manner
from zhiban.messages.showing import Report, document, lines
from zhiban.registry.mapping import NO_MAPPING, OURS_OF_MESSAGES, Mapping, load_mapping
from zhiban.registry.remarks import Notice
from zhiban.registry.words import in_words
from zhiban.telling import begin, tell
from zhiban.words import language, say

AT_ONCE = 25  # facts of one transaction
LONG = 500  # rows or events, from which on a bar is shown
PLACE = 400  # characters of a place in quarantine

Known = dict[str, Case]
Progress = AbstractContextManager[Callable[[int], None]]


def import_messages(
    opened: Opened, path: Path, mapping: Path | None, mailbox: str, as_of: str, *, json: bool, exit_code: bool
) -> int:
    """Import one file. Exit code 2 when nothing could be taken; 1 when something was refused, if asked for; else 0.

    Raises ConfigError for the mapping file, ValueError for the mailbox and the time, before anything is written.
    """
    read = load_mapping(mapping, OURS_OF_MESSAGES) if mapping is not None else NO_MAPPING
    try:
        report = _imported(opened, path, read, mailbox, as_of, _bars(None if json else Console(stderr=True)))
    finally:
        opened.store.close()
    if json:
        opened.say(document(report))
    else:
        for line in lines(report):
            opened.console.print(line, highlight=False)
    if not report.reading.tables:
        return BAD_INPUT
    return FOUND if exit_code and report.refusals else DONE


def _imported(
    opened: Opened, path: Path, mapping: Mapping, mailbox: str, as_of: str, bar: Callable[[str], Progress]
) -> Report:
    now = SystemClock().now()
    begin(opened.store, opened.rules, now, _partitions(opened))
    box = mailbox_of(opened.known(), mailbox or mapping.constants.get("mailbox", ""))
    manner = _manner(opened, _as_of(opened, as_of))
    with bar("reading_messages") as progress:
        reading = read_messages(path, mapping, manner, progress)
    report = _written(opened.store, reading, box, manner.as_of, now, bar)
    opened.judge()
    _keep_texts(opened, report, now)
    return report


def _keep_texts(opened: Opened, report: Report, now: datetime) -> None:
    """Keep the masked texts of what is new, if somebody switched that on; sweep those whose time is over."""
    fresh = {(event.message, event.at) for event in report.found.events}
    box, told = report.mailbox, report.reading.told
    names = {name for name, _ in fresh}
    texts = [
        (box.subject, box.source, name, part, at, text)
        for name in sorted(names)
        for part, at, text in told[name].texts
        if (name, at) in fresh
    ]
    with opened.store.write() as tx:
        tx.keep_texts(texts, now + timedelta(days=opened.config.messages.keep_text_days))
        tx.sweep_texts(now)


def show_texts(opened: Opened, message: str, *, json: bool) -> int:
    """`zhiban messages text ID`: what is kept of its texts, masked; 1 where nothing is."""
    try:
        with opened.store.read() as tx:
            kept = tx.message_texts(message, SystemClock().now())
    finally:
        opened.store.close()
    rows = [{"mailbox": one[0], "part": one[3], "at": iso(one[4]), "text": one[5]} for one in kept]
    if json:
        opened.say({"message": message, "texts": rows})
        return DONE if rows else FOUND
    for subject, _, _, part, at, text in kept:
        opened.console.print(f"{subject} {say(f'messages.{part}')} {seen_at(at)}", style="bold", highlight=False)
        opened.console.print(text, highlight=False, markup=False)
    if not rows:
        opened.console.print(say("messages.no_text", found=message), style="dim", highlight=False, markup=False)
    return DONE if rows else FOUND


def _bars(console: Console | None) -> Callable[[str], Progress]:
    return lambda what: import_bar(console, language(), what, LONG)


def _partitions(opened: Opened) -> int:
    """As many as there are; in a cluster that nobody started yet, as many as there will be."""
    with opened.store.read() as tx:
        there = tx.partition_count()
    return there or (opened.config.cluster.partitions if opened.config.cluster.kafka else 1)


def _as_of(opened: Opened, asked: str) -> datetime:
    now = opened.moment("")
    if not asked:
        return now
    moment = opened.moment(asked)
    if moment > now:
        raise ValueError(say("bad.as_of", found=asked, now=seen_at(now)))
    return moment


def _manner(opened: Opened, as_of: datetime) -> Manner:
    ours = opened.pack.messages
    with opened.store.write() as tx:
        key = print_key(tx)
    phrases = Phrases(ours.receipts, ours.courtesies)
    keep = masked if opened.config.messages.keep_text_days > 0 else None
    return Manner(phrases.answers, lambda text: fingerprint(text, key), ours.uncategorised, as_of, keep)


def _written(
    store: Store, reading: Reading, box: Mailbox, as_of: datetime, now: datetime, bar: Callable[[str], Progress]
) -> Report:
    """Write what is not known yet."""
    known, told = _known(store, box.source)
    found = difference(known, reading)
    complete = _complete(reading, found, known, as_of) if reading.tables else None
    fresh = complete if complete is not None and (told is None or complete > told) else None
    facts = [*facts_of(box.source, found.events, fresh)] if reading.tables else []
    if facts:
        with bar("telling") as progress:
            _tell(store, [*box.facts, *facts], now, box.subject, progress)
    with store.write() as tx:
        _set_aside(tx, reading, found, box, now)
    cases = _after(known, found.events)
    receipts = sorted(case.id for case in cases if case.first_reply_at is not None and _only_receipts(case))
    registered = box if facts else Mailbox(box.subject, box.source)
    return Report(reading, found, registered, complete, receipts, clusters(_prints(cases)), len(facts))


def _after(known: Known, events: Sequence[MessageEvent]) -> list[Case]:
    """The cases with the events that were new."""
    fresh: dict[str, list[MessageEvent]] = {}
    for event in events:
        fresh.setdefault(event.message, []).append(event)
    return [known.get(name, Case(name)).told(fresh.get(name, ())) for name in known | fresh]


def _only_receipts(case: Case) -> bool:
    return not any(event.deed is Deed.ANSWERED for event in case.events)


def _prints(cases: Sequence[Case]) -> Iterator[tuple[str, str]]:
    return ((case.id, event.print) for case in cases for event in case.events if event.deed in REPLIES)


def _known(store: Store, source: str) -> tuple[Known, datetime | None]:
    """What the log tells of this mailbox, judged already or not, and up to when it tells all."""
    events: dict[str, list[MessageEvent]] = {}
    told: datetime | None = None
    with store.read() as tx:
        for fact in tx.mailbox_facts(source):
            for event in fact.events:
                events.setdefault(event.message, []).append(event)
            told = max(told or fact.as_of, fact.as_of) if fact.as_of is not None else told
    return {name: Case(name).told(own) for name, own in events.items()}, told


def _complete(reading: Reading, found: Difference, known: Known, as_of: datetime) -> datetime | None:
    """Up to when the file tells all; None where what could not be taken may be somebody's answer."""
    held = reading.held | {refusal.found for refusal in found.refusals}
    if reading.whole and not any(name in held and known[name].is_waiting for name in known):
        return as_of
    file = next((one.file for one in (*reading.refusals, *found.refusals)), "")
    found.notices.append(Notice(file=file, why="as_of_kept", args={"as_of": seen_at(as_of)}))
    return None


def _tell(store: Store, facts: Sequence[Fact], now: datetime, subject: str, progress: Callable[[int], None]) -> None:
    """Append in transactions of AT_ONCE facts: a crash between two leaves what another import completes."""
    done = 0
    for start in range(0, len(facts), AT_ONCE):
        tell(store, facts[start : start + AT_ONCE], now, subject)
        done += sum(len(fact.events) for fact in facts[start : start + AT_ONCE])
        progress(done)


def _set_aside(tx: Transaction, reading: Reading, found: Difference, box: Mailbox, now: datetime) -> None:
    """Put what was refused into quarantine; what an earlier import of the file refused, and this one did not, is
    settled."""
    above = f"message/{box.source}/"
    pieces = [*reading.pieces, *(Piece(f"{one.file}/{one.sheet}/{one.row}", (one,)) for one in found.refusals)]
    for piece in pieces:
        reason = "; ".join(in_words(refusal, language()) for refusal in piece.refusals)
        tx.put_aside("message", (above + piece.place)[:PLACE], reason, piece.body, now)
    aside = {(above + piece.place)[:PLACE] for piece in pieces}
    read = {told.place[0] for told in reading.told.values()}
    for what, place, _, _ in tx.quarantined():
        file = place.removeprefix(above).partition("/")[0]
        if what == "message" and place.startswith(above) and file in read and place not in aside:
            tx.settle_piece(place, "imported", now)
