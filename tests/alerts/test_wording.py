"""What a letter says of one matter (RULEBOOK section 17)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.wording import Matter, limit_in_words, masked, title, write
from streams.findings import Grade


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00+08:00")


ACCOUNT = Matter(
    id="m1",
    rule="MED-STALE",
    level=Grade.VETO,
    why="stale",
    subject="示例发布",
    subject_id="S1",
    url="https://a.example.cn/",
    due=moment("2026-03-02T00:00"),
    at=moment("2026-03-02T09:00"),
    args={"newest": "2026-02-15", "limit": "14d", "title": "关于召开会议的通知"},
    clause="监测时间点前2周内无更新。",
    advice="发布一条信息。",
)
COLUMN = msgspec.structs.replace(
    ACCOUNT, rule="WEB-COL-STALE", level=Grade.DUE_SOON, why="due_soon", source="政务公开 > 工作动态", n=2, of=5
)


def lines(matter: Matter, **changes: Any) -> list[str]:
    return list(write(msgspec.structs.replace(matter, **changes)).lines)


def test_a_veto_says_all_that_section_17_asks_for() -> None:
    point = write(ACCOUNT)
    assert point.title == "示例发布：超过 14 天未更新"
    assert (point.level, point.url, point.clause) == ("veto", ACCOUNT.url, ACCOUNT.clause)
    assert list(point.lines) == [
        "最后一条信息：关于召开会议的通知",
        "页面显示的日期：2026-02-15（星期日，春节）",
        "未更新：已 15 天（期限 14 天）",
        "最后安全日：2026-03-01（星期日）",
        "不算更新：点赞、评论、菜单、自动回复和没有日期的内容。",
        "怎么办：发布一条信息。",
    ]


def test_due_soon_names_the_column_the_days_left_and_the_working_day_before() -> None:
    early = msgspec.structs.replace(COLUMN, at=moment("2026-02-25T09:00"))
    point = write(early)
    assert point.title == "示例发布「政务公开 > 工作动态」：即将超过 14 天未更新"
    assert list(point.lines)[2:7] == [
        "未更新：已 10 天（期限 14 天）",
        "最后安全日：2026-03-01（星期日）",
        "还剩：4 天",
        "请不晚于：2026-02-28（星期六，调休上班）（最后安全日不上班）",
        "同类栏目：2/5 个超期，达到 5 个即单项否决",
    ]
    assert "不算更新：横幅、飘窗、计数和没有日期的内容。" in point.lines


def test_the_last_day_is_called_so_and_a_working_day_that_is_gone_is_not_asked_for() -> None:
    said = lines(COLUMN, at=moment("2026-03-01T09:00"))
    assert "还剩：今天是最后一天" in said
    assert not [line for line in said if line.startswith("请不晚于")]


def test_a_year_that_nobody_knows_is_said_and_not_guessed() -> None:
    said = lines(COLUMN, due=moment("2027-03-07T00:00"), at=moment("2027-03-01T09:00"))
    assert "最后安全日：2027-03-06（星期六，节假日安排未公布）" in said
    assert not [line for line in said if line.startswith("请不晚于")]


@pytest.mark.parametrize(("rule", "why"), [("WEB-AVAIL", "down_often"), ("WEB-COL-BLANK", "blank")])
def test_what_has_no_last_safe_day_is_given_none(rule: str, why: str) -> None:
    assert not [line for line in lines(ACCOUNT, rule=rule, why=why) if "安全日" in line]


def test_an_account_that_never_posted_counts_from_its_first_day() -> None:
    said = lines(ACCOUNT, rule="MED-NEVER", why="never", args={"registered": "2026-02-15", "limit": "14d"})
    assert said[:2] == ["开办日期：2026-02-15（星期日，春节）", "最后安全日：2026-03-01（星期日）"]


def test_what_is_resolved_asks_for_nothing() -> None:
    point = write(msgspec.structs.replace(ACCOUNT, closed_at=moment("2026-03-03T10:30")))
    assert (point.level, list(point.lines), point.clause) == ("ok", ["解除时间：2026-03-03 10:30"], "")


@pytest.mark.parametrize("rule", ["SEC-WORDING", "SEC-SECRET"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_suspected_serious_wording_is_never_quoted(rule: str, language: str) -> None:
    secret = "不能引用的原文"
    args = {"title": secret, "text": secret, "notice": secret, "shown_name": secret}
    sealed = msgspec.structs.replace(
        ACCOUNT, rule=rule, why=secret, source=secret, url=f"https://a/{secret}", args=args
    )
    for matter in (sealed, msgspec.structs.replace(sealed, closed_at=ACCOUNT.at)):
        point = write(matter, language)
        assert secret not in msgspec.json.encode(point).decode()
        assert ACCOUNT.id in point.title


def test_personal_data_in_a_title_never_appears() -> None:
    # numbers of no one: no such region, no such operator's range in use
    text = "公示：000000199001010000 和 00000019900101000X，电话13000000000；文号〔2026〕123号，2026-03-01"
    said = lines(ACCOUNT, args={"title": text, "notice": text, "shown_name": text, "newest": "2026-02-15"})
    assert not [line for line in said if "19900101" in line or "13000000000" in line]
    assert (
        masked(text) == "公示：000*************00 和 000*************0X，电话130******00；文号〔2026〕123号，2026-03-01"
    )


def test_english_by_a_switch() -> None:
    point = write(COLUMN, "en")
    assert point.title == "示例发布 “政务公开 > 工作动态”: soon not updated for 14 days"
    assert "Last safe day: 2026-03-01 (Sun)" in point.lines


@pytest.mark.parametrize(
    ("text", "words"), [("14d", "14 天"), ("6mo", "6 个月"), ("1y", "12 个月"), ("?", "?"), ("", "")]
)
def test_limits(text: str, words: str) -> None:
    assert limit_in_words(text, "zh") == words


@given(
    st.text(max_size=9),
    st.dictionaries(st.sampled_from(["newest", "registered", "title", "limit", "cause"]), st.text()),
)
def test_no_rule_can_break_a_letter(why: str, args: dict[str, str]) -> None:
    assert write(msgspec.structs.replace(ACCOUNT, why=why, args=args)).title
    assert title(msgspec.structs.replace(ACCOUNT, why=why, args=args), "en")
