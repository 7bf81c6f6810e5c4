"""The WeCom application's messages: markdown, cards of three kinds, and whom they did not reach."""

from __future__ import annotations

from typing import Any

import msgspec
from letters import AT, POINT, letter

from alerts.channels.wecom_app import WecomApp
from alerts.letter import Action, Fate
from streams.outgoing import Answer, Pace, TokenPost
from streams.secrets import Secret

APP = WecomApp(corpid="ww 1", agentid=7, secret=Secret("s&1"))
TEXTCARD = WecomApp(corpid="ww 1", agentid=7, secret=Secret("s&1"), form="textcard")
LINKS = tuple(Action(f"按钮{number}", f"https://z.example.cn/{number}") for number in range(4))


def message(app: WecomApp = APP, **changes: Any) -> dict[str, Any]:
    wanted = app.compose(letter(**changes), AT)
    assert isinstance(wanted, TokenPost)
    found: dict[str, Any] = msgspec.json.decode(wanted.post.body)
    return found


def acting(count: int, **changes: Any) -> dict[str, Any]:
    return {"points": (msgspec.structs.replace(POINT, actions=LINKS[:count], **changes),)}


def test_a_message_says_where_its_token_comes_from_and_is_known_again() -> None:
    wanted = APP.compose(letter(to="zhangsan、lisi"), AT)
    assert isinstance(wanted, TokenPost)
    assert wanted.source.reveal() == "https://qyapi.weixin.qq.com/cgi-bin/gettoken?corpid=ww%201&corpsecret=s%261"
    assert wanted.renew_on == (40014, 42001)
    found = message(to="zhangsan、lisi")
    assert (found["touser"], found["agentid"]) == ("zhangsan|lisi", 7)
    assert (found["enable_duplicate_check"], found["duplicate_check_interval"]) == (1, 4 * 3600)
    assert message(to="zhangsan,@all")["touser"] == "@all"


def test_nobody_is_left_out_of_many() -> None:
    assert message(to=",".join(f"a{number}" for number in range(60)))["touser"].count("|") == 59


def test_one_point_with_links_is_a_card() -> None:
    lines = ("最后安全日：2026-02-24（星期二）", "怎么办：" + "发布一条信息。" * 9, "没有标签的一行")
    card = message(**acting(3, lines=lines))["template_card"]
    assert card["main_title"]["title"] == POINT.title
    assert card["horizontal_content_list"] == [{"keyname": "最后安全日", "value": "2026-02-24（星期二）"}]
    assert card["sub_title_text"].splitlines() == [*lines[1:], POINT.clause]
    assert [one["url"] for one in card["jump_list"]] == [one.url for one in LINKS[:3]]
    assert card["card_action"] == {"type": 1, "url": POINT.url}
    assert card["source"]["desc"].startswith("编号 ")


def test_a_card_without_a_page_leads_where_its_first_link_does() -> None:
    assert message(**acting(2, url="没有地址"))["template_card"]["card_action"]["url"] == LINKS[0].url


def test_more_links_or_points_are_markdown() -> None:
    assert "https://z.example.cn/3" in message(**acting(4))["markdown"]["content"]
    assert message(points=acting(2)["points"] * 2)["msgtype"] == "markdown"


def test_a_text_card_has_one_link_and_without_one_it_is_text() -> None:
    card = message(TEXTCARD, **acting(2))["textcard"]
    assert (card["title"], card["url"]) == (letter().subject, LINKS[0].url)
    assert POINT.title in card["description"]
    assert message(TEXTCARD)["textcard"]["url"] == POINT.url
    assert message(TEXTCARD, url="")["msgtype"] == "text"


def test_whom_a_message_did_not_reach_is_said_masked() -> None:
    said: dict[str, int | str] = {
        "errcode": 0,
        "errmsg": "ok",
        "invaliduser": "zhangsan|li",
        "unlicenseduser": "wangwu",
    }
    found = APP.meaning(Answer(code=200, said=said))
    assert (found.fate, found.remedy, found.who) == (Fate.DELIVERED, "partly", "zha…, li, wan…")
    assert APP.meaning(Answer(code=200, said={"errcode": 0, "invaliduser": ""})).remedy == ""
    assert APP.meaning(Answer(code=200, said={"errcode": 81013, "invaliduser": "x"})).remedy == "recipient"


def test_the_pace_is_each_members() -> None:
    assert APP.paces == (Pace(30, 60, each_address=True),)
