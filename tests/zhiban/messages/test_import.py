"""`zhiban messages import` on a store of its own: what goes in, what is refused and named, what another import says."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from stores import laid
from tables import write_csv, write_xlsx

from agents._pack import build
from streams.agent import Agent
from streams.messages import Case, Deed
from streams.ports.clock import SystemClock
from streams.ports.store import Store, open_store
from zhiban.cli import run_command
from zhiban.commands.registry import import_bar
from zhiban.messages.prints import PRINT_KEY
from zhiban.setaside import pieces
from zhiban.wiring import load_pack

HEAD = (
    "id",
    "channel",
    "category",
    "unit",
    "asked_at",
    "accepted_at",
    "answered_at",
    "status",
    "title",
    "text",
    "answer",
)
AS_OF = "2025-06-01T00:00:00+08:00"
ANSWER = "您好！经核实，该路段路灯已于昨日修复，感谢您的监督。"
RECEIPT = "您好，来信收悉，已转有关部门办理。"


def row(name: str, asked: str = "2025-05-06 09:00", answered: str = "", **more: str) -> tuple[str, ...]:
    """A row with these cells, the others plain."""
    cells = {"id": name, "channel": "市长信箱", "category": "咨询", "unit": "住建局", "asked_at": asked}
    cells |= {"answered_at": answered, "title": f"路灯{name}", "text": f"第{name}号路灯不亮", **more}
    return tuple(cells.get(field, "") for field in HEAD)


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """A working directory without a registry."""
    assert run_command(["init", str(tmp_path / "city")]) == 0
    laid(tmp_path / "city" / "zhiban.db")
    return tmp_path / "city"


class Desk:
    """Imports into one working directory, and what its store has then."""

    def __init__(self, city: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.city, self.capsys = city, capsys

    def take(self, path: Path, *words: str, code: int = 0, as_of: str = AS_OF) -> Any:
        self.capsys.readouterr()
        told = ["messages", "import", str(path), "--as-of", as_of, "-C", str(self.city), "--json", *words]
        assert run_command(told) == code
        return json.loads(self.capsys.readouterr().out)

    def rows(self, rows: Iterable[Sequence[str]], *words: str, code: int = 0, as_of: str = AS_OF) -> Any:
        return self.take(write_csv(self.city / "letters.csv", [HEAD, *rows]), *words, code=code, as_of=as_of)

    def store(self) -> Store:
        return open_store(f"sqlite:///{self.city / 'zhiban.db'}")

    def cases(self) -> dict[str, Case]:
        """What the rules' rows have been told, after all of the log was judged."""
        store = self.store()
        agent = Agent(store, build(load_pack(("national-2019",), self.city), {}))
        while agent.catch_up(0):
            pass
        with store.read() as tx:
            found = {case.id: case for _, _, case in tx.cases(datetime(2100, 1, 1, tzinfo=UTC))}
        store.close()
        return found


