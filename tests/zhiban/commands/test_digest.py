"""`zhiban digest`: on the screen, in every file form, for scripts, and what it refuses."""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from icalendar import Calendar
from stores import new_store
from weeks import Town

from zhiban.cli import run_command

START = datetime.fromisoformat("2026-03-03T10:00:00+08:00")
TOML = """
[channels.mail]
type = "email"
host = "127.0.0.1"
sender = "值班 <z@example.cn>"
domain = "example.cn"
[[digests]]
channel = "mail"
to = "boss@example.cn"
[[digests]]
channel = "mail"
to = "school@example.cn"
units = ["教育*"]
language = "en"
"""

Ask = Callable[..., str]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("digest") / "office"
    run_command(["init", str(folder)])
    store = new_store(f"sqlite:///{folder / 'zhiban.db'}")
    town = Town(store, START)
    town.passes(24 * 5)
    for number in range(7):
        town.looks(number, age=number + 7)
    town.passes(48)
    store.close()
    (folder / "zhiban.toml").write_text(TOML, encoding="utf-8")
    return folder


@pytest.fixture
def asks(lived: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    def ask(*words: str, code: int = 0, week: str = "2026-W10") -> str:
        capsys.readouterr()
        assert run_command(["digest", "--week", week, "-C", str(lived), *words]) == code
        said = capsys.readouterr()
        return said.out if code == 0 else said.err

    return ask


def test_the_screen_shows_coverage_first(asks: Ask) -> None:
    said = asks()
    assert said.startswith("过去 48 小时监测有效：4/4 个对象（8/8 个信息源）\n")
    assert "== 下周到期: 7 ==" in said
    assert asks("--lang", "en").startswith("Under good watch in the last 48 h: 4 of 4 subjects")


def test_a_recipients_digest_has_its_scope_and_its_language(asks: Ask) -> None:
    said = asks("--only", "school@example.cn")
    assert said.startswith("Under good watch in the last 48 h: 2 of 2 subjects")
    assert "教育*" in said
    assert "0/0 个对象" in asks("--supervisor", "某县")
    assert "2/2 个对象" in asks("--unit", "教育局")


def test_every_form_of_file(asks: Ask, tmp_path: Path) -> None:
    for suffix in ("eml", "html", "txt", "ics"):
        assert asks("--out", str(tmp_path / f"d.{suffix}")) == ""
    message = email.message_from_bytes((tmp_path / "d.eml").read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert (message["To"], message["From"]) == ("boss@example.cn", "值班 <z@example.cn>")
    assert [part.get_content_type() for part in message.walk()][-1] == "text/calendar"
    page = (tmp_path / "d.html").read_text(encoding="utf-8")
    assert 'src="data:image/png;base64,' in page
    assert ".ics" not in page
    assert (tmp_path / "d.txt").read_text(encoding="utf-8").startswith("过去 48 小时")
    assert len(Calendar.from_ical((tmp_path / "d.ics").read_bytes()).walk("VEVENT")) == 7


def test_for_scripts_every_field_is_there(asks: Ask) -> None:
    found = json.loads(asks("--json"))
    assert (found["week"], found["since"], found["until"], found["whole"]) == (
        "2026-W10", "2026-03-02T00:00:00+08:00", "2026-03-09T00:00:00+08:00", True,
    )  # fmt: skip
    assert found["opened"] == {"count": 0, "rows": []}
    assert found["served"]["received"] == 0
    assert "unsubscribe" not in found
    assert {"day", "title", "rows"} == set(found["due"][0])


def test_a_week_that_is_not_over_says_so(asks: Ask, lived: Path) -> None:
    """The log's own now is the machine's, so that only the week in which this runs is not over."""
    week = datetime.now().astimezone().isocalendar()  # noqa: TID251 - as the command itself
    name = f"{week[0]}-W{week[1]:02}"
    assert json.loads(asks("--json", week=name))["whole"] is False
    assert "本周尚未结束" in asks(week=name)
    assert "才结束" in asks("--send", week=name, code=2)


@pytest.mark.parametrize(
    ("week", "words", "expected"),
    [
        ("2026-W60", (), "--week '2026-W60'：应为年和周"),
        ("2126-W10", (), "还没有开始"),
        ("2026-W10", ("--out", "x.pdf"), "实为 '.pdf'"),
        ("2026-W10", ("--only", "nobody@x"), "没有这个收件人；[[digests]] 里有 boss@example.cn, school@example.cn"),
        ("2026-W10", ("--send", "--unit", "x"), "--send 按 [[digests]] 的范围发出"),
        ("2026-W02", ("--send",), "还没有开始监测"),
    ],
)
def test_what_cannot_be_asked_is_named(asks: Ask, week: str, words: tuple[str, ...], expected: str) -> None:
    assert expected in asks(*words, week=week, code=2)


def test_without_recipients_nothing_can_be_sent(
    lived: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "zhiban.toml").write_text("", encoding="utf-8")
    assert run_command(["digest", "--send", "-C", str(tmp_path)]) == 2
    assert "没有 [[digests]]" in capsys.readouterr().err


def test_a_recipient_leaves_is_listed_so_and_comes_back(lived: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def ask(*words: str, code: int = 0) -> str:
        capsys.readouterr()
        assert run_command(["digest", *words, "-C", str(lived)]) == code
        said = capsys.readouterr()
        return said.out + said.err

    def states() -> dict[str, str]:
        return {row["to"]: row["state"] for row in json.loads(ask("readers", "--json"))["readers"]}

    who = "school@example.cn"
    assert "不再收到周报（mail）" in ask("leave", who)
    assert "没有重复登记" in ask("leave", who)
    assert states() == {"bo…@example.cn": "gets", "sc…@example.cn": "left"}
    assert "已退订" in ask("readers")
    (row,) = json.loads(ask("--week", "2026-W10", "--send", "--only", who, "--json"))["letters"]
    assert (row["state"], row["made"]) == ("left", False)
    assert json.loads(ask("join", who, "--json", "--channel", "mail"))["changed"] is True
    assert set(states().values()) == {"gets"}
    assert "应为 boss@example.cn (mail), school@example.cn (mail) 之一" in ask("join", "nobody@x", code=2)
