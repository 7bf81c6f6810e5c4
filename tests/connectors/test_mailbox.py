"""Letters out of pages, rows and JSON: times, states, ids; and what is not told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from talking import ASKED, URL, look, ok, talk
from timeline import at

from connectors._letterdata import Listing
from connectors._letters import State, field_of, id_in, state_of
from connectors._letterselector import LetterSelector
from connectors.mailbox import Mailbox
from streams.connectors import Cursor, Envelope, Envelopes, Failure, Letters, Reading, Response
from streams.days import SHANGHAI
from streams.looks import Outcome, Shown
from streams.messages import Deed
from streams.secrets import Secret
from streams.subjects import Source
from zhiban.ways import build_connectors
from zhiban.wiring import load_pack

BOX = Mailbox()
LATER = ASKED + timedelta(hours=5)


def html(body: str) -> str:
    return f'<html><head><meta charset="utf-8"></head><body>{body}</body></html>'


def grid(heads: str, *rows: str) -> str:
    cells = "".join(f"<th>{name}</th>" for name in heads.split())
    lines = "".join(f"<tr>{''.join(f'<td>{cell.strip()}</td>' for cell in row.split('|'))}</tr>" for row in rows)
    return html(f"<table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table>")


def told(reading: Reading) -> list[str]:
    """`104 received 2026-11-02 00:00`, Shanghai."""
    return [f"{one.message} {one.deed} {one.at.astimezone(SHANGHAI):%m-%d %H:%M}" for one in reading.events]


def waiting(reading: Reading) -> tuple[str, ...]:
    assert isinstance(reading.level, Shown), reading
    return reading.level.waiting or ()


def pages(**bodies: str) -> Any:
    """Answers by the last part of the path; `list` is the list itself."""

    def answer(request: Any) -> Response | Failure:
        name = "list" if request.url == URL else request.url.rpartition("/")[2].partition(".")[0]
        return msgspec.structs.replace(ok(bodies[name]), url=request.url) if name in bodies else Failure(cause="dns")

    return answer


# -- pages -----------------------------------------------------------------------------------------------------------


def test_a_table_with_headings() -> None:
    page = grid(
        "编号 标题 来信日期 答复日期 状态 受理单位",
        "W1042 | <a href='/l/1042.html'>路灯</a> | 2026-11-20 | | 已受理 | 城管局",
        "W1041 | <a href='/l/1041.html'>停水</a> | 2026-11-18 09:30 | 2026-11-19 | 已办结 | 水务局",
    )
    reading = look(BOX, ok(page))
    assert told(reading) == [
        "W1042 received 11-20 00:00", "W1041 received 11-18 09:30", "W1041 answered 11-19 23:59",
    ]  # fmt: skip
    assert [event.day_only for event in reading.events] == [True, False, True]
    assert [event.about.units for event in reading.events if event.about] == [("城管局",), ("水务局",)]
    assert waiting(reading) == ("W1042",)
    assert isinstance(reading.level, Shown)
    assert (reading.level.count, reading.level.title) == (2, "")
    assert [item.title + item.url for item in reading.items or ()] == ["", ""]


def test_a_list_of_spans_under_headings() -> None:
    page = html(
        "<div class='t'><span>信件编号</span><span>信件标题</span><span>提交时间</span><span>办理状态</span></div>"
        "<ul><li><span>1042</span><span><a href='v?id=7'>路灯</a></span><span>2026-11-20</span><span>办理中</span></li>"
        "<li><span>1041</span><span><a href='v?id=6'>水</a></span><span>2026-11-18</span><span>待回复</span></li></ul>"
    )
    assert waiting(look(BOX, ok(page))) == ("1041", "1042")


def test_rows_that_label_their_values() -> None:
    rows = "".join(
        f"<li><a href='/l/{n}.html'>关于第{n}号来信的标题</a><p>来信时间：2026-11-1{n - 1040} 受理单位：城管局</p>"
        f"<p>{answered}</p></li>"
        for n, answered in ((1042, "状态：办理中"), (1041, "回复时间：2026-11-13 状态：已回复"))
    )
    reading = look(BOX, ok(html(f"<ul class='list'>{rows}</ul>")))
    assert told(reading) == [
        "1042 received 11-12 00:00", "1041 received 11-11 00:00", "1041 answered 11-13 23:59",
    ]  # fmt: skip
    assert waiting(reading) == ("1042",)


def test_selectors_find_what_the_generic_reading_does_not() -> None:
    page = html("<p class=x><a href='/l/7.html'>路灯</a><i>2026-11-20</i><b>A</b></p>")
    chosen = LetterSelector(item="p.x", asked="i", state="b")
    box = Mailbox(selectors={"www.example.gov.cn": chosen}, states={"A": State.WAITING})
    reading = look(box, ok(page))
    assert (len(waiting(reading)), len(reading.events)) == (1, 1)


def test_a_selector_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="selector asked = 'li\\[': expected a CSS selector"):
        LetterSelector(item="li", asked="li[")


def test_an_empty_answers_date_says_that_it_waits_and_a_missing_cell_says_nothing() -> None:
    heads = "编号 标题 来信日期 答复日期"
    whole = grid(heads, "W1042|路灯|2026-11-20|", "W1041|停水|2026-11-18|2026-11-19")
    assert waiting(look(BOX, ok(whole))) == ("W1042",)
    assert waiting(look(BOX, ok(whole.replace("<td></td>", "", 1)))) == ()


def test_a_date_that_lies_ahead_is_a_promise_and_no_answer() -> None:
    page = grid("编号 标题 来信日期 答复日期 状态", "W1042|路灯|2026-11-20|2026-11-30|办理中")
    assert told(look(BOX, ok(page))) == ["W1042 received 11-20 00:00"]


def test_refused_letters_leave_and_are_not_answered() -> None:
    page = grid("编号 标题 受理时间 状态", "20076|违建|2026-11-20|拒绝受理", "19789|用水|2026-11-19|已撤回")
    assert [event.deed for event in look(BOX, ok(page)).events] == [
        Deed.RECEIVED, Deed.NOT_OURS, Deed.RECEIVED, Deed.WITHDRAWN,
    ]  # fmt: skip


def test_an_answer_never_comes_before_its_letter() -> None:
    page = grid("编号 标题 来信日期 答复日期", "W1042|路灯|2026-11-20 15:00|2026-11-20 09:00")
    assert told(look(BOX, ok(page))) == ["W1042 received 11-20 15:00", "W1042 answered 11-20 15:00"]


def test_further_pages_are_read_within_bounds() -> None:
    def numbered(first: int, more: str) -> str:
        heads = "编号 标题 来信日期 状态"
        table = grid(heads, *(f"W{n}|路灯|2026-11-20|办理中" for n in range(first, first + 3)))
        return table.replace("</body>", f"<a href='{more}'>下一页</a></body>")

    bodies = {"list": numbered(100, "/p2.html"), "p2": numbered(200, "/p3.html"), "p3": numbered(300, "/p4.html")}
    reading, asked = talk(BOX, pages(**bodies))
    assert len(asked) == 3
    assert len(waiting(reading)) == 9
    again, asked = talk(BOX, pages(**bodies), reading.cursor, LATER)
    assert len(asked) == 3, "the first page's bytes do not say that the others are unchanged"
    assert waiting(again) == waiting(reading)


def test_a_list_that_leads_elsewhere_is_not_followed() -> None:
    page = grid("编号 标题 来信日期 状态", "W1|<a href='https://other.example/1'>路灯</a>|2026-11-20|已答复")
    page = page.replace("</body>", "<a href='https://other.example/2'>下一页</a></body>")
    _, asked = talk(BOX, pages(list=page))
    assert len(asked) == 1


def test_of_letters_that_show_no_state_nothing_is_told() -> None:
    page = grid("编号 标题 来信日期", "W1042|路灯|2026-11-20", "W1041|停水|2026-11-18")
    reading = look(BOX, ok(page))
    assert (reading.outcome, reading.cause, reading.events) == (Outcome.UNKNOWN, "no_state", ())


# -- letters' own pages ----------------------------------------------------------------------------------------------

BARE = grid("编号 标题 来信日期 状态", "W1042|<a href='/1042.html'>路灯</a>|2026-11-20|已答复")


def test_an_own_page_gives_the_answers_time_and_is_opened_once() -> None:
    own = html(
        "<table><tr><th>答复时间</th><td>2026-11-21 10:15</td></tr><tr><th>答复内容</th><td>已修好。</td></tr></table>"
    )
    reading, asked = talk(BOX, pages(**{"list": BARE, "1042": own}))
    assert told(reading) == ["W1042 received 11-20 00:00", "W1042 answered 11-21 10:15"]
    assert [(one.followed, one.private) for one in asked] == [(False, False), (True, True)]
    _, asked = talk(BOX, pages(**{"list": BARE, "1042": own}), reading.cursor, LATER)
    assert len(asked) == 1


def test_how_many_own_pages_are_opened_is_bounded() -> None:
    rows = [f"W{n}|<a href='/{n}.html'>路灯</a>|2026-11-20|已答复" for n in range(1000, 1050)]
    page = grid("编号 标题 来信日期 状态", *rows)
    reading, asked = talk(BOX, pages(list=page))
    assert len(asked) == 1 + 20
    assert reading.events == (), "answered, nobody knows when: nothing is told"


def test_a_reply_that_is_a_receipt_is_no_answer() -> None:
    made = build_connectors({}, "zhiban.toml", Path(), load_pack(("national-2019",)).messages)
    own = html("<p>答复时间：2026-11-21</p><p>答复内容：您好，您的来信已收悉，已转相关部门处理，感谢您的关注。</p>")
    reading, _ = talk(made["mailbox"], pages(**{"list": BARE, "1042": own}))
    assert [event.deed for event in reading.events] == [Deed.RECEIVED, Deed.RECEIPT]
    assert reading.events[0].about is not None
    assert reading.events[0].about.category == "咨询"


def test_an_answer_without_a_time_was_given_after_the_letter_was_last_seen_waiting() -> None:
    first = look(BOX, ok(BARE.replace("已答复", "办理中")))
    reading, _ = talk(BOX, pages(list=BARE), first.cursor, LATER)
    (answer,) = [event for event in reading.events if event.deed is Deed.ANSWERED]
    assert answer.at == ASKED


def test_what_fell_off_the_list_is_asked_for_until_its_page_is_gone() -> None:
    first = look(BOX, ok(BARE.replace("已答复", "办理中")))
    other = grid("编号 标题 来信日期 状态", "W1050|停水|2026-11-22|办理中")
    unread, _ = talk(BOX, pages(list=other), first.cursor, LATER)
    assert waiting(unread) == ("W1050",), "nothing is said of a letter that was not seen"
    seen, _ = talk(BOX, pages(**{"list": other, "1042": html("<p>状态：办理中</p>")}), unread.cursor, LATER)
    assert waiting(seen) == ("W1042", "W1050")

    def gone(request: Any) -> Response:
        return ok(other) if request.url == URL else Response(status=404, body=b"<h1>404</h1>")

    lost, asked = talk(BOX, gone, seen.cursor, LATER)
    assert (len(asked), waiting(lost)) == (2, ("W1050",))
    _, asked = talk(BOX, gone, lost.cursor, LATER)
    assert len(asked) == 1


def test_fingerprints_are_taken_with_a_key_alone() -> None:
    page = ok(grid("编号 标题 来信日期 状态", "W1042|路灯不亮|2026-11-20|办理中"))
    prints = [look(box, page).events[0].about for box in (BOX, Mailbox(key=Secret("一")), Mailbox(key=Secret("二")))]
    none, one, two = (about.print if about else "?" for about in prints)
    assert none == ""
    assert one != two
    assert len(one) == len(two) == 16


# -- JSON ------------------------------------------------------------------------------------------------------------

SECONDS = int(datetime(2026, 11, 20, 1, 30, tzinfo=UTC).timestamp())
ROWS: list[Mapping[str, Any]] = [
    {"letterId": "77", "letterTitle": "路灯", "createTime": SECONDS * 1000, "replyTime": None, "deptName": "城管局"},
    {"letterId": "76", "letterTitle": "停水", "createTime": "2026-11-18 09:30:00", "replyTime": (SECONDS + 60) * 1000},
]


@pytest.mark.parametrize("form", ["{}", "callback({});", "\ufeff{}"])
def test_json_by_its_usual_names(form: str) -> None:
    body = json.dumps({"code": 0, "data": {"total": 2, "rows": ROWS}, "menus": [{"name": "首页"}]})
    reading = look(BOX, ok(form.replace("{}", body)))
    assert told(reading) == ["77 received 11-20 09:30", "76 received 11-18 09:30", "76 answered 11-20 09:31"]
    assert waiting(reading) == ("77",)


def test_json_by_configuration() -> None:
    rows = [{"k": {"n": "A-1"}, "t": "2026-11-20", "z": 3}, {"k": {"n": "A-2"}, "t": "2026-11-19", "z": 1}]
    listing = Listing(path="d.list", fields={"id": "k.n", "asked_at": "t", "status": "z"})
    box = Mailbox(lists={URL: listing}, states={"3": State.WAITING, "1": State.WITHDRAWN})
    reading = look(box, ok(json.dumps({"d": {"list": rows}})))
    assert waiting(reading) == ("A-1",)
    assert [event.deed for event in reading.events][-1] is Deed.WITHDRAWN


def test_an_empty_array_is_an_empty_list_and_other_json_is_not() -> None:
    assert look(BOX, ok('{"data": {"rows": []}}')).outcome is Outcome.GOOD
    assert look(BOX, ok('{"error": "login"}')).outcome is Outcome.UNKNOWN


def test_a_field_that_we_lack_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="unknown field `asked`, expected one of id, url"):
        Listing(fields={"asked": "t"})


# -- mail ------------------------------------------------------------------------------------------------------------


def post(box: Mailbox, answer: Envelopes | Failure, cursor: Cursor | None = None, asked: datetime = ASKED) -> Reading:
    source = Source(id="s", subject="六", connector="mailbox", url="imaps://mail.example.gov.cn/INBOX", name="咨询信箱")
    conversation = box.look(source, cursor or Cursor(), asked)
    request = next(conversation)
    assert isinstance(request, Letters)
    with pytest.raises(StopIteration) as ended:
        conversation.send(answer)
    reading: Reading = ended.value.value
    return reading


def test_a_letter_is_answered_by_the_first_that_was_sent_in_reply() -> None:
    day = at("2026-11-20 09:30")
    came = (Envelope("a", day), Envelope("b", day), Envelope("c", day, bulk=True))
    sent = tuple(Envelope(name, day + timedelta(hours=n), replies_to=("a",)) for name, n in (("y", 5), ("x", 2)))
    reading = post(BOX, Envelopes(came=came, sent=sent))
    assert told(reading) == ["b received 11-20 09:30", "a received 11-20 09:30", "a answered 11-20 11:30"]
    assert waiting(reading) == ("b",)


def test_a_flag_alone_tells_no_time() -> None:
    day = at("2026-11-20 09:30")
    first = post(BOX, Envelopes(came=(Envelope("a", day),)))
    flagged = Envelopes(came=(Envelope("a", day, answered=True),))
    assert [event.at for event in post(BOX, flagged, first.cursor, LATER).events] == [day, ASKED]
    assert post(BOX, flagged).events == ()


def test_a_server_that_fails_is_a_failed_look() -> None:
    reading = post(BOX, Failure(cause="timeout", detail="no end within 60 s"))
    assert (reading.outcome, reading.cause, reading.cursor) == (Outcome.FAILED, "timeout", None)


# -- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("已受理", State.WAITING), ("办理中", State.WAITING), ("已转办", State.WAITING), ("未答复", State.WAITING),
        ("待回复", State.WAITING), ("正在办理", State.WAITING), ("新信件", State.WAITING),
        ("【已答复】", State.ANSWERED), ("已办结", State.ANSWERED), ("处理完毕", State.ANSWERED),
        ("已回复", State.ANSWERED), ("不予受理", State.NOT_OURS),
        ("重复信件", State.DUPLICATE), ("已撤回", State.WITHDRAWN), ("路灯", State.UNSAID), ("", State.UNSAID),
    ],
)  # fmt: skip
def test_words_of_states(words: str, state: State) -> None:
    assert state_of(words) is state


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("信件编号", "id"), ("来信日期", "asked"), ("写信时间：", "asked"), ("受理时间", "accepted"),
        ("回复时间", "answered"), ("办结日期", "answered"), ("发布日期", "shown"), ("办理状态", "state"),
        ("答复单位", "unit"), ("信件类型", "category"),
        ("来信标题", "title"), ("答复内容", "reply"), ("序号", ""), ("点击数", ""), ("姓名", ""),
    ],
)  # fmt: skip
def test_words_of_headings(heading: str, field: str) -> None:
    assert field_of(heading) == field


def test_ids_in_addresses() -> None:
    assert id_in("https://a.gov.cn/mail/view?cid=3&mailid=1042") == "1042"
    assert id_in("https://a.gov.cn/xx/2026/20261103.shtml") == "20261103"
    assert id_in("https://a.gov.cn/x?p=1") != id_in("https://a.gov.cn/x?p=2")
