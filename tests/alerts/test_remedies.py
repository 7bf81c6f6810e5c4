"""What operators are told to do: in both languages, and for every code that a channel knows."""

from __future__ import annotations

from string import Formatter

import pytest
from chats import ALL, WeCom
from letters import T0

from alerts import statuses
from alerts.channels import dingtalk_robot, feishu_robot, telegram, wecom_app, wecom_robot
from alerts.channels.console import Console
from alerts.channels.webhook import Webhook
from alerts.letter import Fate
from alerts.outcome import outcome
from alerts.remedies import EN, ZH, remedy
from streams.outgoing import Answer
from streams.ports.clock import ManualClock
from streams.secrets import Secret

CODES = [module.CODES for module in (dingtalk_robot, feishu_robot, wecom_app, wecom_robot)]


def fields(words: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(words) if name is not None}


def test_both_languages_say_the_same() -> None:
    assert list(ZH) == list(EN)
    assert {key: fields(words) for key, words in ZH.items()} == {key: fields(words) for key, words in EN.items()}
    assert not [key for key, words in EN.items() if any("\u4e00" <= c <= "\u9fff" for c in words)]


def test_every_code_has_words_and_no_word_is_idle() -> None:
    used = {one.remedy for codes in CODES for one in codes.values()} | set(dingtalk_robot.SECURITY.values())
    used |= {*statuses.REMEDIES.values(), *telegram.REMEDIES.values(), *telegram.WORDS.values()}
    assert used | {"other", "elsewhere", "busy", "partly", "too_fast", "login", "settings"} == set(ZH)


@pytest.mark.parametrize("name", sorted(ALL))
def test_what_is_wrong_with_the_letter_or_its_recipient_is_final_and_nothing_else(name: str) -> None:
    codes = {"dingtalk_robot": CODES[0], "feishu_robot": CODES[1], "wecom_app": CODES[2], "wecom_robot": CODES[3]}[name]
    final = {one.remedy for one in codes.values() if one.fate is Fate.NEVER}
    assert final <= {"malformed", "too_long", "recipient", "gone"}
    assert not [one for one in codes.values() if one.fate is Fate.DELIVERED]


def test_an_outcome_says_what_to_do_and_what_was_said() -> None:
    channel = WeCom(ManualClock(T0)).channel("https://x.example")
    answer = Answer(code=200, text="{...}", said={"errcode": 45009, "errmsg": "api freq out of limit"}, retry_after=5)
    found = outcome(channel, answer, "en")
    assert (found.fate, found.answer.retry_after, found.partly) == (Fate.AGAIN, 60, False)
    assert found.answer.text == f"{EN['too_fast']} (45009 api freq out of limit)"
    patient = outcome(channel, Answer(code=429, retry_after=900), "zh")
    assert (patient.answer.retry_after, patient.answer.text) == (900, ZH["too_fast"])


@pytest.mark.parametrize(
    ("answer", "pause"),
    [
        (Answer(code=429, retry_after=33), 33),
        (Answer(code=429), 5),
        (Answer(code=429, retry_after=90_000), 3600),
        (Answer(code=429, retry_after=-1), 0),
        (Answer(code=503, retry_after=33), 0),
        (Answer(code=200), 0),
        (Answer(code=0, unsure=True), 0),
    ],
)
def test_only_a_limit_holds_the_channel_up_and_for_no_longer_than_it_says(answer: Answer, pause: float) -> None:
    for channel in (Webhook(url=Secret("https://x.example/")), Console()):
        found = outcome(channel, answer, "zh")
        assert found.pause == (pause if found.fate is Fate.AGAIN else 0)


def test_an_unknown_key_and_language_have_words_too() -> None:
    assert remedy("zh", "something new") == ZH["other"]
    assert remedy("xx", "ip") == ZH["ip"]
