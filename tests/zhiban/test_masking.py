"""No screen and no document quotes a mobile phone's or an identity card's number that a page shows."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from streams.agent import Agent
from streams.connectors import Response
from streams.looks import Look, Outcome, Shown
from streams.ports.store import open_store
from streams.ports.warc import Taken
from streams.records import Fact, FactKind
from streams.subjects import Kind, Source, Subject
from zhiban.cli import run_command
from zhiban.commands.cited import SHOWN, evidence_document, print_evidence
from zhiban.telling import begin, tell
from zhiban.wiring import load_rules

PHONE, CARD = "13000000000", "00000019900101000X"  # of no one: no such range, no such region
T0 = datetime(2035, 3, 1, 4, tzinfo=UTC)


def clean(text: str) -> bool:
    return PHONE not in text and CARD not in text


@pytest.fixture
def account(tmp_path: Path) -> Path:
    """A working directory with an account that is late, and whose page quotes numbers."""
    assert run_command(["init", str(tmp_path)]) == 0
    rules = load_rules(("national-2019",), {})
    store = open_store(f"sqlite:///{tmp_path / 'zhiban.db'}")
    begin(store, rules, T0 - timedelta(hours=1))
    subject = Subject(id="号", name="示例微信", kind=Kind.ACCOUNT, platform="微信公众号", unit="示例局")
    source = Source(id="号/1", subject="号", connector="account", url="https://a/")
    facts = [Fact(kind=FactKind.REGISTERED, subject=subject), Fact(kind=FactKind.SOURCE_ADDED, source=source)]
    tell(store, facts, T0 - timedelta(hours=1))
    told = f"关于停用本号的公告，电话{PHONE}，证件{CARD}"
    level = Shown(count=5, newest=date(2035, 2, 1), name=f"旧名{PHONE}", notice=told)
    with store.write() as tx:
        tx.append(0, [("号", Look(source="号/1", asked_at=T0, outcome=Outcome.GOOD, level=level))], T0)
    Agent(store, rules).catch_up(0)
    store.close()
    return tmp_path


@pytest.mark.parametrize(
    "words", [["findings"], ["alerts"], ["looks"], ["inspect"], ["forecast", "--on", "2035-03-02"]]
)
@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_what_is_stored_is_shown_without_numbers(
    account: Path, words: list[str], flags: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run_command([*words, *flags, "-C", str(account)]) == 0
    assert clean(capsys.readouterr().out)


def test_the_arguments_keep_their_words(account: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run_command(["findings", "--json", "-C", str(account)]) == 0
    args = {row["rule"]: row["args"] for row in json.loads(capsys.readouterr().out)["findings"]}["MED-STALE"]
    assert args["notice"] == "关于停用本号的公告，电话130******00，证件000*************0X"
    assert (args["shown_name"], args["newest"]) == ("旧名130******00", "2035-02-01")


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_try_shows_no_numbers(flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(
        f'<li><a href="/{n}.html">关于第{n}次公示的通知，电话{PHONE}</a><span>2026-03-0{n}</span></li>'
        for n in range(1, 8)
    )
    page = tmp_path / "page.html"
    page.write_text(f"<html><meta charset=utf-8><body><ul>{rows}</ul></body></html>", encoding="utf-8")
    assert run_command(["try", str(page), "--connector", "column", "-C", str(tmp_path), *flags]) == 0
    told = capsys.readouterr().out
    assert "130******00" in told
    assert clean(told)


def test_evidence_is_whole_on_disk_and_masked_on_a_screen() -> None:
    body = f"<p>公示 {PHONE} {CARD}</p>".encode("gb18030")
    answer = Response(status=200, body=body, url="https://a/", headers={"content-type": "text/html; charset=gbk"})
    taken = Taken(T0, "https://a/", answer)
    document = evidence_document("f", "e", taken)
    screen = StringIO()
    print_evidence(document, taken, Console(file=screen, width=200), body=True)
    assert document["bytes"] == len(body)
    assert "公示 130******00" in screen.getvalue()
    assert clean(screen.getvalue() + str(document))


def test_a_number_at_the_end_of_what_is_shown_is_masked_before_it_is_cut() -> None:
    body = ("x" * (SHOWN - 8) + f" {PHONE} ").encode()
    taken = Taken(T0, "https://a/", Response(status=200, body=body, url="https://a/"))
    screen = StringIO()
    print_evidence(evidence_document("f", "e", taken), taken, Console(file=screen, width=200), body=True)
    assert PHONE[:7] not in screen.getvalue()
    assert "130****" in screen.getvalue()


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_of_letters_only_ids_times_and_states_are_shown(
    tmp_path: Path, flags: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    heads = "".join(f"<th>{name}</th>" for name in ("编号", "标题", "来信日期", "答复日期", "状态", "受理单位"))
    cells = "".join(
        f"<td>{cell}</td>" for cell in ("W1042", f"张三{PHONE}的来信", "2024-11-20", "2024-11-23", "已答复", "城管局")
    )
    page = tmp_path / "list.html"
    page.write_text(f'<meta charset="utf-8"><table><tr>{heads}</tr><tr>{cells}</tr></table>', encoding="utf-8")
    assert run_command(["try", str(page), "--connector", "mailbox", *flags]) == 0
    shown = capsys.readouterr().out
    assert "张三" not in shown
    assert clean(shown)
    if flags:
        (look,) = json.loads(shown)["looks"]
        (one,) = look["messages"]
        assert (one["id"], one["status"], one["unit"], look["items"]) == ("W1042", "answered", "城管局", [])
        assert (one["asked_at"], one["answered_at"]) == ("2024-11-20T00:00:00+08:00", "2024-11-23T23:59:00+08:00")
    else:
        assert all(word in shown for word in ("W1042", "2024-11-20", "2024-11-23", "已答复"))
