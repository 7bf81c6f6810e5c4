"""What the chat channels share: harmless texts, cuts by bytes, mentions, marks, and what codes mean."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from letters import POINT, letter

from alerts.channels._chat import (
    Form,
    Mentions,
    block,
    check,
    cut,
    fitting,
    harmless,
    headline,
    meaning,
    mentions,
    size,
    text_of,
)
from alerts.channels.dingtalk_robot import FORM, DingtalkRobot
from alerts.channels.feishu_robot import FeishuRobot
from alerts.channels.wecom_app import DESCRIPTION
from alerts.channels.wecom_app import MARKDOWN as SMALL
from alerts.channels.wecom_robot import MARKDOWN, TAIL, TEXT, WecomRobot
from alerts.letter import Action, Fate, Meaning
from alerts.plain import mark
from streams.outgoing import Answer
from streams.secrets import Secret

FORMS = [MARKDOWN, TEXT, SMALL, DESCRIPTION, FORM]
CODES = {7: Meaning(Fate.NEVER, "gone")}


@given(st.text(), st.integers(8, 60))
def test_a_cut_text_is_one_harmless_line_of_so_many_bytes(text: str, most: int) -> None:
    found = cut(text, most)
    assert size(found) <= most
    assert not set(found) & set("<>[]*_`~|\\&\n\r")
    assert not found.startswith(("#", "-", "+", "="))


def test_what_reads_as_plain_text_is_left_alone() -> None:
    assert harmless("第 1 条：C# 与 A-B，“原文”（2026-03-02）!") == "第 1 条：C# 与 A-B，“原文”（2026-03-02）!"
    assert harmless("<@all> [x](y) **b**") == "＜@all＞ ［x］(y) ＊＊b＊＊"


@pytest.mark.parametrize(("form", "tail"), [(one, "") for one in FORMS] + [(MARKDOWN, "@" * TAIL), (FORM, "@" * 450)])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_one_point_always_fits_its_form(form: Form, tail: str, language: str) -> None:
    worst = letter(subject='"' * 999, intro='"' * 999, title="👍" * 999, lines=('"' * 999,) * 50, clause='"' * 9999)
    links = tuple(Action("已" * 20, "https://z.example.cn/" + "x" * length) for length in (370, 270, 900, 379))
    point = msgspec.structs.replace(worst.points[0], actions=links)
    text = text_of(
        msgspec.structs.replace(worst, points=(point,), outro='"' * 9999, language=language),
        form,
        keyword="政务",
        tail=tail,
    )
    assert form.measure(text) <= form.most
    assert "👍" in text


def test_a_letter_of_many_points_is_cut_between_two_and_says_how_many_are_left() -> None:
    text = text_of(letter(points=(POINT,) * 60), MARKDOWN)
    shown = text.count(f"**{POINT.title}**")
    assert f"…还有 {60 - shown} 项" in text
    assert MARKDOWN.most - size(text) < size(block(POINT, MARKDOWN, "zh")) + 2, "as many as fit"


def test_lines_give_way_to_links() -> None:
    links = tuple(Action(f"按钮{n}", f"https://z.example.cn/{n}/" + "x" * 370) for n in range(6))
    point = msgspec.structs.replace(POINT, actions=links, lines=("长" * 300,) * 20)
    found = block(point, MARKDOWN, "zh")
    assert size(found) <= MARKDOWN.block
    assert all(link.url in found for link in links[:5])


def test_a_keyword_is_put_into_the_title_once() -> None:
    assert headline("示例发布", "值班", 60) == "值班 · 示例发布"
    assert headline("值班通知", "值班", 60) == "值班通知"
    assert headline("长" * 99, "值班", 60).startswith("值班 · 长")
    assert size(headline("长" * 99, "值班", 60)) <= 60


def test_the_mark_is_the_letters_for_ever() -> None:
    assert mark(letter()) == mark(letter(subject="x")) != mark(letter(key="k2"))
    assert len(mark(letter(key="\ud800"))) == 8


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("-", Mentions()),
        ("", Mentions()),
        ("zhangsan,lisi", Mentions(ids=("zhangsan", "lisi"))),
        ("13800001111；zhangsan、@all", Mentions(ids=("zhangsan",), phones=("13800001111",), everybody=True)),
        ("+86-13800001111", Mentions(phones=("+86-13800001111",))),
        ("<@all>|a b\n张三", Mentions(ids=("a", "b"))),
        ("x></at><at id=all", Mentions()),
    ],
)
def test_only_what_can_be_an_id_is_mentioned(to: str, expected: Mentions) -> None:
    assert mentions(to) == expected


def test_a_code_says_what_an_answer_means_whatever_the_status() -> None:
    def found(status: int, **said: int | str) -> Meaning:
        return meaning(Answer(code=status, said=said), CODES, "code", "StatusCode")

    assert found(200, code=0) == found(200, StatusCode=0) == Meaning(Fate.DELIVERED)
    assert found(200, code=7, msg="gone") == Meaning(Fate.NEVER, "gone", said="7 gone")
    assert found(400, code=7).fate is Fate.NEVER
    assert found(200, code=8) == Meaning(Fate.AGAIN, "other", said="8")
    assert found(200, code="0") == found(404) == Meaning(Fate.AGAIN, "elsewhere")
    assert found(429, code=0) == found(429) == Meaning(Fate.AGAIN, "too_fast")
    assert found(503) == found(502, code=0) == Meaning(Fate.AGAIN, "busy")
    assert found(0) == Meaning(Fate.AGAIN)


def test_as_many_as_fit() -> None:
    assert fitting(5, lambda count: "x" * count, 3, len) == "xxx"
    assert fitting(5, lambda count: "x" * (count + 9), 3, len) == "x" * 9, "what cannot be less stays"


@pytest.mark.parametrize(
    ("base", "ca"), [("example.cn", ""), ("ftp://x", ""), ("https://x?key=hunter2", ""), ("https://x", "hunter2")]
)
def test_what_reaches_no_service_is_refused_without_showing_it(base: str, ca: str) -> None:
    with pytest.raises(ValueError, match="expected") as raised:
        check(base, ca)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("channel", [WecomRobot, DingtalkRobot, FeishuRobot])
@pytest.mark.parametrize("pasted", ["https://x.example/send?key=hunter2", "key=hunter2", "hunter2\n", ""])
def test_a_whole_webhook_is_not_its_end(channel: Callable[..., object], pasted: str) -> None:
    with pytest.raises(ValueError, match="at the webhook's end") as raised:
        channel(**{"key" if channel is WecomRobot else "token": Secret(pasted)})
    assert "hunter2" not in "".join(traceback.format_exception(raised.value))
