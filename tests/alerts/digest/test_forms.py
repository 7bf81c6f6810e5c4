"""The digest as text, as a mail, as a picture and as a calendar, each read back by somebody else's reader."""

from __future__ import annotations

import email
import email.policy
import re
import struct
import zlib
from datetime import date
from email.message import EmailMessage
from html.parser import HTMLParser

import msgspec
import pytest
from digests import WEEK, WHOLE, digest_of, full, row
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from ledgers import T0, Ledger

from alerts.channels.email import Email
from alerts.channels.telegram import MOST, Telegram, units
from alerts.channels.webhook import Webhook
from alerts.digest.chart import HEIGHT, WIDTH, draw
from alerts.digest.events import calendar
from alerts.digest.page import standalone
from alerts.digest.plain import as_text, letter_of
from alerts.digest.tidying import tidy_digest
from alerts.digest.value import Bar, Day, Digest, Section
from alerts.letter import Letter, Reason
from alerts.words import say
from streams.outgoing import Chat, Mail, Post
from streams.ports.smtp import build
from streams.secrets import Secret

CHANNEL = Email(host="x", sender="值班 <z@example.cn>", domain="example.cn")
EMPTY = digest_of(Ledger())
both = pytest.mark.parametrize("language", ["zh", "en"])


def sent(digest: Digest, language: str = "zh") -> EmailMessage:
    """The mail as the other side reads it."""
    composed = CHANNEL.compose(letter_of(digest, WHOLE, language, T0), T0)
    assert isinstance(composed, Mail)
    raw = build(composed, CHANNEL.sender, "Mon, 09 Mar 2026 09:00:00 +0800").as_bytes()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


class Page(HTMLParser):
    """What a page shows and where it leads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text, self.sources, self.links, self.alts = "", [], [], []  # type: ignore[var-annotated]
        self._skips = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self._skips = tag in {"style", "title"}
        self.sources += [named["src"]] if "src" in named else []
        self.links += [named["href"]] if "href" in named else []
        self.alts += [named["alt"]] if "alt" in named else []

    def handle_data(self, data: str) -> None:
        self.text += "" if self._skips else data


# -- text ------------------------------------------------------------------------------------------------------------


@both
def test_the_first_line_is_coverage(language: str) -> None:
    first = as_text(full(), language).splitlines()[0]
    assert first == say(language, "digest.watched", good=2, subjects=3, good_sources=2, sources=3)


@both
def test_zeros_are_printed_and_empty_sections_say_so(language: str) -> None:
    for said in (as_text(EMPTY, language), Page(standalone(EMPTY, language)).text):
        for name in ("opened", "closed", "standing", "repeated", "due", "blinds", "ranks"):
            assert say(language, f"digest.none.{name}") in said
        assert say(language, "digest.later", count=0) in said
        assert say(language, "digest.own", incidents=0, withheld=0) in said
    assert say(language, "digest.watched", good=0, subjects=0, good_sources=0, sources=0) in as_text(EMPTY, language)


@both
def test_text_and_page_say_the_same(language: str) -> None:
    digest = full()
    plain, page = as_text(digest, language), Page(standalone(digest, language)).text
    rows = [one for section in (digest.opened, digest.standing, digest.closed) for one in section.rows]
    rows += [one for day in digest.due for one in day.rows] + list(digest.coverage.blind.rows)
    assert len(rows) >= 8
    for one in rows:
        assert one.text in plain
        assert one.text in page
    for name in ("opened", "closed", "standing", "repeated", "due", "served", "ranks", "trend", "blinds"):
        assert say(language, f"digest.{name}") in plain
        assert say(language, f"digest.{name}") in page


def test_nothing_is_left_in_the_other_language() -> None:
    quiet = msgspec.structs.replace(EMPTY, scope="the city")
    assert not re.search("[\u4e00-\u9fff]", as_text(quiet, "en") + Page(standalone(quiet, "en")).text)


@both
def test_the_short_form_has_coverage_first_and_every_list(language: str) -> None:
    letter = letter_of(full(), WHOLE, language, T0)
    assert letter.intro.startswith(say(language, "digest.watched", good=2, subjects=3, good_sources=2, sources=3))
    assert letter.reason is Reason.DIGEST
    chat = Telegram(token=Secret("1:x")).compose(letter, T0)
    assert isinstance(chat, Chat)
    assert units(chat.html) <= MOST
    assert chat.html.count("<b>") == 5  # the subject, due, opened, standing, repeated


def test_a_webhook_carries_it_whole_and_old_letters_are_read_still() -> None:
    letter = letter_of(full(), WHOLE, "zh", T0)
    post = Webhook(url=Secret("https://x.example/")).compose(letter, T0)
    assert isinstance(post, Post)
    assert msgspec.json.decode(post.body, type=Letter) == letter
    plain = msgspec.structs.replace(letter, digest=None)
    assert b'digest":' not in msgspec.json.encode(plain).replace(b'"reason":"digest"', b"")


# -- mail ------------------------------------------------------------------------------------------------------------


def test_the_mail_has_a_twin_a_picture_inside_and_a_calendar() -> None:
    message = sent(full())
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
        "text/calendar",
    ]  # fmt: skip
    html, picture = message.get_body(("html",)), next(p for p in message.walk() if p.get_content_type() == "image/png")
    assert html is not None
    page = Page(html.get_content())
    assert page.sources == [f"cid:{picture['Content-ID'].strip('<>')}"]
    assert picture.get_content_disposition() == "inline"
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "zhiban-2026-W10.ics"
    assert dict(attached["Content-Type"].params)["method"] == "PUBLISH"
    text = message.get_body(("plain",))
    assert text is not None
    assert "zhiban-2026-W10.ics" in text.get_content()
    assert "zhiban-2026-W10.ics" in page.text
    assert page.alts == [say("zh", "digest.chart", bars="；".join(_bars(full())))]
    assert message.as_bytes().isascii()


def _bars(digest: Digest) -> list[str]:
    return [say("zh", "digest.bar", week=b.week, vetoes=b.vetoes, breaches=b.breaches) for b in digest.trend]


def test_where_nothing_is_due_no_calendar_comes_and_none_is_spoken_of() -> None:
    message = sent(EMPTY)
    assert list(message.iter_attachments()) == []
    assert ".ics" not in message.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_the_message_id_is_of_the_week_and_the_recipient() -> None:
    assert sent(full())["Message-ID"] == sent(EMPTY)["Message-ID"] == f"<digest-2026-W10-{WHOLE.id}@example.cn>"
    other = letter_of(full(), msgspec.structs.replace(WHOLE, to="other@x"), "zh", T0)
    assert other.key != letter_of(full(), WHOLE, "zh", T0).key
    assert "boss" not in sent(full())["Message-ID"]


def test_one_click_ends_it_where_the_configuration_says_where() -> None:
    message = sent(full())
    assert message["List-Unsubscribe"] == "<https://zhiban.example.cn/unsubscribe?digest=1&signature=2>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"] == "Zhiban <digest.example.cn>"  # what is ended is not the alerts
    assert sent(EMPTY)["List-Unsubscribe"] is None


HOSTILE = (
    "<script>alert(1)</script>", '" onmouseover="alert(1)', "题\r\nBcc: victim@x", "{{ 7777*7 }}", "\x1b[2J\x07",
    "\u202etxt.exe", "\x00", "javascript:alert(1)", "长" * 10_000,
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_in_a_text_is_obeyed(text: str) -> None:
    rows = Section(1, (row(text=text, unit=text, url=text, day=date(2026, 3, 2)),))
    due = (Day(date(2026, 3, 9), text, (row(text=text, unit=text, url=text, last=date(2026, 3, 9), event="e"),)),)
    digest = msgspec.structs.replace(full(), opened=rows, due=due, scope=text, unsubscribe=text)
    message = sent(digest)
    html = message.get_body(("html",)).get_content()  # type: ignore[union-attr]
    said = html + message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "<script" not in html
    assert "54439" not in said
    assert not set("\x00\x07\x1b\u202e") & set(said)
    assert message["Bcc"] is None
    assert message["List-Unsubscribe"] is None
    assert not [link for link in Page(html).links if not str(link).startswith("https://")]
    assert len(Calendar.from_ical(calendar(tidy_digest(digest), "zh", "x")).walk("VEVENT")) == 1


@given(st.text(max_size=60), st.text(max_size=30))
def test_it_is_composed_whatever_a_page_calls_itself(text: str, unit: str) -> None:
    rows = Section(9, (row(text=text, unit=unit, url=text),))
    message = sent(msgspec.structs.replace(EMPTY, opened=rows, standing=rows, scope=text))
    assert all(message.get_body((kind,)) is not None for kind in ("plain", "html"))


# -- picture ---------------------------------------------------------------------------------------------------------


def pixels(png: bytes) -> list[bytes]:
    """The lines of a palette PNG, its checksums looked at."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    found, at = {}, 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        name, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0] == zlib.crc32(name + body)
        found[name], at = body, at + 12 + length
    width, height = struct.unpack(">II", found[b"IHDR"][:8])
    lines = zlib.decompress(found[b"IDAT"])
    assert (width, height, len(lines)) == (WIDTH, HEIGHT, (WIDTH + 1) * HEIGHT)
    return [lines[n * (width + 1) + 1 : (n + 1) * (width + 1)] for n in range(height)]


