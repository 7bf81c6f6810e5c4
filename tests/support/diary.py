"""A desk's diary: what is found and said at exact times, and every letter that comes of it, as lines to compare.

Times are Shanghai's: `03-02 10:00`, or with seconds, of the diary's year.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ledgers import CLAUSES, ROUTES, Ledger

from alerts.alert import Alert
from alerts.board import Board, Language, Settings
from alerts.desk import Desk
from alerts.letter import Letter
from alerts.routing import Route
from streams.days import SHANGHAI
from streams.findings import Grade

LADDER = (
    Route(channel="mail", to="{contact}"),
    Route(channel="mail", to="head@x", rung=1),
    Route(channel="mail", to="supervisor@x", rung=2),
    Route(channel="sms", to="{contact}", loud=True),
    Route(channel="mail", to="operator@x", operator=True),
)


class Diary:
    """What happened, and what was written."""

    def __init__(self, *names: str, year: int = 2026, began: str = "01-01 00:00", **settings: Any) -> None:
        """Subjects of these names are registered; `settings` are the desk's."""
        self.year = year
        self.settings = Settings(**({"routes": ROUTES} | settings))
        self.ledger = Ledger().registered(*names, at=self.at(began))

    def at(self, text: str) -> datetime:
        """The moment."""
        form = "%Y-%m-%d %H:%M:%S" if text.count(":") == 2 else "%Y-%m-%d %H:%M"
        return datetime.strptime(f"{self.year}-{text}", form).replace(tzinfo=SHANGHAI)

    def opens(self, when: str, name: str, level: Grade = Grade.VETO, rule: str = "MED-STALE", **fields: Any) -> Diary:
        """A matter opens."""
        self.ledger.opens(name, self.at(when), level, rule, **fields)
        return self

    def due_soon(self, when: str, name: str, due: str, step: str = "amber", limit: str = "14d") -> Diary:
        """An account is due soon: late from 00:00 of `due`."""
        args = {"newest": "2026-02-05", "limit": limit}
        late = self.at(f"{due} 00:00")
        return self.opens(when, name, Grade.DUE_SOON, "MED-NEARDUE", why="due_soon", due=late, step=step, args=args)

    def closes(self, when: str, name: str, rule: str = "MED-STALE") -> Diary:
        """It is over."""
        self.ledger.closes(name, self.at(when), rule)
        return self

    def says(self, when: str, kind: str, name: str, until: str = "", rule: str = "MED-STALE", **args: str) -> Diary:
        """Somebody says something of it."""
        ends = {"until": self.at(until).isoformat()} if until else {}
        self.ledger.said(name, kind, self.at(when), rule, **args, **ends)
        return self

    def silence(self, when: str, until: str, name: str = "s", **globs: str) -> Diary:
        """A silence is announced."""
        self.ledger.silenced(name, self.at(when), self.at(until), **globs)
        return self

    def desk(self, until: str) -> tuple[Board, list[Letter]]:
        """The board before a moment, and the letters that were written by then."""
        end = self.at(until)
        at_work = Desk(self.settings, Language("zh", CLAUSES), {})
        done = at_work.turn([one for one in self.ledger.ordered() if one.time < end], end, complete=True)
        return at_work.board, list(done.letters)

    def writes(self, until: str) -> list[str]:
        """`03-02 10:00:30 甲@x new 甲`: when, to whom, why, about whom (or about how many)."""
        return [in_short(letter) for letter in self.desk(until)[1]]

    def alert(self, until: str, name: str, rule: str = "MED-STALE") -> Alert:
        """The alert of the matter that opened last."""
        found = self.desk(until)[0].get(Alert, self.ledger.matter(name, rule))
        assert found is not None
        return found


def in_short(letter: Letter) -> str:
    """A letter in a line."""
    when = letter.written_at.astimezone(SHANGHAI)
    subjects = sorted({point.subject for point in letter.points})
    count = len(letter.points) + letter.more
    about = "+".join(subjects) if len(subjects) <= 3 and count == len(subjects) else str(count)
    to = letter.to if letter.channel == "mail" else f"{letter.channel}:{letter.to}"
    return " ".join((f"{when:%m-%d %H:%M:%S}", to, letter.reason.value, *([about] if count else [])))