@pytest.fixture
def desk(city: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(city, capsys)


def why(document: Any, sort: str = "refusals") -> list[tuple[int, str, str]]:
    return [(one["row"], one["field"], one["why"]) for one in document[sort]]


def deeds(case: Case) -> list[str]:
    return [event.deed.value for event in case.events]


def test_rows_become_cases_and_receipts_are_no_answers(desk: Desk) -> None:
    done = desk.rows(
        [row("1", answered="2025-05-07 10:00", answer=ANSWER), row("2", answered="2025-05-07", answer=RECEIPT)]
    )
    assert (done["messages"], done["events"], done["receipts"]) == (2, 4, ["2"])
    assert done["registered"] == ["registered", "source_added"]
    one, two = (desk.cases()[name] for name in "12")
    assert one.received_at == datetime(2025, 5, 6, 1, tzinfo=UTC)
    assert one.answered_at == datetime(2025, 5, 7, 2, tzinfo=UTC)
    assert (one.about.channel, one.about.category, one.about.units) == ("市长信箱", "咨询", ("住建局",))
    assert two.answered_at is None
    assert two.first_reply_at == datetime(2025, 5, 7, 15, 59, tzinfo=UTC)


def test_no_text_and_no_key_is_kept_or_shown(desk: Desk) -> None:
    done = desk.rows([row("1", answered="2025-05-07", answer=ANSWER), row("", text="私密之言")])
    desk.cases()
    with desk.store().read() as tx:
        key = tx.get_meta(PRINT_KEY)
    assert key is not None
    assert len(bytes.fromhex(key)) == 32
    assert key not in json.dumps(done)
    kept = b"".join(path.read_bytes() for path in desk.city.glob("zhiban.db*"))
    for text in ("路灯", "不亮", "修复", "私密"):
        assert text.encode() not in kept
        assert json.dumps(text)[1:-1].encode() not in kept


def test_gb18030_chinese_headers_and_several_units(desk: Desk) -> None:
    head = ("信件编号", "信件类别", "承办单位", "来信时间", "受理时间", "转办时间", "答复时间", "办理状态", "是否属实")
    rows = [
        (
            "A１",
            "找错",
            "住建局、城管局；交通局",
            "２０２５年５月６日 ９时",
            "2025-05-06",
            "2025/5/7",
            "",
            "已转办",
            "不属实",
        )
    ]
    desk.take(write_csv(desk.city / "gb.csv", [head, *rows], "gb18030"))
    case = desk.cases()["A1"]
    assert case.about.units == ("住建局", "城管局", "交通局")
    assert deeds(case) == ["accepted", "received", "transferred", "untrue"]
    assert case.accepted_at() == case.received_at  # a day alone: not before the question of that day
    assert case.is_true is False


def test_a_workbook_with_numbers_for_ids_and_dates_for_times(desk: Desk) -> None:
    rows = [
        ("id", "asked_at", "answered_at", "status"),
        (7001, datetime(2025, 5, 6, 9, 0), datetime(2025, 5, 7), "已办结"),  # noqa: DTZ001
        (7002, datetime(2025, 5, 6, 9, 0), "=NOW()", ""),  # noqa: DTZ001
    ]
    done = desk.take(write_xlsx(desk.city / "letters.xlsx", rows))
    assert why(done) == [(3, "answered_at", "formula")]
    case = desk.cases()["7001"]
    assert case.answered_at == datetime(2025, 5, 7, 15, 59, tzinfo=UTC)
    assert case.events[-1].day_only
    assert case.about.category  # the pack's word for those without


def test_their_columns_and_constants_by_a_mapping(desk: Desk) -> None:
    mapping = desk.city / "map.toml"
    mapping.write_text(
        '[columns]\ntext = "body"\nanswer = "reply"\n'
        '[constants]\nchannel = "市长信箱"\ncategory = "投诉"\nunit = "甲局"\n'
    )
    path = write_csv(desk.city / "x.csv", [("id", "user", "asked_at", "body", "reply", "replied_at"), (
        "1", "张三", "2025-05-06 09:00", "问", ANSWER, "2025-05-06 09:30",
    )])  # fmt: skip
    done = desk.take(path, "--mapping", str(mapping))
    assert done["unmapped"][0]["headers"] == ["user"]
    about = desk.cases()["1"].about
    assert (about.channel, about.category, about.units) == ("市长信箱", "投诉", ("甲局",))
    mapping.write_text('[constants]\nbureau = "甲局"\n')
    assert run_command(["messages", "import", str(path), "--mapping", str(mapping), "-C", str(desk.city)]) == 2
    assert "bureau" in desk.capsys.readouterr().err


def test_bad_rows_are_named_kept_aside_and_settled_by_a_better_file(desk: Desk) -> None:
    bad = [
        row("1"),
        row("2", answered="2025-05-05 08:00"),
        row(""),
        row("1", text="另一封信"),
        row("1", asked="2025-05-08 10:00"),
        row("6", asked="0201-05-06 09:00"),
        row("7", asked="2025-06-02 09:00"),
        row("1.30400E+09"),
        row("9" * 201),
    ]
    done = desk.rows(bad, "--exit-code", code=1)
    assert why(done) == [
        (3, "answered_at", "before_question"),
        (4, "id", "required"),
        (5, "id", "id_other_text"),
        (6, "id", "id_other_time"),
        (7, "asked_at", "moment"),
        (8, "asked_at", "future"),
        (9, "id", "code_digits_lost"),
        (10, "id", "too_long"),
    ]
    assert all(one["file"] == "letters.csv" and one["text"] for one in done["refusals"])
    assert list(desk.cases()) == ["1"]
    aside = pieces(desk.store())
    assert len(aside) == 8
    assert {piece.what for piece in aside} == {"message"}
    assert json.loads(aside[0].body)["answered_at"] == "2025-05-05 08:00"
    desk.rows([row("1"), row("2", answered="2025-05-07 08:00")])
    assert pieces(desk.store()) == []
    assert sorted(desk.cases()) == ["1", "2"]


def test_two_replies_are_both_kept_and_said(desk: Desk) -> None:
    done = desk.rows([row("1", answered="2025-05-08", answer=ANSWER), row("1", answered="2025-05-07", answer=ANSWER)])
    assert why(done, "notices") == [(3, "answered_at", "two_replies")]
    case = desk.cases()["1"]
    assert deeds(case) == ["received", "answered", "answered"]
    assert case.answered_at == datetime(2025, 5, 7, 15, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("已受理", "receipt"), ("办理中", "receipt"), ("已转办", "receipt"), ("", "answered"),
        ("已答复", "answered"), ("已办结", "answered"), ("奇怪", "answered"),
    ],
)  # fmt: skip
def test_where_only_a_time_is_there_the_status_says_what_it_is(desk: Desk, status: str, told: str) -> None:
    desk.rows([row("1", answered="2025-05-07 10:00", status=status)])
    assert deeds(desk.cases()["1"]) == ["received", told]


