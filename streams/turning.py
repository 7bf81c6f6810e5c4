"""From levels to events: what a verdict does to the matter that is open, if one is."""

from __future__ import annotations

import msgspec

from streams.findings import Event, Grade, Verdict, ok, weight
from streams.looks import Look
from streams.rows import Open, Part


def turn(matter: Open, verdict: Verdict) -> tuple[Event | None, Open]:
    """The event that `verdict` makes of `matter`, and the matter after it; None where it says nothing new.

    A matter of level ok was just coined: it is not open yet.
    """
    after = said(matter, verdict)
    if verdict.signal:
        return Event.SIGNALS, after
    if matter.level is Grade.OK:
        return Event.OPENS, after
    if verdict.level is Grade.OK:
        return Event.CLOSES, close(matter, verdict.why)
    if after == matter:
        return None, matter
    return (
        Event.WORSENS if weight(after.level, after.step) > weight(matter.level, matter.step) else Event.MOVES
    ), after


def said(matter: Open, verdict: Verdict) -> Open:
    """The matter as `verdict` states it."""
    return Open(
        matter.id,
        matter.opened_at,
        verdict.level,
        matter.item,
        verdict.step,
        verdict.since,
        verdict.due,
        verdict.why,
        verdict.args,
        verdict.folds,
        verdict.candidate,
    )


def close(matter: Open, why: str) -> Open:
    """The matter as its closing finding says it: ok, and why."""
    return msgspec.structs.replace(matter, level=Grade.OK, step="", why=why)


def closed_by(part: Part, why: str) -> list[Verdict]:
    """The verdicts that close everything that `part` holds open."""
    return [ok(why, matter.item) for matter in part.opens]


def restate(look: Look) -> Look:
    """The look without its items, as a bundle keeps it."""
    return msgspec.structs.replace(look, items=None)
