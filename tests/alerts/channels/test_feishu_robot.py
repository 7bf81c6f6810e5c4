"""The Feishu bot's cards: signature, colour, buttons, mentions."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from letters import AT, POINT, letter

from alerts.channels.feishu_robot import FeishuRobot
from alerts.letter import Action
from streams.outgoing import Pace, Post
from streams.secrets import Secret

BOT = FeishuRobot(token=Secret("t"), secret=Secret("this is secret"))


def message(bot: FeishuRobot = BOT, **changes: Any) -> dict[str, Any]:
    post = bot.compose(letter(**changes), AT)
    assert isinstance(post, Post)
    found: dict[str, Any] = msgspec.json.decode(post.body)
    return found


def tags(found: dict[str, Any]) -> list[str]:
    return [element["tag"] for element in found["card"]["elements"]]


def test_every_attempt_is_signed_anew() -> None:
    """HMAC-SHA256 of nothing, under the key "time in seconds, newline, secret"; worked out by openssl."""
    found = message()
    assert (found["timestamp"], found["sign"]) == ("1772417400", "g1D8UITQ2QZRguVf0CRiXi5js4EdhtwTxjRodkhHems=")
    assert "sign" not in message(FeishuRobot(token=Secret("t")))


@pytest.mark.parametrize(
    ("level", "colour"), [("veto", "red"), ("due_soon", "orange"), ("ok", "green"), ("new", "blue")]
)
def test_a_card_has_the_colour_of_its_first_point(level: str, colour: str) -> None:
    assert message(level=level)["card"]["header"]["template"] == colour


def test_each_point_has_its_own_buttons() -> None:
    links = (Action("已发布", "https://z.example.cn/1"), Action("申请豁免", "https://z.example.cn/" + "x" * 1000))
    found = message(points=(msgspec.structs.replace(POINT, actions=links), POINT), to="-")
    assert tags(found) == ["div", "hr", "div", "action", "hr", "div", "div", "note"]
    [button] = found["card"]["elements"][3]["actions"]
    assert (button["text"]["content"], button["url"]) == ("已发布", "https://z.example.cn/1")


def test_ids_and_everybody_are_called_and_nothing_else() -> None:
    found = message(to="ou_123,@all,x></at>")
    assert found["card"]["elements"][1]["text"]["content"] == "<at id=ou_123></at> <at id=all></at>"


def test_a_letter_without_points_is_a_card_still() -> None:
    assert message(points=(), intro="", outro="", to="-")["card"]["header"]["template"] == "blue"


def test_both_limits_of_the_bot_are_kept() -> None:
    assert BOT.paces == (Pace(5, 1), Pace(100, 60))
    assert FeishuRobot(token=Secret("t"), a_second=0, a_minute=0).paces == ()
