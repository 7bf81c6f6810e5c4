"""Facts and versions: which parts a subject's row has, made and dropped as the rules apply (DESIGN sections 2, 7)."""

from __future__ import annotations

import msgspec

from streams.casework import NO_STORIES, Stories, waiting_again, waiting_of
from streams.findings import REGISTRY, Event, Grade, Verdict
from streams.folding import Fold, Unborn, alibi_of
from streams.records import ACROSS, DEEDS, Changed, Fact, FactKind
from streams.rows import SUBJECT_BUNDLE, Bundle, Part
from streams.rules import Revised, Rule, Seen, Told
from streams.secondlook import drop_source, take_claim
from streams.subjects import Source, Subject

RETIRED = "retired"
NEW_VERSION = "new_version"


def tell(fold: Fold, fact: Fact, stories: Stories = NO_STORIES) -> None:
    """Take up a fact: the subject or a source becomes what it says; parts are fitted, then told.

    `stories` are the cases of a mailbox that the fact adds."""
    fold.alibi = None
    _announce(fold, fact)
    if fact.kind is FactKind.FIXED:
        take_claim(fold, fact.matter)
    if fact.kind in DEEDS | ACROSS:  # what people do about an alert is the desk's: no rule judges by it
        return
    if fact.subject is not None:
        fold.subject = fact.subject
    if fact.source is not None:
        _place(fold, fact.kind, fact.source, stories)
    if fold.subject is None:  # a source may be told of before its subject: its parts are made then
        return
    sources = [fact.source.id] if fact.source is not None else [s for s in fold.bundles if s != SUBJECT_BUNDLE]
    _fit_all(fold, sources)
    for stage, rule, source in fold.order():
        if source in sources or source == SUBJECT_BUNDLE:
            told = Told(fact, fold.now, fold.subject, fold.bundles[source].source)
            fold.step(source, stage, rule, told)
            _show_again(fold, source, stage, rule)


def revise(fold: Fold, changed: Changed) -> None:
    """Step every part with a new version: it may open what the last good look already shows."""
    fold.alibi = None
    fold.version = changed.version
    for stage, rule, source in fold.order():
        _take_up(fold, source, stage, rule)
    if fold.subject is None:
        return
    _fit_all(fold, [s for s in fold.bundles if s != SUBJECT_BUNDLE])
    for stage, rule, source in fold.order():
        revised = Revised(changed, fold.now, fold.subject, fold.bundles[source].source)
        fold.step(source, stage, rule, revised)
        _show_again(fold, source, stage, rule)
        if stage == 2:  # the new version may judge other sources than the old one did
            _tell_sources(fold, fold.subject, rule)


def _announce(fold: Fold, fact: Fact) -> None:
    """Carry the fact into the ledger: the desk has no other log to learn names, units and contacts from."""
    about = fact.source if fact.source is not None else fact.subject
    args = {key: str(value) for key, value in msgspec.to_builtins(about).items()} if about is not None else {}
    args |= {key: value for key, value in _said(fact) if value}
    if fact.until is not None:
        args["until"] = fact.until.isoformat()
    if fact.silence is not None:
        args |= {key: str(value) for key, value in msgspec.to_builtins(fact.silence).items()}
    source = fact.source.id if fact.source is not None else ""
    fold.signal(REGISTRY, source, Verdict(level=Grade.OK, why=fact.kind.value, args=args, signal=True))


def _said(fact: Fact) -> tuple[tuple[str, str], ...]:
    return ("matter", fact.matter), ("by", fact.by), ("text", fact.text), ("about", fact.about)


def _place(fold: Fold, kind: FactKind, source: Source, stories: Stories) -> None:
    if kind is FactKind.SOURCE_RETIRED:
        _retire(fold, source.id)
    elif source.id in fold.bundles:
        fold.own(source.id).source = source
    else:
        fold.touched.add(source.id)
        fold.bundles[source.id] = Bundle(source, ask=fold.now, waiting=waiting_of(stories))


def _retire(fold: Fold, source: str) -> None:
    if source in fold.bundles:
        for part in tuple(fold.bundles[source].parts):
            _remove(fold, source, part)
        drop_source(fold, source)
        fold.drop(source)


