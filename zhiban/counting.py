"""Citizens' messages out of the store, and the law by which they are counted: its terms are the built rules'."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from functools import cached_property

import msgspec

from agents._messages import MessageRule
from agents._pack import Pack, PackError
from agents.finderr_3wd import Finderr3wd
from alerts.sla import Counted, Law, count
from streams.days import day_of
from streams.looks import Shown
from streams.messages import About, Case
from streams.ports.store import Store
from streams.ports.store.opening import Transaction
from streams.rows import Bundle
from streams.rules import Rules
from streams.subjects import FILE, PUSH
from streams.terms import Office, Term
from streams.workdays import Workdays
from zhiban.words import say

NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # before it, nothing is known to be told in full


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which messages are asked for: of one unit, of one mailbox (a subject), asked on or after a Shanghai day."""

    unit: str = ""
    mailbox: str = ""
    since: date | None = None

    def has(self, one: Counted) -> bool:
        """Whether this one is."""
        return (not self.unit or self.unit in one.about.units) and (
            self.since is None or day_of(one.asked_at) >= self.since
        )


class Counting:
    """The count over one store, by these rules."""

    def __init__(self, store: Store, rules: Rules, pack: Pack, workdays: Workdays) -> None:
        """Nothing is read yet."""
        self._store, self._rules, self.pack, self.workdays = store, rules, pack, workdays

    @cached_property
    def limits(self) -> list[tuple[str, MessageRule]]:
        """The rules by which a message is on time or late, the shortest limit first."""
        found = [(name, rule) for (_, name), rule in self._rules.laws.items() if isinstance(rule, MessageRule)]
        limits = [(name, rule) for name, rule in found if rule.is_limit]
        return sorted(limits, key=lambda one: (one[1].term.months, one[1].term.days, one[0]))

    def limit_of(self, about: About) -> tuple[str, Term] | None:
        """The rule and the term of such a message. What the office asks itself is measured by the same ones."""
        plain = msgspec.structs.replace(about, test=False)
        return next(((name, rule.term) for name, rule in self.limits if rule.concerns(plain)), None)

    @cached_property
    def law(self) -> Law:
        """By what messages are counted; raises PackError."""
        known: dict[About, Term | None] = {}

        def term_of(about: About) -> Term | None:
            kind = About(about.channel, about.category, simple=about.simple)
            if kind not in known:
                limit = self.limit_of(kind)
                known[kind] = None if limit is None else limit[1]
            return known[kind]

        return Law(term_of, self.workdays, office_of(self.pack))

    def is_error(self, about: About) -> bool:
        """Whether it is a 找错 report."""
        plain = msgspec.structs.replace(about, test=False)
        return any(isinstance(rule, Finderr3wd) and rule.concerns(plain) for _, rule in self.limits)

    def messages(self, at: datetime, wanted: Wanted) -> Iterator[Counted]:
        """Every wanted message as it stands at `at`, one mailbox after the other; raises ValueError where no such
        mailbox is known."""
        with self._store.read() as tx:
            if wanted.mailbox and wanted.mailbox not in (known := sorted({subject for subject, _ in tx.mailboxes()})):
                raise ValueError(say("bad.sla.mailbox", found=wanted.mailbox, expected=", ".join(known) or "—"))
            said = _Completeness(tx, self._rules)
            for subject, source, case in tx.cases(at, wanted.mailbox):
                one = count(case, source, self.law, at, said.of(subject, source, case.id))
                if one is not None and wanted.has(one):
                    yield one

    def find(self, message: str, mailbox: str, at: datetime) -> tuple[str, Case]:
        """The message of that id and its mailbox's source, as its events up to `at` make it; raises ValueError where
        there is none, or more than one."""
        with self._store.read() as tx:
            boxes = [box for box in tx.mailboxes() if mailbox in {"", *box}]
            found = tx.stories([(*box, message) for box in boxes])
        cases = [(source, case.until(at)) for (_, source, _), case in sorted(found.items())]
        known = [(source, case) for source, case in cases if case.received_at is not None]
        if len(known) > 1:
            raise ValueError(say("bad.message.many", found=message, expected=", ".join(source for source, _ in known)))
        if not known:
            raise ValueError(say("bad.message", found=message))
        return known[0]


class _Completeness:
    """Up to when each mailbox told everything of a message: None where it tells at once by itself."""

    def __init__(self, tx: Transaction, rules: Rules) -> None:
        self._tx, self._rules = tx, rules
        self._bundles: dict[str, dict[str, Bundle]] = {}

    def of(self, subject: str, source: str, message: str) -> datetime | None:
        if subject not in self._bundles:
            self._bundles[subject] = self._tx.load(self._rules, {subject: None}, NEVER)[subject].bundles
        return _complete(self._bundles[subject].get(source), message)


def _complete(bundle: Bundle | None, message: str) -> datetime | None:
    if bundle is None or bundle.source is None:
        return NEVER
    if bundle.source.url.startswith(PUSH):
        return None
    if bundle.source.url.startswith(FILE):
        return bundle.as_of or NEVER
    last = bundle.last
    if last is None:
        return NEVER
    shown = last.level.waiting if isinstance(last.level, Shown) else None
    # A look vouches for those alone that it shows as unanswered.
    return last.witnessed_at if shown is None or message in shown else NEVER


def office_of(pack: Pack) -> Office:
    """The hours of a working day as the pack writes them; raises PackError."""
    spans = [tuple(_time(text, part) for part in text.split("-")) for text in pack.messages.office]
    for text, span in zip(pack.messages.office, spans, strict=True):
        if len(span) != 2 or span[0] >= span[1]:
            raise PackError(_strange(text))
    return Office(tuple((span[0], span[-1]) for span in spans))


def _time(whole: str, text: str) -> time:
    try:
        return time.fromisoformat(text.strip())
    except ValueError:
        raise PackError(_strange(whole)) from None


def _strange(text: str) -> str:
    return say("pack.office", found=text)
