"""The WeCom robot's messages: markdown or text, and who is called."""

from __future__ import annotations

from typing import Any

import msgspec
from letters import AT, letter

from alerts.channels.wecom_robot import WecomRobot
from streams.outgoing import Pace, Post
from streams.secrets import Secret

ROBOT = WecomRobot(key=Secret("693a-x"))


def message(to: str) -> dict[str, Any]:
    post = ROBOT.compose(letter(to=to), AT)
    assert isinstance(post, Post)
    found: dict[str, Any] = msgspec.json.decode(post.body)
    return found


def test_ids_are_called_in_markdown() -> None:
    found = message("zhangsan,lisi")
    assert found["msgtype"] == "markdown"
    assert found["markdown"]["content"].endswith("\n\n<@zhangsan> <@lisi>")


def test_numbers_and_everybody_are_called_by_plain_text() -> None:
    found = message("13800001111,lisi,@all")
    assert (found["msgtype"], found["text"]["mentioned_mobile_list"]) == ("text", ["13800001111"])
    assert found["text"]["mentioned_list"] == ["lisi", "@all"]
    assert not set("*<>[]") & set(found["text"]["content"])


def test_many_people_are_called_by_plain_text() -> None:
    found = message(",".join(f"zhangsan-{number:02}" for number in range(30)))
    assert (found["msgtype"], len(found["text"]["mentioned_list"])) == ("text", 30)


def test_nobody_is_called_where_nobody_is_named() -> None:
    assert "<@" not in message("-")["markdown"]["content"]


def test_a_private_deployment_has_its_own_address_and_pace() -> None:
    robot = WecomRobot(key=Secret("693a-x"), base="https://im.example.gov.cn/wecom/", a_minute=0)
    post = robot.compose(letter(), AT)
    assert isinstance(post, Post)
    assert post.url.reveal() == "https://im.example.gov.cn/wecom/cgi-bin/webhook/send?key=693a-x"
    assert (robot.paces, ROBOT.paces) == ((), (Pace(20, 60),))


def test_the_same_letter_is_the_same_to_the_byte_at_every_attempt() -> None:
    assert ROBOT.compose(letter(), AT) == ROBOT.compose(letter(), AT.replace(hour=9))