def _take_up(fold: Fold, source: str, stage: int, rule: str) -> None:
    """A part that was set aside goes on; one whose state cannot be read makes room to begin anew."""
    bundle = fold.bundles[source]
    index = bundle.find(stage, rule)
    if index is None:
        return
    if isinstance(bundle.parts[index].state, Unborn):
        _remove(fold, source, bundle.parts[index], NEW_VERSION)
    elif bundle.parts[index].aside is not None:
        own = fold.own(source)
        own.parts[index] = fold.take_up(own.parts[index], source, NEW_VERSION)


def _fit_all(fold: Fold, sources: list[str]) -> None:
    assert fold.subject is not None
    if SUBJECT_BUNDLE not in fold.bundles:
        fold.touched.add(SUBJECT_BUNDLE)
        fold.bundles[SUBJECT_BUNDLE] = Bundle(None)
    # Stage 2 is fitted first, so that it hears of what its new columns' last looks already show.
    for source in (SUBJECT_BUNDLE, *sorted(sources)):
        if source in fold.bundles:
            _fit(fold, fold.subject, source)


def _fit(fold: Fold, subject: Subject, source: str) -> None:
    stage = 2 if source == SUBJECT_BUNDLE else 1
    about = fold.bundles[source].source
    wanted = {name: rule for name, rule in fold.rules.of_stage(stage) if _applies(rule, subject, about)}
    for part in tuple(fold.bundles[source].parts):
        if part.rule not in wanted:
            _remove(fold, source, part)
    for name, rule in wanted.items():
        if fold.bundles[source].find(stage, name) is None:
            _begin(fold, subject, source, stage, name, rule)


def _applies(rule: Rule, subject: Subject, source: Source | None) -> bool:
    try:
        return rule.applies(subject, source)
    except MemoryError:
        raise
    except Exception:
        return True


def _begin(fold: Fold, subject: Subject, source: str, stage: int, name: str, rule: Rule) -> None:
    bundle = fold.own(source)
    try:
        state = rule.begin(subject, bundle.source, fold.now)
        part = Part(stage, name, state, rule.due(state))
    except MemoryError:
        raise
    except Exception as error:
        part = fold.set_aside(Part(stage, name, Unborn()), source, error)
    bundle.parts.append(part)
    bundle.parts.sort(key=lambda part: (part.stage, part.rule))
    bundle.set_due()
    if stage == 2:
        _catch_up(fold, subject, name)


def _remove(fold: Fold, source: str, part: Part, why: str = RETIRED) -> None:
    """Take a part away: what it held open is closed and says why."""
    before = len(fold.findings)
    fold.close_all(part, source, why)
    bundle = fold.own(source)
    bundle.parts = [other for other in bundle.parts if (other.stage, other.rule) != (part.stage, part.rule)]
    bundle.set_due()
    if part.stage == 1:
        fold.hand_on(before)


def _catch_up(fold: Fold, subject: Subject, name: str) -> None:
    """Tell a new part of stage 2 which sources there are, and what stands open below it."""
    _tell_sources(fold, subject, name)
    for source in sorted(fold.bundles):
        for part in fold.bundles[source].parts:
            for matter in part.opens if part.stage == 1 else ():
                standing = fold.say(0, Event.OPENS, part.rule, source, matter)
                fold.step(SUBJECT_BUNDLE, 2, name, standing)


def _tell_sources(fold: Fold, subject: Subject, name: str) -> None:
    for source in sorted(fold.bundles):
        about = fold.bundles[source].source
        if about is not None:
            added = Fact(kind=FactKind.SOURCE_ADDED, source=about)
            fold.step(SUBJECT_BUNDLE, 2, name, Told(added, fold.now, subject, None))


def _show_again(fold: Fold, source: str, stage: int, rule: str) -> None:
    if stage == 1 and (again := waiting_again(fold, source)) is not None:
        fold.step(source, stage, rule, again)
    last = fold.bundles[source].last
    if last is not None and stage == 1:
        seen = Seen(last, fold.now)
        fold.alibi = alibi_of(seen)
        fold.step(source, stage, rule, seen)
        fold.alibi = None