@pytest.mark.parametrize(
    ("status", "told"), [("已撤回", Deed.WITHDRAWN), ("重复", Deed.DUPLICATE), ("不属于本单位", Deed.NOT_OURS)]
)
def test_what_leaves_the_denominator_stays_listed(desk: Desk, status: str, told: Deed) -> None:
    done = desk.rows([row("1", status=status)])
    assert why(done, "notices") == [(2, "status", "no_leave_time")]
    case = desk.cases()["1"]
    assert case.left is not None
    assert case.left.deed is told
    assert not case.is_waiting


def test_answered_without_a_time_is_said_and_not_answered_anew_each_time(desk: Desk) -> None:
    done = desk.rows([row("1", status="已办结")])
    assert why(done, "notices") == [(2, "answered_at", "no_reply_time")]
    again = desk.rows([row("1", status="已办结")], as_of="2025-06-03")
    assert again["events"] == 0
    assert deeds(desk.cases()["1"]) == ["received", "answered"]


def test_again_changes_nothing_and_the_difference_is_told(desk: Desk) -> None:
    rows = [row("1"), row("2", answered="2025-05-07 10:00", answer=ANSWER), row("3")]
    assert desk.rows(rows)["difference"]["new"] == ["1", "2", "3"]
    again = desk.rows(rows)
    assert (again["events"], again["written"], again["difference"]["unchanged"]) == (0, 0, 3)
    later = desk.rows(
        [
            row("1", answered="2025-05-09 10:00", answer=ANSWER),
            row("2", answered="2025-05-08 10:00", answer=ANSWER),
            row("4"),
        ]
    )
    assert later["difference"] == {
        "new": ["4"],
        "answered": ["1"],
        "changed": [{"id": "2", "field": "answered", "old": "", "new": "2025-05-08 10:00+08:00"}],
        "gone": ["3"],
        "unchanged": 0,
        "judged": True,
    }
    assert why(later, "notices") == [(3, "answered_at", "answer_corrected")]
    cases = desk.cases()
    assert cases["2"].answered_at == datetime(2025, 5, 7, 2, tzinfo=UTC)  # the earliest counts
    assert cases["3"].is_waiting  # what is gone from the file is not gone


def test_another_text_under_a_known_id_is_another_message(desk: Desk) -> None:
    desk.rows([row("1")])
    done = desk.rows([row("1", text="别的事")])
    assert why(done) == [(2, "id", "id_known_other")]
    assert done["as_of"] is None  # it may be the answer of one that waits
    assert [piece.what for piece in pieces(desk.store())] == ["message"]


def test_a_refused_answer_of_one_that_waits_accuses_nobody(desk: Desk) -> None:
    desk.rows([row("1")])
    done = desk.rows([row("1", answered="2025-05-01")], as_of="2025-06-02")
    assert done["as_of"] is None
    assert (0, "", "as_of_kept") in why(done, "notices")
    assert done["difference"]["gone"] == []


def test_files_that_cannot_be_taken_are_refused_whole(desk: Desk) -> None:
    huge = desk.city / "huge.csv"
    with huge.open("wb") as file:
        os.truncate(file.fileno(), 50_000_000)
    page = desk.city / "page.csv"
    page.write_text("<html><table>")
    other = write_csv(desk.city / "other.csv", [("甲", "乙"), ("1", "2")])
    for path, reason in (
        (huge, "too_large"),
        (page, "web_page"),
        (other, "no_header"),
        (desk.city / "none", "missing"),
    ):
        done = desk.take(path, code=2)
        assert [one["why"] for one in done["refusals"]] == [reason]
        assert (done["written"], done["registered"]) == (0, [])
    assert desk.cases() == {}


