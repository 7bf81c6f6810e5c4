"""The SMTP port against a real server on loopback."""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import Any

import msgspec
import pytest
import trustme
from aiosmtpd.smtp import AuthResult, LoginPassword
from letters import AT, LETTER, T0, Sink, free_port, letter, mailing

from alerts.channels.email import Email
from alerts.letter import Fate
from streams.outgoing import Mail
from streams.ports.clock import ManualClock
from streams.ports.smtp import MALFORMED, SmtpPort
from streams.secrets import Secret

CHANNEL = Email(host="127.0.0.1", sender="值班 <z@example.cn>", domain="example.cn")


def mail(number: int = 1, **changes: Any) -> Mail:
    composed = CHANNEL.compose(letter(key=f"k{number}", **changes), AT)
    assert isinstance(composed, Mail)
    return composed


def port(number: int, *, security: str = "none", user: str = "", password: str = "", **more: Any) -> SmtpPort:
    return SmtpPort(
        ManualClock(T0), "127.0.0.1", number, CHANNEL.sender, security=security, user=user, password=Secret(password),
        **more,
    )  # fmt: skip


async def test_a_mail_arrives_with_both_parts_and_its_thread() -> None:
    sink = Sink()
    async with mailing(sink) as at:
        assert (await port(at).send(mail())).code == 250
    (message,) = sink.mails
    assert message["Subject"] == "【单项否决】示例发布"
    assert message["Message-ID"] == "<k1@example.cn>"
    assert message["References"] == message["In-Reply-To"] == "<m1.thread@example.cn>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == "Zhiban <alerts.example.cn>"
    assert message["Date"].datetime == T0
    assert message["From"].addresses[0].display_name == "值班"
    assert message.get_content_type() == "multipart/alternative"
    parts = {part.get_content_type(): part.get_content() for part in message.iter_parts()}
    assert list(parts) == ["text/plain", "text/html"]
    assert all("示例发布：超过 14 天未更新" in text for text in parts.values())


