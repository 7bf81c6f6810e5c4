"""Telephones: few words that fit, filled into any gateway's form; and what its answers mean."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from letters import AT, LETTER, POINT, letter

from alerts.channels.sms import ALONE, JOINED, Sms
from alerts.channels.voice import Voice
from alerts.gateway import Gateway, units
from alerts.letter import Fate, Letter
from streams.outgoing import Answer, Call
from streams.secrets import Secret

URL = Secret("https://sms.example/send")
CODED = msgspec.structs.replace(LETTER, to="138 1234-5678", code="4821")


def call(channel: Sms | Voice, given: Letter = CODED) -> Call:
    outgoing = channel.compose(given, AT)
    assert isinstance(outgoing, Call)
    return outgoing


def sent(channel: Sms | Voice, given: Letter = CODED) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(call(channel, given).body.reveal())
    return found


def test_a_text_says_what_is_gravest_by_when_and_the_code() -> None:
    body = sent(Sms(url=URL, replies=True, signature="【值班】"))
    assert body == {
        "to": "13812345678",
        "text": "单项否决：示例发布：超过 14 天未更新，最后安全日2026-02-24，回复4821确认",
        "id": CODED.key,
    }
    two = msgspec.structs.replace(CODED, points=(POINT, POINT), code="")
    assert sent(Sms(url=URL), two)["text"] == "单项否决：示例发布：超过 14 天未更新等2项，最后安全日2026-02-24"


def test_a_letter_in_english_and_one_without_points() -> None:
    english = letter(language="en", to="13812345678", code="4821", lines=("Last safe day: 2026-02-24 (Tuesday)",))
    assert sent(Sms(url=URL, parts=2), english)["text"].startswith(
        "veto: 示例发布：超过 14 天未更新; last safe day 2026-02-24; "
    )
    assert sent(Voice(url=URL), letter(points=(), subject="【测试】一封信"))["text"] == "测试一封信"


@given(st.text(max_size=300), st.integers(1, 5), st.text(alphabet="【】值班示例", max_size=10), st.integers(1, 3000))
def test_every_text_fits(title: str, parts: int, signature: str, count: int) -> None:
    channel = Sms(url=URL, parts=parts, signature=signature, longest=400)
    given = msgspec.structs.replace(CODED, points=(msgspec.structs.replace(POINT, title=title),) * count)
    text = sent(channel, given)["text"]
    assert 0 < units(signature + text) <= (ALONE if parts == 1 else JOINED * parts)
    assert text.endswith("，最后安全日2026-02-24，回复4821确认")


TEMPLATE = "{title}{more}，最后安全日{last_day}，回复{code}确认。"


def test_an_approved_template_is_filled_by_order_or_by_name() -> None:
    by_order = Sms(url=URL, template=TEMPLATE, template_id="SMS_1", body={"p": "{parameters}", "t": "{template_id}"})
    values = ["示例发布：超过 14 天未更新", "无", "2026-02-24", "4821"]
    assert sent(by_order) == {"p": values, "t": "SMS_1"}
    by_name = msgspec.structs.replace(by_order, body={"p": "{named}", "as": ["+86{to}"], "n": 1, "text": "{text}"})
    assert sent(by_name) == {
        "p": dict(zip(("title", "more", "last_day", "code"), values, strict=True)),
        "as": ["+8613812345678"],
        "n": 1,
        "text": "示例发布：超过 14 天未更新无，最后安全日2026-02-24，回复4821确认。",
    }
    as_text = msgspec.structs.replace(by_order, body={"p": "{named_json}", "q": "{parameters_json}"})
    assert [json.loads(text) for text in sent(as_text).values()] == [sent(by_name)["p"], values]


@given(st.text(max_size=200), st.integers(1, 60))
def test_no_variable_is_longer_than_a_gateway_takes(title: str, longest: int) -> None:
    channel = Sms(url=URL, template=TEMPLATE, longest=longest, body={"p": "{parameters}"}, empty="-")
    assert all(0 < units(one) <= max(longest, 1) for one in sent(channel, letter(title=title, code="1234"))["p"])


def test_a_form_is_a_form() -> None:
    channel = Sms(url=URL, encoding="form", body={"mobile": "{to}", "content": "{text}", "param": "{named}", "n": "1"})
    post = call(channel)
    assert post.headers["content-type"].reveal().startswith("application/x-www-form-urlencoded")
    found = parse_qs(post.body.reveal(), strict_parsing=True)
    assert (found["mobile"], found["param"]) == (["13812345678"], ["{}"])
    assert found["content"][0].startswith("单项否决：")


def test_time_and_body_are_signed_at_each_attempt() -> None:
    post = call(Sms(url=URL, key=Secret("k" * 20), signature_header="X-Sig", time_header="X-Time"))
    stamp = str(int(AT.timestamp()))
    signed = hmac.new(b"k" * 20, f"{stamp}.{post.body.reveal()}".encode(), hashlib.sha256).hexdigest()
    assert (post.headers["X-Time"].reveal(), post.headers["X-Sig"].reveal()) == (stamp, signed)


def test_passwords_stand_where_the_gateway_wants_them() -> None:
    channel = Sms(url=URL, secrets={"password": Secret("hunter2")}, body={"p": "{password}", "id": "{id}"})
    assert sent(channel) == {"p": "hunter2", "id": LETTER.key}
    assert "hunter2" not in f"{channel!r}{call(channel)!r}"


@pytest.mark.parametrize("to", ["+86 138-1234-5678", "（0917）3260000", "12345"])
def test_numbers_are_numbers(to: str) -> None:
    assert sent(Sms(url=URL), letter(to=to))["to"].lstrip("+").isdecimal()


@pytest.mark.parametrize("to", ["", "a@example.cn", "13812345678,13912345678", "１３８", "1" * 16])
def test_what_is_no_number_is_left_empty(to: str) -> None:
    assert sent(Sms(url=URL), letter(to=to))["to"] == ""


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"url": Secret("hunter2")}, "url: expected"),
        ({"template": "{titel}"}, "template: titel: expected level, title"),
        ({"body": {"x": {"y": "{numbr}"}}}, "body: numbr"),
        ({"success": "OK"}, "expected FIELD=VALUE"),
        ({"success": "code="}, "expected FIELD=VALUE"),
        ({"template": "长" * 60}, "12 characters to spare"),
        ({"parts": 0}, "expected 1-5"),
        ({"parts": 6}, "expected 1-5"),
    ],
)
def test_what_cannot_work_is_refused_at_the_start(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words) as raised:
        Sms(**{"url": URL, **settings})
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("code", "said", "fate"),
    [
        (200, {"code": "OK"}, Fate.DELIVERED),
        (200, {"code": 0}, Fate.DELIVERED),
        (200, {"code": "isv.BUSINESS_LIMIT_CONTROL"}, Fate.AGAIN),
        (200, {"code": "isv.MOBILE_NUMBER_ILLEGAL"}, Fate.NEVER),
        (400, {"code": "isv.MOBILE_NUMBER_ILLEGAL"}, Fate.NEVER),
        (400, {"code": "isv.INVALID_JSON_PARAM"}, Fate.AGAIN),
        (200, {"result": "OK"}, Fate.NEVER),  # the settings are wrong: nobody's telephone rings for three days
        (200, {}, Fate.NEVER),
        (413, {}, Fate.NEVER),
        (429, {}, Fate.AGAIN),
        (401, {}, Fate.AGAIN),
        (500, {"code": "OK"}, Fate.AGAIN),
        (0, {}, Fate.AGAIN),
    ],
)
def test_what_a_gateways_answer_means(code: int, said: dict[str, int | str], fate: Fate) -> None:
    channel = Sms(url=URL, success="code=OK|0", final=("isv.MOBILE_NUMBER_ILLEGAL",))
    assert channel.fate(Answer(code=code, said=said)) is fate


def test_a_gateway_that_speaks_by_its_status_alone() -> None:
    assert Voice(url=URL).fate(Answer(code=202)) is Fate.DELIVERED


def test_a_code_is_given_only_where_it_can_be_answered() -> None:
    assert Sms(url=URL, replies=True).has_codes
    assert Sms(url=URL, replies=True, template=TEMPLATE).has_codes
    assert not Sms(url=URL, replies=True, template="{title}").has_codes
    assert not Sms(url=URL).has_codes
    assert not issubclass(Gateway, Sms)