def test_the_chart_is_columns_as_high_as_what_they_count() -> None:
    bars = (Bar("W01", 0, 0), Bar("W02", 2, 2), Bar("W03", 1, 0), Bar("W04", 0, 2))
    lines = pixels(draw(bars, 4))
    columns = [bytes(line[round(WIDTH * (n + 0.5) / 4)] for line in lines) for n in range(4)]
    counts = [(column.count(1), column.count(2), column.count(3)) for column in columns]
    floor = HEIGHT - 3
    half, quarter = round(floor / 2), round(floor / 4)
    assert counts == [(0, 0, 3), (half, floor - half, 3), (quarter, 0, 3), (0, half, 3)]
    assert len(draw(bars, 4)) < 3000


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=8))
def test_any_figures_can_be_drawn(pairs: list[tuple[int, int]]) -> None:
    lines = pixels(draw([Bar("W", *pair) for pair in pairs], max(4, len(pairs))))
    assert set(b"".join(lines)) <= {0, 1, 2, 3}


# -- calendar --------------------------------------------------------------------------------------------------------


@both
def test_the_calendar_is_the_days_of_the_list(language: str) -> None:
    digest = full()
    made = Calendar.from_ical(calendar(digest, language, "example.cn"))
    events = made.walk("VEVENT")
    rows = [one for day in digest.due for one in day.rows]
    assert len(events) == len(rows) > 0
    for event, one in zip(events, rows, strict=True):
        assert (event.decoded("dtstart"), str(event["uid"])) == (one.last, f"{one.event}@example.cn")
        assert one.text in str(event["summary"])
        assert event.decoded("dtstamp") == WEEK.until
        assert event.walk("VALARM") == []
    assert (str(made["x-wr-timezone"]), str(made["method"])) == ("Asia/Shanghai", "PUBLISH")
    assert len({str(event["uid"]) for event in events}) == len(events)


def test_the_same_digest_is_the_same_calendar() -> None:
    assert calendar(full(), "zh", "x") == calendar(full(), "zh", "x")
    assert all(len(line) <= 75 for line in calendar(full(), "zh", "x").splitlines())
