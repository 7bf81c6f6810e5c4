"""Tokens of one-tap links: what was signed is read, and nothing else is; the same letter gets the same links."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from digests import full
from hypothesis import given
from hypothesis import strategies as st
from letters import LETTER, POINT

from alerts.letter import Letter, Reason
from alerts.routing import Recipient
from alerts.taps import (
    LENGTH,
    OF_DIGESTS,
    BadTap,
    Button,
    Links,
    Ring,
    buttons,
    is_of,
    label,
    leaving,
    linked,
    opened,
    pressed_in_place,
    ring_of,
    token,
)
from alerts.words import TABLES

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
RING = Ring({1: b"k" * 32})
HER = Recipient("mail", "a@example.cn")
MATTER = "0123456789abcdef0123"
moments = st.datetimes(datetime(2020, 1, 1), datetime(2080, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
matters = st.binary(min_size=10, max_size=10).map(bytes.hex)
readers = st.builds(Recipient, st.text(max_size=8), st.text(max_size=20))
about = st.sampled_from(sorted(set(Button) - OF_DIGESTS))


def refusal(ring: Ring, text: str, now: datetime = NOW) -> str:
    with pytest.raises(BadTap) as raised:
        opened(ring, text, now)
    return raised.value.why


@given(about, matters, readers, moments)
def test_what_was_signed_is_read(button: Button, matter: str, reader: Recipient, until: datetime) -> None:
    text = token(RING, button, matter, reader, until)
    assert (len(text), text.isascii()) == (LENGTH, True)
    tap = opened(RING, text, until - timedelta(microseconds=1))
    assert (tap.button, tap.matter) == (button, matter)
    assert is_of(RING, tap, reader)
    assert until <= tap.until < until + timedelta(hours=1)


@given(st.integers(0, LENGTH * 6 - 1), about, matters, readers)
def test_any_flipped_bit_is_refused(bit: int, button: Button, matter: str, reader: Recipient) -> None:
    raw = bytearray(base64.urlsafe_b64decode(token(RING, button, matter, reader, NOW + timedelta(days=1))))
    raw[bit // 8] ^= 1 << bit % 8
    assert refusal(RING, base64.urlsafe_b64encode(raw).decode()) == "forged"


@given(
    st.text(max_size=60) | st.binary(min_size=33, max_size=33).map(lambda raw: base64.urlsafe_b64encode(raw).decode())
)
def test_nothing_else_is_a_token(text: str) -> None:
    assert refusal(RING, text) == "forged"


@given(matters, matters, readers, readers)
def test_another_matter_and_another_reader_are_another_token(
    one: str, two: str, her: Recipient, him: Recipient
) -> None:
    """Whoever puts another matter, or another reader, into a token has none."""
    until = NOW + timedelta(days=1)
    first, second = token(RING, Button.ACK, one, her, until), token(RING, Button.ACK, two, him, until)
    assert (first == second) is (one == two and her.name == him.name)
    mixed = first[: LENGTH // 2] + second[LENGTH // 2 :]
    if mixed not in {first, second}:
        assert refusal(RING, mixed) == "forged"
    assert is_of(RING, opened(RING, first, NOW), him) is (her.name == him.name)


@given(about, about)
def test_a_token_is_for_one_button(one: Button, two: Button) -> None:
    made = [token(RING, button, MATTER, HER, NOW + timedelta(days=1)) for button in (one, two)]
    assert [opened(RING, text, NOW).button for text in made] == [one, two]


def test_its_time_ends() -> None:
    text = token(RING, Button.ACK, MATTER, HER, NOW)
    assert opened(RING, text, NOW - timedelta(seconds=1)).matter == MATTER
    with pytest.raises(BadTap) as raised:
        opened(RING, text, NOW)
    assert raised.value.why == "expired"
    assert raised.value.tap is not None
    assert raised.value.tap.matter == MATTER


def test_the_newest_key_signs_and_older_ones_still_open() -> None:
    old = token(RING, Button.ACK, MATTER, HER, NOW + timedelta(days=1))
    both = Ring({1: b"k" * 32, 2: b"n" * 32})
    new = token(both, Button.ACK, MATTER, HER, NOW + timedelta(days=1))
    assert [opened(both, text, NOW).key for text in (old, new)] == [1, 2]
    assert all(is_of(both, opened(both, text, NOW), HER) for text in (old, new))
    assert refusal(RING, new) == "forged"
    assert refusal(Ring({2: b"n" * 32}), old) == "forged"  # taken away: what it signed is void
    assert refusal(Ring({1: b"x" * 32}), old) == "forged"


@pytest.mark.parametrize("matter", ["", "x" * 20, "0123", MATTER + "\n"])
def test_only_a_matter_is_signed(matter: str) -> None:
    with pytest.raises(ValueError, match="expected 20 hexadecimal"):
        token(RING, Button.ACK, matter, HER, NOW)
    if matter:
        with pytest.raises(ValueError, match="none for join, leave"):
            token(RING, Button.LEAVE, matter, HER, NOW)


def test_leaving_is_about_no_matter() -> None:
    tap = opened(RING, token(RING, Button.LEAVE, "", HER, NOW + timedelta(days=90)), NOW)
    assert (tap.button, tap.matter, is_of(RING, tap, HER)) == (Button.LEAVE, "", True)


def test_keys_are_read_from_text_and_never_shown() -> None:
    ring = ring_of(f"2:{'b' * 40}\n1:{'a' * 32}")
    assert (ring.newest, repr(ring)) == (2, "Ring([1, 2])")
    assert ring_of("k" * 32).newest == 1
    assert ring_of("7f:" + "k" * 32).newest == 1  # a key may hold a colon
    for bad in ("", "1:hunter2", "hunter2", f"1:{'a' * 32} 1:{'b' * 32}", f"0:{'a' * 32}", f"256:{'a' * 32}"):
        with pytest.raises(ValueError, match="expected") as raised:
            ring_of(bad)
        assert "hunter2" not in str(raised.value)
        assert "aaa" not in str(raised.value)


# -- letters ---------------------------------------------------------------------------------------------------------

LINKS = Links(ring=RING, public="https://zhiban.example.cn/")


def letter(**changes: object) -> Letter:
    point = msgspec.structs.replace(POINT, **{"alert": MATTER} | changes)
    return msgspec.structs.replace(LETTER, points=(point,))


def test_a_letter_gets_a_link_for_each_button_that_is_good_for_its_reader() -> None:
    made = linked(letter(), LINKS)
    assert linked(letter(), LINKS) == made  # at each attempt
    urls = [action.url for action in made.points[0].actions]
    assert all(url.startswith("https://zhiban.example.cn/t/") for url in urls)
    taps = [opened(RING, url.rpartition("/")[2], LETTER.written_at) for url in urls]
    assert [tap.button for tap in taps] == list(buttons("MED-STALE"))
    assert {tap.matter for tap in taps} == {MATTER}
    assert all(is_of(RING, tap, Recipient(LETTER.channel, LETTER.to)) for tap in taps)
    assert {tap.until for tap in taps} == {LETTER.written_at + LINKS.last}
    assert not any(LETTER.to in url for url in urls)


def test_a_digest_has_a_link_that_ends_it() -> None:
    url = leaving(LETTER, LINKS)
    assert url.startswith("https://zhiban.example.cn/u/")
    tap = opened(RING, url.rpartition("/")[2], LETTER.written_at + timedelta(days=59))
    assert (tap.button, is_of(RING, tap, Recipient(LETTER.channel, LETTER.to))) == (Button.LEAVE, True)
    made = linked(msgspec.structs.replace(letter(), reason=Reason.DIGEST, digest=full()), LINKS)
    assert made.digest is not None
    assert made.digest.unsubscribe == url
    assert made.points == letter().points


def test_what_a_contact_is_asked_has_two_buttons_until_the_quarter_ends() -> None:
    asking = msgspec.structs.replace(letter(rule="CONTACT", level="notice"), reason=Reason.CONFIRM_CONTACT)
    taps = [opened(RING, one.url.rpartition("/")[2], NOW) for one in linked(asking, LINKS).points[0].actions]
    assert [tap.button for tap in taps] == [Button.HOLDS, Button.VACATED]
    assert {tap.until for tap in taps} == {datetime(2026, 3, 31, 16, tzinfo=UTC)}  # 1 April 00:00 in Shanghai
    pressed = pressed_in_place(asking, RING, LINKS.last).points[0].presses
    assert [opened(RING, one.token, NOW).button for one in pressed] == [Button.HOLDS, Button.VACATED]


@pytest.mark.parametrize(
    "given",
    [
        letter(level="ok"),
        letter(alert="m1"),
        msgspec.structs.replace(letter(), reason=Reason.RESOLVED),
        msgspec.structs.replace(letter(), reason=Reason.TEST),
        msgspec.structs.replace(letter(), reason=Reason.UNDELIVERED),
        msgspec.structs.replace(letter(rule="CONTACT"), reason=Reason.CONTACT_LEFT),
        msgspec.structs.replace(letter(rule="CONTACT"), reason=Reason.CONTACT_SILENT),
    ],
    ids=["over", "no matter", "resolved", "test", "undelivered", "left", "silent"],
)
def test_where_nothing_is_to_be_done_there_is_no_link(given: Letter) -> None:
    assert linked(given, LINKS) == given


def test_each_rule_has_its_buttons() -> None:
    assert buttons("OWN-BLIND") == (Button.ACK,)
    assert Button.SHUTDOWN in buttons("WEB-AVAIL")
    assert Button.SHUTDOWN not in buttons("MSG-5WD")
    assert label(Button.FIXED, "MSG-5WD", "zh") == "已答复，请再看"
    assert label(Button.FIXED, "MED-STALE", "en") == "Updated, look again"


@pytest.mark.parametrize("language", sorted(TABLES))
def test_every_button_has_words(language: str) -> None:
    shown = set(Button) - OF_DIGESTS  # which a mail program shows in its own words
    assert all(f"button.{button.value}" in TABLES[language] for button in shown)


def test_an_sms_can_hold_a_link() -> None:
    url = linked(letter(), Links(ring=RING, public="https://zb.gov.cn")).points[0].actions[0].url
    assert len(url) <= 70