async def test_long_lines_emoji_and_long_subjects_come_through_whole() -> None:
    sink, subject = Sink(), "【临期】" + "关于公布行政许可事项👨‍👩‍👧‍👦目录的通知" * 8
    async with mailing(sink) as at:
        assert (await port(at).send(mail(subject=subject, lines=("长" * 990,)))).code == 250
    assert sink.mails[0]["Subject"] == subject
    assert "长" * 990 in sink.mails[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert all(len(line) <= 998 for line in sink.raw[0].splitlines())
    assert sink.raw[0].isascii()


async def test_a_batch_goes_over_one_connection_and_the_next_over_another() -> None:
    sink = Sink()
    async with mailing(sink) as at:
        sender = port(at)
        answers = await asyncio.gather(*(sender.send(mail(n)) for n in range(5)))
        await sender.send(mail(9))
    assert [answer.code for answer in answers] == [250] * 5
    assert [one["Message-ID"] for one in sink.mails] == [f"<k{n}@example.cn>" for n in (0, 1, 2, 3, 4, 9)]
    assert len({id(session) for session in sink.sessions[:5]}) == 1
    assert sink.sessions[5] is not sink.sessions[0]


async def test_a_line_that_the_server_cuts_is_dialled_anew_for_the_next_mail() -> None:
    sink = Sink()
    sink.most = 2
    async with mailing(sink) as at:
        sender = port(at)
        answers = await asyncio.gather(*(sender.send(mail(n)) for n in range(4)))
    assert [CHANNEL.fate(answer) for answer in answers] == [Fate.DELIVERED, Fate.DELIVERED, Fate.AGAIN, Fate.DELIVERED]


@pytest.mark.parametrize(
    ("sink", "code", "fate"),
    [
        (Sink(data="451 later"), 451, Fate.AGAIN),
        (Sink(data="554 spam"), 554, Fate.NEVER),
        (Sink(rcpt="550 no such user"), 550, Fate.NEVER),
        (Sink(rcpt="450 greylisted"), 450, Fate.AGAIN),
        (Sink(mail="550 sender not yours"), 0, Fate.AGAIN),
    ],
    ids=["data again", "data never", "no such user", "greylisted", "our sender"],
)
async def test_what_the_server_says_and_what_it_means(sink: Sink, code: int, fate: Fate) -> None:
    async with mailing(sink) as at:
        answer = await port(at).send(mail())
    assert (answer.code, CHANNEL.fate(answer)) == (code, fate)


async def test_after_a_refusal_the_next_mail_of_the_batch_goes_through() -> None:
    sink = Sink()
    async with mailing(sink) as at:
        sender = port(at)
        sink.answers["rcpt"] = "550 no such user"
        first = asyncio.create_task(sender.send(mail(1)))
        second = asyncio.create_task(sender.send(mail(2)))
        assert (await first).code == 550
        sink.answers["rcpt"] = "250 OK"
        assert (await second).code in {250, 550}
        assert (await sender.send(mail(3))).code == 250


@pytest.mark.parametrize(
    "changes",
    [
        {"to": ""},
        {"to": "0917-3260000"},
        {"to": "值班室"},
        {"to": "a@x\r\nBcc: victim@example.cn"},
        {"subject": "题\r\nBcc: victim@example.cn"},
        {"message_id": "k\r\nBcc: victim@example.cn"},
        {"headers": {"X-A": "1\r\nBcc: victim@example.cn"}},
        {"references": ("r\r\nBcc: victim@example.cn",)},
    ],
)
async def test_what_is_no_mail_is_never_sent(changes: dict[str, Any]) -> None:
    sink = Sink()
    async with mailing(sink) as at:
        answer = await port(at).send(msgspec.structs.replace(mail(), **changes))
    assert (answer.code, sink.mails) == (MALFORMED, [])
    assert CHANNEL.fate(answer) is Fate.NEVER


@pytest.mark.slow  # a silence of its own, long enough for a busy machine
async def test_no_server_and_a_silent_server_are_no_answer_shared_by_those_that_wait() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.append(1)
        await reader.read()
        writer.close()

    called: list[int] = []
    assert (await port(free_port()).send(mail())).code == 0
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        sender = port(
            server.sockets[0].getsockname()[1], seconds=1.5
        )  # time enough to call once, also on a busy machine
        answers = await asyncio.gather(*(sender.send(mail(n)) for n in range(16)))
    assert {answer.code for answer in answers} == {0}
    assert len(called) == 1


async def test_a_mail_that_is_cancelled_halfway_harms_no_other() -> None:
    class Slow(Sink):
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            if not self.mails:
                reached.set()
                await asyncio.sleep(0.2)
            return await super().handle_DATA(server, session, envelope)

    reached, sink = asyncio.Event(), Slow()
    async with mailing(sink) as at:
        sender = port(at)
        first, second = (asyncio.create_task(sender.send(mail(n))) for n in (1, 2))
        await reached.wait()
        first.cancel()
        assert (await second).code == 250
        await sender.aclose()
    assert sink.mails[-1]["Message-ID"] == "<k2@example.cn>"


def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and data.password == b"hunter2"
    return AuthResult(success=right, handled=right)


async def test_login_under_starttls_and_nothing_of_it_in_any_log(
    certificates: dict[str, ssl.SSLContext], authority: trustme.CA, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    sink, options = Sink(), {"tls_context": certificates["good"], "authenticator": authenticate, "auth_required": True}
    async with mailing(sink, **options) as at:
        login: dict[str, Any] = {"security": "starttls", "user": "z", "tls": trusting}
        sent = await port(at, password="hunter2", **login).send(mail())
        wrong = port(at, password="hunter3", **login)
        refused = await asyncio.gather(*(wrong.send(mail(n)) for n in range(3)))
        stranger = await port(at, security="starttls", user="z", password="hunter2").send(mail())
    assert sent.code == 250
    assert [(answer.code, CHANNEL.fate(answer)) for answer in refused] == [(535, Fate.AGAIN)] * 3
    assert stranger.code == 0  # a certificate that nobody vouches for: the password stays here
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("mail.log")]
    assert "hunter" not in f"{ours}{sent}{refused}{stranger}{vars(wrong)}"


async def test_a_server_without_tls_is_not_spoken_to_where_tls_is_asked_for() -> None:
    sink = Sink()
    async with mailing(sink) as at:
        assert (await port(at, security="starttls").send(mail())).code == 0
    assert sink.mails == []


async def test_every_mail_of_one_alert_stands_in_its_thread() -> None:
    sink = Sink()
    async with mailing(sink) as at:
        sender = port(at)
        for n in range(3):
            await sender.send(mail(n))
    assert len({one["Message-ID"] for one in sink.mails}) == 3
    assert {one["References"] for one in sink.mails} == {f"<{LETTER.thread}.thread@example.cn>"}
