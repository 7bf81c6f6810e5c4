"""The DingTalk robot's messages: signature, markdown with mentions, cards with buttons, and what 310000 means."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from letters import AT, POINT, letter

from alerts.channels.dingtalk_robot import DingtalkRobot
from alerts.letter import Action, Fate, Letter
from streams.outgoing import Answer, Post
from streams.secrets import Secret

ROBOT = DingtalkRobot(token=Secret("566c"), secret=Secret("this is secret"), keyword="值班")
LINKS = (Action("已发布", "https://z.example.cn/1?a=(b)"), Action("申请豁免", "https://z.example.cn/" + "x" * 1000))


def posted(given: Letter, robot: DingtalkRobot = ROBOT) -> Post:
    post = robot.compose(given, AT)
    assert isinstance(post, Post)
    return post


def message(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(posted(letter(**changes)).body)
    return found


def acting(count: int = 1) -> dict[str, Any]:
    return {"points": (msgspec.structs.replace(POINT, actions=LINKS),) * count}


def test_every_attempt_is_signed_anew_and_the_body_stays_the_same() -> None:
    """HMAC-SHA256 of "time in milliseconds, newline, secret" under the secret, as base64 in the URL; worked out by
    `printf '1772417400000\\nthis is secret' | openssl dgst -sha256 -hmac 'this is secret' -binary | base64`."""
    query = parse_qs(urlsplit(posted(letter()).url.reveal()).query)
    assert query["timestamp"] == ["1772417400000"]
    assert query["sign"] == ["bU4UAkuT6zrCGvhnqtPy0dekFZDWJ8UUoxmkcVIz6Kk="]
    assert query["access_token"] == ["566c"]
    later = ROBOT.compose(letter(), AT.replace(hour=9))
    assert isinstance(later, Post)
    assert later.body == posted(letter()).body
    assert later.url != posted(letter()).url


def test_without_a_secret_nothing_is_signed() -> None:
    url = posted(letter(), DingtalkRobot(token=Secret("t"))).url.reveal()
    assert url == "https://oapi.dingtalk.com/robot/send?access_token=t"


def test_numbers_are_called_in_the_text_too() -> None:
    found = message(to="13800001111,user-1,@all")
    assert found["at"] == {"atMobiles": ["13800001111"], "atUserIds": ["user-1"], "isAtAll": True}
    assert found["markdown"]["text"].endswith("@13800001111 @user-1")
    assert found["markdown"]["title"].startswith("值班 · ")


def test_links_of_one_point_are_buttons_where_nobody_is_called() -> None:
    found = message(to="-", **acting())
    assert found["msgtype"] == "actionCard"
    assert found["actionCard"]["btns"] == [{"title": "已发布", "actionURL": LINKS[0].url}], "one too long is left out"
    assert LINKS[0].url not in found["actionCard"]["text"]


@pytest.mark.parametrize(("to", "count"), [("13800001111", 1), ("-", 2)])
def test_elsewhere_they_are_links_in_the_text(to: str, count: int) -> None:
    found = message(to=to, **acting(count))
    assert found["msgtype"] == "markdown"
    assert found["markdown"]["text"].count("[已发布](https://z.example.cn/1?a=%28b%29)") == count


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("keywords not in content", "keyword"),
        ("sign not match", "signature"),
        ("ip 1.2.3.4 not in whitelist", "ip"),
        ("", "security"),
    ],
)
def test_310000_has_three_meanings(words: str, remedy: str) -> None:
    found = ROBOT.meaning(Answer(code=200, said={"errcode": 310000, "errmsg": words}))
    assert (found.fate, found.remedy) == (Fate.AGAIN, remedy)


def test_over_the_pace_dingtalk_rests_for_ten_minutes() -> None:
    assert ROBOT.meaning(Answer(code=200, said={"errcode": 130101})).retry_after == 600


def test_whoever_is_turned_away_before_the_robot_is_too_fast_as_well() -> None:
    said: dict[str, int | str] = {"status": 1111, "wait": 5, "source": "x5", "punish": "deny"}
    found = ROBOT.meaning(Answer(code=200, said=said))
    assert (found.fate, found.remedy, found.retry_after, found.said) == (Fate.AGAIN, "too_fast", 600, "1111 deny")
    coded = ROBOT.meaning(Answer(code=200, said=said | {"errcode": 130101, "errmsg": "send too fast"}))
    assert (coded.remedy, coded.said) == ("too_fast", "130101 send too fast")
