"""What people do about alerts on the command line: acknowledge, assign, claim, dismiss; silences; and trying routes."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rich.markup import escape

from alerts.board import Board
from alerts.directory import UNITS, Who
from alerts.trial import Trial, trial
from alerts.view import alerts_view, iso, lessons_view, silences_view
from alerts.words import say as grade_in_words
from streams.days import SHANGHAI
from streams.ports.clock import SystemClock
from streams.records import FactKind
from streams.silences import PLACES, Silence
from zhiban.commands.opened import Opened
from zhiban.commands.screen import table
from zhiban.commands.trying import when
from zhiban.deeds import Done, add_silence, end_silence, say_of_alert
from zhiban.words import ZH, language, say

STATES = ("open", "closed", "all", "acknowledged", "fixed", "granted", "confirmed", "false_alarm", "asked")
LEVELS = ("veto", "breach", "due_soon", "unknown", "notice")


class Chosen:
    """Which alerts are wanted; "" is all."""

    def __init__(self, *, unit: str = "", rule: str = "", state: str = "open", level: str = "") -> None:
        """Raises ValueError that names a state or a level that there is not."""
        for name, found, expected in (("--state", state, STATES), ("--level", level, ("", *LEVELS))):
            if found not in expected:
                raise ValueError(say("bad.choice", name=name, found=found, expected=", ".join(filter(None, expected))))
        self.unit, self.rule, self.state, self.level = unit, rule.upper(), state, level

    def rows(self, board: Board) -> list[dict[str, Any]]:
        """The rows of the alerts that are wanted."""
        named = self.state not in {"open", "closed", "all"}
        rows = alerts_view(board, state="all" if self.state == "false_alarm" else "open" if named else self.state)
        return [row for row in rows if self._takes(row, self.state if named else "")]

    def _takes(self, row: Mapping[str, Any], state: str) -> bool:
        if self.unit and self.unit not in row["unit"].split(UNITS):
            return False
        if state == "asked":
            waits = row["state"] != "false_alarm" and any(not one["answer"] for one in row.get("requests", ()))
            return waits and self._takes(row, "")
        pairs = (
            (self.rule, row["rule"]),
            (self.level, row.get("level")),
            (state, row["state"]),
        )
        return all(not wanted or wanted == found for wanted, found in pairs)


def show_alerts(opened: Opened, at: str, chosen: Chosen, *, json: bool) -> int:
    """`zhiban alerts`."""
    board = opened.standing(at).board
    rows, lessons = chosen.rows(board), lessons_view(board)
    if json:
        opened.say({"alerts": rows, "lessons": lessons})
        return 0
    shown = table("id", "kind", "rule", "state", "level", "unit", "count", "until", "in_hand")
    for row in rows:
        shown.add_row(*_cells(row))
    opened.console.print(shown)
    for lesson in lessons:
        opened.console.print(say("alerts.lesson", **lesson), style="dim", highlight=False)
    return 0


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    name = row.get("collector") or row["unit"]
    level = grade_in_words(language(), f"level.{row['level']}") if "level" in row else ""
    until = row.get("until") or row.get("deadline")
    who = row.get("assignee") or (row.get("by") if row["state"] != "open" else "") or ""
    kind, state = say(f"kind.{row['kind']}"), say(f"state.{row['state']}")
    count = str(len(row["findings"]))
    return row["id"], kind, row["rule"], state, level, escape(name), count, local(until), escape(who)


def show_alert(opened: Opened, name: str, at: str, *, json: bool) -> int:
    """`zhiban alerts show ID`: the whole history of one alert."""
    rows = [row for row in alerts_view(opened.standing(at).board, state="all") if name and row["id"].startswith(name)]
    if len(rows) != 1:
        raise ValueError(say("deed.ambiguous" if rows else "deed.unknown", found=name))
    (row,) = rows
    if json:
        opened.say(row)
        return 0
    for key in ("id", "rule", "unit", "subject", "assignee"):
        if row.get(key):
            opened.console.print(f"{say(key)}: {row[key]}", highlight=False, markup=False)
    for key in ("deadline", "until"):
        if row.get(key):
            opened.console.print(f"{say(key)}: {local(row[key])}", highlight=False, markup=False)
    opened.console.print(f"{say('state')}: {say('state.' + row['state'])}", highlight=False, markup=False)
    shown = table("time", "step", "by", "text", "until")
    shown.add_row(local(row["opened_at"]), say("step.opened"), "", "", "")
    for step in row.get("history", ()):
        shown.add_row(*_step(step))
    opened.console.print(shown)
    return 0


def _step(step: Mapping[str, Any]) -> tuple[str, ...]:
    what, text = step["what"], step["text"]
    if what in {"told", "escalated"}:
        text = say(f"reason.{text}") if what == "told" else text
    said = say(f"step.{what}") if f"step.{what}" in ZH else what
    if step["about"]:
        said = f"{said} · {say('request.' + step['about'])}"
    return local(step["at"]), said, escape(step["by"] or ""), escape(text), local(step["until"])


# -- deeds -------------------------------------------------------------------------------------------------------------


def do(
    opened: Opened, kind: FactKind, name: str, by: str, text: str, until: str, *, json: bool, about: str = ""
) -> int:
    """`zhiban alerts ack|assign|fixed|confirm|dismiss|request|grant|refuse ID`."""
    end = when(until) if until else None
    done = say_of_alert(opened.store, SystemClock().now(), kind, name, by or myself(), text, end, about)
    return _done(opened, done, f"done.{kind.value}", json=json)


def silence_add(
    opened: Opened, until: str, since: str, by: str, reason: str, globs: Mapping[str, str], *, json: bool
) -> int:
    """`zhiban silence add`."""
    now = SystemClock().now()
    silence = Silence(since=when(since) if since else opened.moment(""), until=when(until), **globs)
    done = add_silence(opened.store, now, silence, by or myself(), reason)
    return _done(opened, done, "done.silenced", json=json)


def silence_expire(opened: Opened, name: str, by: str, *, json: bool) -> int:
    """`zhiban silence expire ID`."""
    done = end_silence(opened.store, SystemClock().now(), name, by or myself())
    return _done(opened, done, "done.unsilenced", json=json)


def silence_list(opened: Opened, at: str, *, json: bool) -> int:
    """`zhiban silence list`."""
    rows = silences_view(opened.standing(at).board)
    if json:
        opened.say({"silences": rows})
        return 0
    shown = table("id", "since", "until", "covers", "by", "reason", "count")
    for row in rows:
        covers = " ".join(f"{say(place)}={row[place]}" for place in PLACES if row[place]) or say("everything")
        cells = (covers, row["by"], row["reason"])
        shown.add_row(row["id"], local(row["since"]), local(row["until"]), *map(escape, cells), str(row["alerts"]))
    opened.console.print(shown)
    return 0


def _done(opened: Opened, done: Done, key: str, *, json: bool) -> int:
    opened.judge()
    opened.store.close()
    if json:
        opened.say({"id": done.id, "subject": done.subject, "at": iso(done.at)})
    else:
        opened.console.print(say(key, id=done.id, at=local(iso(done.at))), highlight=False, markup=False)
    return 0


def myself() -> str:
    """Whoever runs the command, where nobody is named."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


