"""Ledgers told by hand, and a desk that reads them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerts.board import Clause, Language, Settings
from alerts.desk import Desk, Turned
from alerts.letter import Letter
from alerts.routing import Route
from streams.findings import Event, Finding, Grade

T0 = datetime.fromisoformat("2026-03-02T10:00:00+08:00")
FAR = T0 + timedelta(days=400)
RELAY = "account:relay"
ROUTES = (Route(channel="mail", to="{contact}"), Route(channel="mail", to="operator@x", operator=True))
SETTINGS = Settings(routes=ROUTES, remind=False)  # what is found is told; reminders are tried by themselves
CLAUSES = {"MED-STALE": Clause("不更新", "监测时间点前2周内无更新。", "发布一条信息。")}


class Ledger:
    """Findings in order, numbered for each subject."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self._opened: dict[str, Finding] = {}

    def registered(self, *names: str, at: datetime = T0 - timedelta(days=1)) -> Ledger:
        for name in names:
            args = {"id": name, "name": f"{name}发布", "kind": "account", "unit": f"{name}局", "contact": f"{name}@x"}
            self._add(name, at, Event.SIGNALS, "REGISTRY", why="registered", args=args)
            source = {"id": f"{name}/1", "subject": name, "name": f"{name}发布", "url": f"https://relay/{name}"}
            self._add(name, at, Event.SIGNALS, "REGISTRY", source=f"{name}/1", why="source_added", args=source)
        return self

    def turned(self, name: str, outcome: str, at: datetime, collector: str = RELAY) -> Ledger:
        level = Grade.OK if outcome == "good" else Grade.UNKNOWN
        source = f"{name}/1"
        self._add(name, at, Event.SIGNALS, "OWN-BLIND", why=outcome, level=level, collector=collector, source=source)
        return self

    def retired(self, name: str, at: datetime) -> Ledger:
        args = {"id": f"{name}/1", "subject": name}
        self._add(name, at, Event.SIGNALS, "REGISTRY", source=f"{name}/1", why="source_retired", args=args)
        return self

    def fresh(self, name: str, at: datetime, count: int = 1, collector: str = RELAY) -> Ledger:
        args = {"count": str(count)}
        self._add(name, at, Event.SIGNALS, "OWN-BLIND", why="new", args=args, collector=collector, source=f"{name}/1")
        return self

    def opens(
        self,
        name: str,
        at: datetime,
        level: Grade = Grade.VETO,
        rule: str = "MED-STALE",
        why: str = "stale",
        title: str = "",
        args: dict[str, str] | None = None,
        **fields: object,
    ) -> Ledger:
        args = args or {"newest": "2026-02-10", "limit": "14d"} | ({"title": title} if title else {})
        fields.setdefault("due", datetime.fromisoformat("2026-02-25T00:00:00+08:00"))
        matter = f"{rule}/{name}/{at.isoformat()}"
        place = {"source": f"{name}/1", "collector": RELAY, "id": matter, "witnessed_at": at}
        found = self._add(name, at, Event.OPENS, rule, level=level, why=why, args=args, **place | fields)
        self._opened[f"{rule}/{name}"] = found
        return self

    def worsens(
        self, name: str, at: datetime, level: Grade = Grade.VETO, rule: str = "MED-STALE", step: str = ""
    ) -> Ledger:
        return self._again(name, at, Event.WORSENS, rule, level, step)

    def eases(self, name: str, at: datetime, level: Grade = Grade.DUE_SOON, rule: str = "MED-STALE") -> Ledger:
        return self._again(name, at, Event.MOVES, rule, level)

    def matter(self, name: str, rule: str = "MED-STALE") -> str:
        return self._opened[f"{rule}/{name}"].id

    def closes(self, name: str, at: datetime, rule: str = "MED-STALE") -> Ledger:
        return self._again(name, at, Event.CLOSES, rule, Grade.OK)

    def let_go(self, name: str, at: datetime, rule: str = "MED-STALE") -> Ledger:
        """It closes without a look: its source is read no more."""
        known = self._opened[f"{rule}/{name}"]
        self._add(name, at, Event.CLOSES, rule, why="retired", source=known.source, id=known.id)
        return self

    def dismissed(self, name: str, at: datetime, rule: str = "MED-STALE") -> Ledger:
        args = {"matter": self._opened[f"{rule}/{name}"].id, "by": "李"}
        self._add(name, at, Event.SIGNALS, "REGISTRY", why="dismissed", args=args)
        return self

    def confirmed(self, name: str, at: datetime, rule: str = "MED-STALE") -> Ledger:
        args = {"matter": self._opened[f"{rule}/{name}"].id, "by": "李"}
        self._add(name, at, Event.SIGNALS, "REGISTRY", why="confirmed", args=args)
        return self

    def said(self, name: str, kind: str, at: datetime, rule: str = "MED-STALE", by: str = "李", **args: str) -> Ledger:
        """Somebody says something of the open matter: acknowledged, assigned, fixed, still_shown, dismissed ..."""
        told = {"matter": self._opened[f"{rule}/{name}"].id, "by": by} | args
        self._add(name, at, Event.SIGNALS, "REGISTRY", why=kind, args=told)
        return self

    def acknowledged(self, incident: str, at: datetime, by: str = "李", **args: str) -> Ledger:
        """Somebody has an incident in hand."""
        told = {"matter": incident, "by": by} | args
        self._add("desk", at, Event.SIGNALS, "REGISTRY", why="acknowledged", args=told)
        return self

    def silenced(self, name: str, at: datetime, until: datetime, **globs: str) -> Ledger:
        """A silence of that name, from `at` on."""
        args = {"matter": name, "by": "李", "text": "网站改版", "since": at.isoformat(), "until": until.isoformat()}
        self._add("desk", at, Event.SIGNALS, "REGISTRY", why="silenced", args=args | globs)
        return self

    def unsilenced(self, name: str, at: datetime) -> Ledger:
        """Its end before its time."""
        self._add("desk", at, Event.SIGNALS, "REGISTRY", why="unsilenced", args={"matter": name, "by": "李"})
        return self

    def contact(self, address: str, at: datetime, kind: str = "contact", by: str = "王") -> Ledger:
        """Whoever answers for an address says so, or that they do not any more (`contact_left`)."""
        self._add("desk", at, Event.SIGNALS, "REGISTRY", why=kind, args={"by": by, "text": address})
        return self

    def named(self, name: str, at: datetime, **fields: str) -> Ledger:
        """The registry changes fields of a subject."""
        args = {"id": name, "name": f"{name}发布", "kind": "account", "unit": f"{name}局", "contact": f"{name}@x"}
        self._add(name, at, Event.SIGNALS, "REGISTRY", why="changed", args=args | fields)
        return self

    def lapses(self, name: str, at: datetime, due: datetime, rule: str = "MED-NEARDUE") -> Ledger:
        """A rule says what will be late before offices open again."""
        args = {"newest": "2026-02-05", "limit": "14d"}
        self._add(name, at, Event.SIGNALS, rule, source=f"{name}/1", why="lapses", args=args, due=due, collector=RELAY)
        return self

    def status(self, name: str, status: str, at: datetime) -> Ledger:
        args = {"id": name, "name": f"{name}发布", "unit": f"{name}局", "contact": f"{name}@x", "status": status}
        self._add(name, at, Event.SIGNALS, "REGISTRY", why="changed", args=args)
        return self

    def _again(self, name: str, at: datetime, event: Event, rule: str, level: Grade, step: str = "") -> Ledger:
        known = self._opened[f"{rule}/{name}"]
        self._add(
            name, at, event, rule, level=level, why=known.why, args=known.args, source=known.source, id=known.id,
            collector=known.collector, due=known.due, witnessed_at=at, step=step,
        )  # fmt: skip
        return self

    def _add(self, name: str, at: datetime, event: Event, rule: str, **fields: object) -> Finding:
        number = sum(one.subject == name for one in self.findings) + 1
        level = fields.pop("level", Grade.OK)
        matter = fields.pop("id", "")
        found = Finding(
            subject=name, n=number, time=at, event=event, rule=rule, level=level, id=matter, opened_at=at,  # type: ignore[arg-type]
            **fields,  # type: ignore[arg-type]
        )  # fmt: skip
        self.findings.append(found)
        return found

    def ordered(self) -> list[Finding]:
        return sorted(self.findings, key=lambda one: (one.time, one.subject, one.n))


def desk(state: dict[tuple[str, str], bytes] | None = None, settings: Settings = SETTINGS) -> Desk:
    """A desk with two routes."""
    return Desk(settings, Language("zh", CLAUSES), state or {})


def turned(ledger: Ledger, until: datetime = FAR, settings: Settings = SETTINGS) -> tuple[Desk, Turned]:
    """A desk that took a ledger in one turn, and what the turn did."""
    at_work = desk(settings=settings)
    return at_work, at_work.turn([one for one in ledger.ordered() if one.time < until], until, complete=True)


def told(findings: Sequence[Finding], until: datetime = FAR, settings: Settings = SETTINGS) -> list[Letter]:
    """The letters of a ledger, taken in one turn."""
    taken = [one for one in findings if one.time < until]
    return list(desk(settings=settings).turn(taken, until, complete=True).letters)


def brief(letters: Sequence[Letter]) -> list[tuple[str, str, int]]:
    """To whom, why, and about how many."""
    return [(letter.to, letter.reason.value, len(letter.points)) for letter in letters]
