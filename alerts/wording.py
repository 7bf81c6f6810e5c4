"""From a matter to the words that people read about it (RULEBOOK section 17). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache

import msgspec

from alerts.calendar import in_words, workday_before
from alerts.letter import Point
from alerts.words import say
from streams.days import DAY, MOMENT, SHANGHAI, Limit, day_of, parse_limit
from streams.findings import Grade
from streams.workdays import STATUTORY, Workdays

# What may be secret or shameful is never quoted where a letter may be forwarded: its number, and that there is one.
SEALED = frozenset({"SEC-WORDING", "SEC-SECRET"})
QUOTED = frozenset({"title", "notice"})  # of what a rule says, the words of a page
_AGED = frozenset({"stale", "due_soon", "lapses", "never"})  # only these have a last safe day: 00:00 of `due` ends it
_NUMBERS = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|1[3-9]\d{9})(?![\dXx])")


class Matter(msgspec.Struct, frozen=True, kw_only=True):
    """One matter as a letter needs it: who, where, what is so, since when, and what the rule pack says of it.

    `args` are the rule's own: `newest` and `registered` (days), `title` (of the last item), `limit`, counts.
    `n` columns are in breach, where `of` are a veto. `at` is the moment of writing (log time).
    """

    id: str
    rule: str
    level: Grade
    why: str
    subject: str  # its name
    subject_id: str = ""
    source: str = ""  # the column's path or name
    url: str = ""
    since: datetime | None = None
    due: datetime | None = None
    closed_at: datetime | None = None
    at: datetime | None = None
    args: dict[str, str] = {}
    clause: str = ""
    advice: str = ""
    n: int = 0
    of: int = 0
    candidate: bool = False
    workdays: Workdays = STATUTORY
    life: tuple[str, ...] = ()  # lines about what became of it, in the reader's language


def write(matter: Matter, language: str = "zh") -> Point:
    """What a letter says of one matter."""
    sealed = matter.rule in SEALED
    closed = matter.closed_at is not None
    lines = _sealed(language) if sealed else _closed(matter, language) if closed else _standing(matter, language)
    return Point(
        alert=matter.id,
        title=title(matter, language),
        level=Grade.OK.value if closed else matter.level.value,
        rule=matter.rule,
        subject=matter.subject_id,
        lines=tuple(lines),
        clause="" if closed else matter.clause,
        url="" if sealed else matter.url,
    )


def title(matter: Matter, language: str) -> str:
    """A matter in one line: who, which column, what."""
    if matter.rule in SEALED:
        return say(language, "title", subject=matter.subject, what=say(language, "what.sealed", id=matter.id))
    mark = f"「{matter.source}」" if language == "zh" else f" “{matter.source}”"
    what = summary(matter.why, matter.args, language)
    return say(language, "title", subject=matter.subject, source=mark if matter.source else "", what=what)


def summary(why: str, args: dict[str, str], language: str) -> str:
    """What is so, in words."""
    fields = args | {
        "limit": limit_in_words(args.get("limit", ""), language),
        "term": term_in_words(args.get("term", ""), language),
        "cause": say(language, f"cause.{args.get('cause', '')}"),
    }
    return say(language, f"what.{why}", **fields)


@lru_cache(maxsize=1024)
def limit_in_words(text: str, language: str) -> str:
    """`14d` as 14 天; what cannot be read stays as it is."""
    try:
        limit: Limit = parse_limit(text)
    except ValueError:
        return text
    return say(language, "limit.days", n=limit.days) if limit.days else say(language, "limit.months", n=limit.months)


def term_in_words(text: str, language: str) -> str:
    """`5wd` as 5 个工作日; months as any limit."""
    days = text.removesuffix("wd")
    return say(language, "term.days", n=days) if days != text else limit_in_words(text, language)


def masked(text: str) -> str:
    """Text from a page without what looks like an identity number or a mobile phone: first and last digits stay."""
    return _NUMBERS.sub(lambda found: f"{found[0][:3]}{'*' * (len(found[0]) - 5)}{found[0][-2:]}", text)


def covered(address: str) -> str:
    """An address as others may see it: its middle is covered."""
    head, at, domain = address.rpartition("@")
    if at and head:
        return f"{head[:1]}***{head[-1:] if len(head) > 3 else ''}@{domain}"
    if re.fullmatch(r"[+\d\s()-]{7,}", address):
        plain = re.sub(r"\D", "", address)
        return f"{plain[:3]}****{plain[-4:]}" if len(plain) > 8 else f"{plain[:2]}****{plain[-2:]}"
    return address if len(address) < 4 else f"{address[:2]}***{address[-1:]}"


def local(moment: datetime) -> str:
    """A moment as people in China read the time."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _sealed(language: str) -> Iterator[str]:
    yield say(language, "line.sealed")
    yield say(language, "line.candidate")


