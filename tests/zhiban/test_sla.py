"""`zhiban sla` and `sla explain`, over a real store: the count, who tells, years without a notice, and overrides."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from timeline import at

from alerts.letter import Letter
from streams.agent import Agent
from streams.looks import Look, Outcome, Shown
from streams.messages import About, Deed, MessageEvent
from streams.ports.store.log import records_of
from streams.records import Body, Changed, Fact, FactKind, Position
from streams.subjects import Kind, Source, Subject
from streams.ticker import SILENCE, tick
from streams.workdays import STATUTORY, Notice, Overrides, Workdays
from zhiban.cli import run_command
from zhiban.commands.doctor import notices
from zhiban.commands.opened import Opened
from zhiban.deskwork import DeskWork
from zhiban.telling import begin

BOX = "信箱"
NOTICE = """
[years.2027]
source = "示例通知"
off = ["2027-01-01..2027-01-03"]
work = ["2027-01-09"]
"""


def event(message: str, deed: Deed, when: str, **about: Any) -> MessageEvent:
    told = About(**{"channel": "市长信箱", "category": "咨询", "units": ("住建局",)} | about)
    return MessageEvent(message, deed, at(when), about=told if deed is Deed.RECEIVED else None)


def asked(message: str, when: str, answered: str = "", **about: Any) -> list[MessageEvent]:
    received = event(message, Deed.RECEIVED, when, **about)
    return [received, event(message, Deed.ANSWERED, answered)] if answered else [received]


class Office:
    """A working directory with a mailbox that is told of things."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        assert run_command(["init", str(folder)]) == 0

    def opens(self, when: str, url: str = "push:", name: str = BOX) -> Office:
        subject = Subject(id=name, name="市长信箱", kind=Kind.MAILBOX, unit="市政府办")
        source = Source(id=f"{name}/1", subject=name, connector="mailbox", url=url)
        self._append(when, name, Fact(kind=FactKind.REGISTERED, subject=subject))
        return self._append(when, name, Fact(kind=FactKind.SOURCE_ADDED, source=source))

    def told(self, when: str, *events: MessageEvent, as_of: str = "", name: str = BOX) -> Office:
        complete = at(as_of) if as_of else None
        fact = Fact(kind=FactKind.MESSAGES, mailbox=f"{name}/1", events=tuple(events), as_of=complete)
        return self._append(when, name, fact)

    def looks(self, when: str, waiting: tuple[str, ...] | None = None) -> Office:
        level = Shown(count=1, newest=date(2026, 2, 2), waiting=waiting)
        return self._append(when, BOX, Look(source=f"{BOX}/1", asked_at=at(when), outcome=Outcome.GOOD, level=level))

    def passes(self, when: str) -> Office:
        opened = Opened(self.folder)
        begin(opened.store, opened.rules, at(when))
        tick(opened.store, at(when), SILENCE)
        Agent(opened.store, opened.rules).catch_up(0)
        return self

    def overrides(self, text: str) -> Office:
        (self.folder / "workdays.toml").write_text(text, encoding="utf-8")
        return self

    def _append(self, when: str, name: str, body: Body) -> Office:
        opened = Opened(self.folder)
        begin(opened.store, opened.rules, at(when))
        with opened.store.write() as tx:
            tx.append(0, [(name, body)], at(when))
        Agent(opened.store, opened.rules).catch_up(0)
        return self


Asks = Callable[..., Any]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "office")


@pytest.fixture
def asks(office: Office, capsys: pytest.CaptureFixture[str]) -> Asks:
    """The JSON document of a command in the office's folder."""

    def ask(*words: str, code: int = 0) -> Any:
        capsys.readouterr()
        assert run_command([*words, "--json", "-C", str(office.folder)]) == code
        return json.loads(capsys.readouterr().out)

    return ask


def states(document: Any) -> dict[str, str]:
    return {row["id"]: row["state"] for row in document["messages"]}