def test_which_mailbox(desk: Desk) -> None:
    path = write_csv(desk.city / "letters.csv", [HEAD, row("1")])
    registry = desk.city / "boxes.csv"
    write_csv(registry, [("id", "name", "kind"), ("0000000002", "市长信箱", "信箱")])
    assert run_command(["registry", "import", str(registry), "-C", str(desk.city)]) == 0
    done = desk.take(path)
    assert (done["mailbox"], done["source"], done["registered"]) == (
        "0000000002", "0000000002/mailbox/import", ["source_added"],
    )  # fmt: skip
    write_csv(
        registry, [("id", "name", "kind"), ("0000000002", "市长信箱", "信箱"), ("0000000003", "书记信箱", "信箱")]
    )
    assert run_command(["registry", "import", str(registry), "-C", str(desk.city)]) == 0
    arguments = ["messages", "import", str(path), "-C", str(desk.city)]
    desk.capsys.readouterr()
    assert run_command(arguments) == 2
    assert "0000000003" in desk.capsys.readouterr().err
    assert run_command([*arguments, "--mailbox", "0000000009"]) == 2
    assert "0000000009" in desk.capsys.readouterr().err
    assert desk.take(path, "--mailbox", "0000000003")["mailbox"] == "0000000003"


def test_a_time_to_come_is_no_as_of(desk: Desk) -> None:
    path = write_csv(desk.city / "letters.csv", [HEAD, row("1")])
    assert run_command(["messages", "import", str(path), "--as-of", "2099-01-01", "-C", str(desk.city)]) == 2
    assert "2099" in desk.capsys.readouterr().err


def test_boilerplate_is_reported(desk: Desk) -> None:
    rows = [row(str(n), answered="2025-05-07 10:00", answer=ANSWER.replace("，", "，" + " " * n)) for n in range(6)]
    rows.append(row("9", answered="2025-05-07 10:00", answer="该问题涉及土地权属，请携带材料到自然资源局窗口办理。"))
    assert desk.rows(rows)["boilerplate"] == [{"count": 6, "messages": ["0", "1", "2", "3", "4", "5"]}]


def test_the_screen_says_it_in_both_languages(desk: Desk) -> None:
    path = write_csv(desk.city / "letters.csv", [HEAD, row("1"), row("")])
    for language, said in (
        ("zh", ["未收入（1）", "新增", "已登记"]),
        ("en", ["Refused (1)", "unchanged", "all messages up to"]),
    ):
        arguments = ["messages", "import", str(path), "--as-of", AS_OF, "-C", str(desk.city), "--lang", language]
        desk.capsys.readouterr()
        assert run_command(arguments) == 0
        out = desk.capsys.readouterr().out
        assert [word for word in said if word not in out] == []


def test_masked_texts_are_kept_only_where_that_is_switched_on_and_swept(desk: Desk) -> None:
    rows = [row("1", text="电话13812345678，请修", answered="2025-05-07", answer=ANSWER)]
    assert run_command(["messages", "text", "1", "-C", str(desk.city)]) == 1
    config = desk.city / "zhiban.toml"
    config.write_text(config.read_text(encoding="utf-8") + "\n[messages]\nkeep_text_days = 30\n", encoding="utf-8")
    desk.rows(rows)
    desk.capsys.readouterr()
    assert run_command(["messages", "text", "1", "-C", str(desk.city), "--json"]) == 0
    texts = json.loads(desk.capsys.readouterr().out)["texts"]
    assert [one["part"] for one in texts] == ["question", "reply"]
    assert "请修" in texts[0]["text"]
    assert "13812345678" not in texts[0]["text"]
    now = SystemClock().now()
    with desk.store().write() as tx:
        assert len(tx.message_texts("1", now)) == 2
        assert tx.message_texts("1", now + timedelta(days=30)) == []
        assert tx.sweep_texts(now + timedelta(days=29)) == 0
        assert tx.sweep_texts(now + timedelta(days=30)) == 2
    desk.rows(rows)
    assert run_command(["messages", "text", "1", "-C", str(desk.city)]) == 1  # what was swept does not come back


def test_no_question_is_told_without_its_answer(desk: Desk) -> None:
    """Facts are cut between messages, so that none is thought to wait whose answer stands in the same file."""
    rows = [row(str(n), f"2025-05-06 {n // 60 % 24:02}:{n % 60:02}", "2025-05-20", answer=ANSWER) for n in range(301)]
    done = desk.rows(rows)
    assert done["written"] == 4  # of 200 events each, and the last
    desk.cases()
    with desk.store().read() as tx:
        facts = list(tx.mailbox_facts("mailbox/mailbox/import"))
        told = [
            finding for finding in tx.findings_until(datetime(2100, 1, 1, tzinfo=UTC)) if finding.rule != "REGISTRY"
        ]
    assert [len(fact.events) for fact in facts] == [200, 200, 200, 2]
    assert [fact.as_of is not None for fact in facts] == [False, False, False, True]
    assert {finding.level.value for finding in told} <= {"breach", "ok"}
    assert all(finding.why != "msg_unless" for finding in told)


def test_a_long_import_shows_its_progress() -> None:
    text = io.StringIO()
    with import_bar(Console(file=text, force_terminal=True, width=100), "zh", "reading_messages", 500) as progress:
        progress(501)
    assert "读取来信" in text.getvalue()