def _closed(matter: Matter, language: str) -> Iterator[str]:
    assert matter.closed_at is not None
    yield say(language, "line.closed", time=local(matter.closed_at))
    yield from matter.life


def _standing(matter: Matter, language: str) -> Iterator[str]:
    yield from _shown(matter, language)
    yield from _last_safe(matter, language)
    yield from _waiting(matter, language)
    if matter.since is not None and matter.rule.startswith("OWN-"):
        yield say(language, "line.since", time=local(matter.since))
    if matter.of and matter.source:
        yield say(language, "line.count", n=matter.n, of=matter.of)
    yield from _beside(matter, language)
    yield from matter.life
    if matter.why in {"stale", "due_soon", "lapses"} and matter.rule.startswith(("MED-", "WEB-")):
        yield say(language, "line.not_count" if matter.rule.startswith("MED-") else "line.not_count_web")
    if matter.advice:
        yield say(language, "line.advice", advice=matter.advice)
    if matter.candidate:
        yield say(language, "line.candidate")


def _shown(matter: Matter, language: str) -> Iterator[str]:
    """The last item: its title, its shown day, and how long ago that is."""
    if found := matter.args.get("title"):
        yield say(language, "line.title", title=masked(found))
    if (day := _day(matter.args.get("registered"))) is not None:
        yield say(language, "line.registered", day=in_words(day, language, matter.workdays))
    newest = _day(matter.args.get("newest"))
    if newest is None:
        return
    yield say(language, "line.newest", day=in_words(newest, language, matter.workdays))
    if matter.at is not None and "limit" in matter.args:
        limit = limit_in_words(matter.args["limit"], language)
        yield say(language, "line.days", n=(day_of(matter.at) - newest).days, limit=limit)


def _last_safe(matter: Matter, language: str) -> Iterator[str]:
    if matter.due is None or matter.why not in _AGED:
        return
    last = day_of(matter.due) - DAY
    yield say(language, "line.last_safe", day=in_words(last, language, matter.workdays))
    if matter.level is not Grade.DUE_SOON or matter.at is None:
        return
    today = day_of(matter.at)
    left = (last - today).days
    if left >= 0:
        yield say(language, "line.left" if left else "line.today", n=left)
    workday = workday_before(last, matter.workdays)
    if workday is not None and workday >= today:
        yield say(language, "line.workday", day=in_words(workday, language, matter.workdays))


def _waiting(matter: Matter, language: str) -> Iterator[str]:
    """A message: when it came, and the last day on which an answer is in time."""
    if "message" not in matter.args:
        return
    if (asked := _day(matter.args.get("asked"))) is not None:
        yield say(language, "line.asked", day=in_words(asked, language, matter.workdays))
    if matter.due is not None:
        yield say(language, "line.answer_by", day=in_words(day_of(matter.due - MOMENT), language, matter.workdays))
    if moved := matter.args.get("moved_from"):
        before = day_of(datetime.fromisoformat(moved) - MOMENT)
        by = say(language, f"moved.{matter.args.get('moved_by', 'calendar')}")
        yield say(language, "line.moved_from", day=in_words(before, language, matter.workdays), by=by)


def _beside(matter: Matter, language: str) -> Iterator[str]:
    """What stands beside the verdict: clean the registry first."""
    if name := matter.args.get("shown_name"):
        yield say(language, "line.shown_name", name=masked(name))
    if notice := matter.args.get("notice"):
        yield say(language, "line.notice", title=masked(notice))


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