BUSY = [
    *asked("in-time", "2026-02-02", "2026-02-09 23:59"),
    *asked("late", "2026-02-02", "2026-02-10 00:00"),
    *asked("overdue", "2026-02-03"),
    *asked("soon", "2026-02-05"),
    *asked("open", "2026-02-11"),
    *asked("gone", "2026-02-03"),
    event("gone", Deed.DUPLICATE, "2026-02-04"),
    *asked("test", "2026-02-02", "2026-02-03", test=True),
    *asked("simple", "2026-02-02", "2026-02-03", simple=True, channel="网站", units=("教育局", "住建局")),
    *asked("error", "2026-02-02", "2026-02-03", category="我为政府网站找错", units=("甲局", "乙局")),
    event("error", Deed.TRUE, "2026-02-03"),
    *asked("later", "2026-02-20"),
    *asked("receipt", "2026-02-02"),
    event("receipt", Deed.RECEIPT, "2026-02-02 15:00"),
]
AT = ("--at", "2026-02-11T18:00")


@pytest.fixture
def busy(office: Office) -> Office:
    return office.opens("2026-02-01").told("2026-02-21", *BUSY)


@pytest.mark.usefixtures("busy")
def test_every_message_stands_as_its_events_up_to_then_make_it(asks: Asks) -> None:
    document = asks("sla", *AT)
    assert states(document) == {
        "receipt": "overdue",
        "overdue": "overdue",
        "soon": "due_soon",
        "open": "open",
        "late": "late",
        "in-time": "answered",
        "test": "answered",
        "simple": "answered",
        "error": "answered",
        "gone": "withdrawn",
    }
    assert [row["state"] for row in document["messages"]][:4] == ["overdue", "overdue", "due_soon", "open"]
    late = next(row for row in document["messages"] if row["id"] == "late")
    assert late == {
        "id": "late",
        "mailbox": f"{BOX}/1",
        "asked_at": "2026-02-02T12:00:00+08:00",
        "due_at": "2026-02-10T00:00:00+08:00",
        "answered_at": "2026-02-10T00:00:00+08:00",
        "replied_at": "2026-02-10T00:00:00+08:00",
        "state": "late",
        "limit": "5wd",
        "working_days_used": 6,
        "hours": 36.0,
        "channel": "市长信箱",
        "category": "咨询",
        "unit": "住建局",
        "simple": False,
        "test": False,
        "true": None,
        "why": None,
        "missing_year": None,
    }


@pytest.mark.usefixtures("busy")
def test_figures_leave_out_what_left_and_keep_tests_apart(asks: Asks) -> None:
    document = asks("sla", *AT, "--audit")
    totals = document["totals"]
    expected = {"received": 8, "closed": 4, "on_time": 3, "late": 1, "overdue": 2, "open": 2, "withdrawn": 1}
    assert {key: totals[key] for key in expected} == expected
    assert (totals["reply_rate"], totals["on_time_rate"]) == ("50.00%", "50.00%")
    assert (totals["simple"], totals["simple_in_a_day"], totals["simple_rate"]) == (1, 1, "100.00%")
    assert totals["errors"] == {"received": 1, "true": 1, "untrue": 0, "units": 2}
    assert totals["tests"]["received"] == totals["tests"]["on_time"] == 1
    assert totals["by_unit"]["教育局"]["received"] == 1
    assert totals["by_unit"]["住建局"]["received"] == 7
    assert totals["by_channel"]["网站"]["closed"] == 1
    assert totals["by_category"].keys() == {"咨询", "我为政府网站找错"}
    assert totals["by_month"].keys() == {"2026-02"}
    assert [(row["id"], row["why"]) for row in document["audit"]] == [("gone", "duplicate")]