# -- routes ------------------------------------------------------------------------------------------------------------


def routes_test(opened: Opened, subject: str, rule: str, level: str, at: str, *, json: bool) -> int:
    """`zhiban routes test SUBJECT`: who would be told, by which route, when, and why; nothing is written."""
    board = opened.standing("").board
    if board.get(Who, subject) is None:
        raise ValueError(say("bad.subject", found=subject))
    if level not in LEVELS:
        raise ValueError(say("bad.choice", name="--level", found=level, expected=", ".join(LEVELS)))
    opened.rules_of(rule)
    moment = when(at) if at else opened.moment("")
    rows = [_trial_row(one) for one in trial(board, subject, rule.upper(), level, moment)]
    if json:
        opened.say({"at": iso(moment), "subject": subject, "rule": rule.upper(), "level": level, "letters": rows})
        return 0
    shown = table("time", "reason", "channel", "to", "route", "why")
    for row in rows:
        why = say(f"trial.{row['why']}")
        shown.add_row(local(row["at"]), say(f"reason.{row['reason']}"), row["channel"], row["to"], row["route"], why)
    opened.console.print(shown)
    return 0 if rows else 1


def _trial_row(one: Trial) -> dict[str, Any]:
    return {
        "at": iso(one.at),
        "reason": one.reason.value,
        "channel": one.recipient.channel,
        "to": one.recipient.to,
        "route": f"routes[{one.route}]",
        "why": one.why,
    }


def local(moment: str | None) -> str:
    """A moment of a document as screens show it; nothing of none."""
    return datetime.fromisoformat(moment).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if moment else ""
