"""What operators are told to do: in both languages, and for every code that a channel knows."""

from __future__ import annotations

from string import Formatter

import pytest
from chats import ALL, WeCom
from letters import T0

from alerts import statuses
from alerts.channels import dingtalk_robot, feishu_robot, telegram, wecom_app, wecom_robot
from alerts.channels.console import Console
from alerts.channels.email import Email
from alerts.channels.sentry import Sentry
from alerts.channels.webhook import Webhook
from alerts.letter import Explains, Fate
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
    assert used | {"other", "elsewhere", "busy", "partly", "too_fast", "login", "settings", "mailbox"} == set(ZH)


@pytest.mark.parametrize("name", sorted(ALL))
def test_what_is_wrong_with_the_letter_or_its_recipient_is_final_and_nothing_else(name: str) -> None:
    codes = {"dingtalk_robot": CODES[0], "feishu_robot": CODES[1], "wecom_app": CODES[2], "wecom_robot": CODES[3]}[name]
    final = {one.remedy for one in codes.values() if one.fate is Fate.NEVER}
    assert final <= {"malformed", "too_long", "recipient", "gone", "content"}
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


@pytest.mark.parametrize(
    ("channel", "answer", "key"),
    [
        (Email(host="x", sender="z@x"), Answer(code=552, text="5.3.4 Message too big for system"), "too_long"),
        (Email(host="x", sender="z@x"), Answer(code=552, text="5.2.2 Mailbox full"), ""),
        (Email(host="x", sender="z@x"), Answer(code=550, text="5.1.1 User unknown"), "mailbox"),
        (telegram.Telegram(token=Secret("1:x")), Answer(code=400, text="Message is too long"), "too_long"),
        (telegram.Telegram(token=Secret("1:x")), Answer(code=400, text="Chat not found"), "chat"),
        (telegram.Telegram(token=Secret("1:x")), Answer(code=400, text="Can't parse entities"), "malformed"),
        (telegram.Telegram(token=Secret("1:x")), Answer(code=403, text="bot was blocked by the user"), "chat"),
        (Webhook(url=Secret("https://x.example/")), Answer(code=401), "login"),
        (Webhook(url=Secret("https://x.example/")), Answer(code=404), "path"),
        (Webhook(url=Secret("https://x.example/")), Answer(code=413), "too_long"),
        (Sentry(dsn=Secret("https://k@x.example/1")), Answer(code=403), "login"),
    ],
)
def test_what_other_services_say_is_put_into_words_too(channel: Explains, answer: Answer, key: str) -> None:
    assert channel.meaning(answer).remedy == key


def test_a_services_own_number_goes_before_what_its_code_stands_for() -> None:
    robot = WeCom(ManualClock(T0)).channel("https://x.example")
    coded: dict[str, int | str] = {"errcode": 45009}
    assert outcome(robot, Answer(code=200, said=coded), "zh").pause == 60
    assert outcome(robot, Answer(code=429, said=coded, retry_after=20), "zh").pause == 20
    bare = outcome(Sentry(dsn=Secret("https://k@x.example/1")), Answer(code=429), "zh")
    assert (bare.pause, bare.answer.retry_after) == (60, 60)