@pytest.mark.usefixtures("busy")
def test_a_part_of_the_messages_is_asked_for(asks: Asks) -> None:
    assert states(asks("sla", *AT, "--unit", "甲局")) == {"error": "answered"}
    assert states(asks("sla", *AT, "--since", "2026-02-05")) == {"soon": "due_soon", "open": "open"}
    assert len(asks("sla", *AT, "--mailbox", BOX)["messages"]) == 10
    assert states(asks("sla", "--at", "2026-02-01")) == {}


@pytest.mark.usefixtures("busy")
def test_one_as_exit_code_where_something_is_overdue(asks: Asks) -> None:
    asks("sla", *AT, "--exit-code", code=1)
    asks("sla", "--at", "2026-02-05", "--exit-code")


@pytest.mark.usefixtures("in_english")
def test_a_screen_shows_who_waits_and_the_figures(busy: Office, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run_command(["sla", *AT, "--audit", "--lang", "en", "-C", str(busy.folder)]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "overdue overdue 2026-02-03 2026-02-10 5 working days 6 咨询 住建局" in lines
    assert "gone 2026-02-03 a duplicate 咨询 住建局" in lines
    assert "error reports: 1 received, 1 true, 0 not, 2 units concerned" in lines
    assert not any(line.startswith("answered") for line in lines)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sla", "--mailbox", "nobody"], "--mailbox 'nobody'"),
        (["sla", "explain", "none"], "'none'"),
        (["sla", "explain", "late", "--at", "2026-01-01"], "'late'"),
        (["sla", "--at", "soon"], "'soon'"),
    ],
)
def test_what_is_not_there_is_named(
    busy: Office, words: Sequence[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command([*words, "-C", str(busy.folder)]) == 2
    assert said in capsys.readouterr().err


def test_past_what_a_file_tells_nobody_is_overdue_for_certain(office: Office, asks: Asks) -> None:
    office.opens("2026-02-01", "file:")
    office.told("2026-02-12", *asked("old", "2026-02-02"), *asked("new", "2026-02-03"), as_of="2026-02-10 00:00")
    assert states(asks("sla", *AT)) == {"old": "overdue", "new": "unknown"}


def test_a_mailbox_that_was_not_read_accuses_nobody(office: Office, asks: Asks) -> None:
    office.opens("2026-02-01", "https://letters.example.gov.cn/").told("2026-02-12", *asked("1", "2026-02-02"))
    assert states(asks("sla", *AT)) == {"1": "unknown"}
    office.looks("2026-02-12 18:00")
    assert states(asks("sla", *AT)) == {"1": "overdue"}


@pytest.mark.parametrize(("waiting", "state"), [(("1",), "overdue"), (("2",), "unknown"), ((), "unknown")])
def test_a_look_vouches_for_those_that_it_shows(
    waiting: tuple[str, ...], state: str, office: Office, asks: Asks
) -> None:
    office.opens("2026-02-01", "https://letters.example.gov.cn/").told("2026-02-12", *asked("1", "2026-02-02"))
    office.looks("2026-02-12 18:00", waiting)
    assert states(asks("sla", *AT)) == {"1": state}


# -- how days are counted ---------------------------------------------------------------------------------------------


def test_the_days_of_a_term_add_up_to_its_due_time(office: Office, asks: Asks) -> None:
    office.overrides('[days.2026-02-24]\nwork = false\nwhy = "暴雪停工"\nby = "市政府办公室"\n')
    office.opens("2026-02-01").told("2026-02-13", *asked("1", "2026-02-13"))
    document = asks("sla", "explain", "1")
    whys = {day["date"]: (day["number"], day["why"], day["name"], day["by"]) for day in document["days"]}
    assert whys["2026-02-13"] == (None, "start", None, None)
    assert whys["2026-02-14"] == (1, "make_up", "Spring Festival", None)
    assert whys["2026-02-17"] == (None, "holiday", "Spring Festival", None)
    assert whys["2026-02-24"] == (None, "local", "暴雪停工", "市政府办公室")
    assert whys["2026-02-25"] == (2, "workday", None, None)
    assert document["days"][-1]["date"] == "2026-02-28"
    assert document["days"][-1]["number"] == 5
    assert document["due_at"] == "2026-03-01T00:00:00+08:00"
    assert asks("sla", *AT[:1], "2026-02-13T13:00")["messages"][0]["due_at"] == document["due_at"]


def test_explained_on_a_screen_in_words(busy: Office, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run_command(["sla", "explain", "open", "-C", str(busy.folder)]) == 0
    shown = capsys.readouterr().out
    assert "最迟 2026-02-25 答复；2026-02-26 00:00 起为超期" in shown
    assert "调休上班：春节" in shown


def test_a_year_without_a_notice_is_named_and_never_guessed(
    office: Office, asks: Asks, capsys: pytest.CaptureFixture[str]
) -> None:
    office.opens("2026-12-01").told("2026-12-30", *asked("1", "2026-12-30"))
    (row,) = asks("sla", "--at", "2027-03-01")["messages"]
    assert (row["state"], row["due_at"], row["missing_year"]) == ("unknown", None, 2027)
    document = asks("sla", "explain", "1")
    assert (document["missing_year"], document["due_at"]) == (2027, None)
    assert [day["date"] for day in document["days"]] == ["2026-12-30", "2026-12-31"]
    for words in (["sla", "--at", "2027-03-01"], ["sla", "explain", "1"]):
        assert run_command([*words, "-C", str(office.folder)]) == 0
        assert "2027 年节假日安排尚未公布" in capsys.readouterr().out


# -- overrides --------------------------------------------------------------------------------------------------------


def changes(office: Office) -> list[Changed]:
    with Opened(office.folder).store.read() as tx:
        bodies = [record.body for record in records_of(tx.read_log(0, Position(1, 0), 1000))]
    return [body for body in bodies if isinstance(body, Changed)]


def standing(asks: Asks, when: str) -> list[tuple[str, str, str | None]]:
    rows = asks("findings", "--at", when)["findings"]
    return [(row["rule"], row["level"], row["due"]) for row in rows if row["rule"] == "MSG-5WD"]


def test_a_notice_that_comes_moves_what_waits_for_it(office: Office, asks: Asks) -> None:
    office.opens("2026-12-01").told("2026-12-30", *asked("1", "2026-12-30")).passes("2027-01-07")
    assert standing(asks, "2027-01-07T13:00") == [("MSG-5WD", "unknown", None)]
    office.overrides(NOTICE).passes("2027-01-08")
    assert [change.what for change in changes(office)] == ["calendar"]
    due = "2027-01-08T00:00:00+08:00"
    assert standing(asks, "2027-01-08T13:00") == [("MSG-5WD", "breach", due)]
    assert states(asks("sla", "--at", "2027-01-08T13:00")) == {"1": "overdue"}
    assert asks("sla", "explain", "1")["due_at"] == due


def test_a_changed_notice_moves_running_terms_and_the_finding_says_from_when(office: Office, asks: Asks) -> None:
    office.overrides(NOTICE).opens("2026-12-01").told("2027-01-04", *asked("1", "2026-12-31")).passes("2027-01-07")
    assert standing(asks, "2027-01-07T13:00") == [("MSG-5WD", "due_soon", "2027-01-09T00:00:00+08:00")]
    office.overrides(NOTICE.replace("2027-01-03", "2027-01-04")).passes("2027-01-08")
    (row,) = [row for row in asks("findings", "--at", "2027-01-08T13:00")["findings"] if row["rule"] == "MSG-5WD"]
    assert row["due"] == "2027-01-10T00:00:00+08:00"
    assert row["args"]["moved_from"] == "2027-01-08T16:00:00+00:00"
    assert row["args"]["moved_by"] == "calendar"


def letters(office: Office) -> list[list[str]]:
    """The lines of every letter about messages, in the order in which they were written."""
    opened = Opened(office.folder)
    DeskWork(opened.store, opened.settings, opened.language).turn()
    with opened.store.read() as tx:
        written = [msgspec.json.decode(body, type=Letter) for _, _, body in tx.letters()]
    points = [(letter.written_at, point) for letter in written for point in letter.points]
    return [list(point.lines) for _, point in sorted(points, key=lambda one: one[0]) if point.rule == "MSG-5WD"]


def test_the_letter_after_a_move_says_the_day_before_and_why(office: Office) -> None:
    office.overrides(NOTICE).opens("2026-12-01").told("2027-01-04", *asked("1", "2026-12-31")).passes("2027-01-07")
    assert letters(office)[-1][1] == "最迟答复日：2027-01-08（星期五）"
    office.overrides(NOTICE.replace("2027-01-03", "2027-01-04")).passes("2027-01-08").passes("2027-01-09")
    assert letters(office)[-1][1:3] == [
        "最迟答复日：2027-01-09（星期六，调休上班）",
        "原最迟答复日：2027-01-08（星期五）（节假日安排变化）",
    ]


def test_what_a_move_took_back_is_remembered_when_it_comes_near_again(office: Office, asks: Asks) -> None:
    office.overrides(NOTICE).opens("2026-12-01").told("2027-01-04", *asked("1", "2026-12-31")).passes("2027-01-07")
    longer = NOTICE.replace("2027-01-03", "2027-01-06")
    assert standing(asks, "2027-01-07T13:00")
    office.overrides(longer).passes("2027-01-08")
    assert standing(asks, "2027-01-08T13:00") == []
    office.passes("2027-01-12")
    (row,) = [row for row in asks("findings", "--at", "2027-01-12T13:00")["findings"] if row["rule"] == "MSG-5WD"]
    assert (row["due"], row["args"]["moved_by"]) == ("2027-01-13T00:00:00+08:00", "calendar")


def test_the_same_calendar_is_no_change(office: Office) -> None:
    office.opens("2026-12-01").passes("2026-12-02").overrides("# nothing but a remark\n").passes("2026-12-03")
    assert changes(office) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[years.2027\n", "workdays.toml"),
        ('[years.next]\nsource = "x"\n', "[years.next]"),
        ("[years.2027]\noff = []\n", "source"),
        ('[years.2027]\nsource = "x"\noff = ["2027-02-30"]\n', "'2027-02-30'"),
        ('[years.2027]\nsource = "x"\noff = ["2072-02-03"]\n', "2072-02-03"),
        ('[years.2027]\nsource = "x"\noff = ["2027-02-11..2027-02-05"]\n', "2027-02-11..2027-02-05"),
        ('[years.2027]\nsource = "x"\noff = ["2027-05-01"]\nwork = ["2027-05-01"]\n', "2027-05-01"),
        ('[days.someday]\nwork = false\nwhy = "x"\n', "[days.someday]"),
        ('[days.2026-03-02]\nwork = "no"\nwhy = "x"\n', "work"),
    ],
)
def test_a_bad_override_names_file_and_key(
    office: Office, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    office.overrides(text)
    assert run_command(["rules", "-C", str(office.folder)]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "workdays.toml" in error


def test_a_file_that_is_named_must_be_there(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    (office.folder / "workdays.toml").unlink()
    assert run_command(["rules", "-C", str(office.folder)]) == 2
    assert "[watch] workdays" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("today", "ok", "said"),
    [
        ("2026-10-31", True, "2004"),
        ("2026-11-01", True, "注意：2027"),
        ("2026-11-30", True, "注意：2027"),
        ("2026-12-01", False, "没有 2027"),
        ("2027-01-01", False, "没有 2027"),
    ],
)
def test_the_doctor_misses_next_years_notice_in_time(today: str, ok: bool, said: str) -> None:
    found, detail = notices(STATUTORY, date.fromisoformat(today))
    assert found is ok
    assert said in detail
    known = Workdays(Overrides(years={"2027": Notice("x"), "2028": Notice("x")}))
    assert notices(known, date.fromisoformat(today))[0]
