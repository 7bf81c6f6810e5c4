"""Mail servers on loopback: what is read of a mailbox, and what is never asked for."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from imaps import MailServer, letter
from sites import Street
from watching import HOUR, World, settle

from streams.accounts import MailAccount
from streams.connectors import Envelopes, Failure, Letters
from streams.looks import Outcome
from streams.ports.http import WebSettings
from streams.ports.imap import ImapPort
from streams.records import Fact
from streams.secrets import Secret
from streams.subjects import Source
from zhiban.config import Config, Politeness
from zhiban.ways import Ways

DAY = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
SECRET = Secret('p"ss word')
ACCOUNT = MailAccount(user="letters", password=SECRET, plain=True)
INSIDE = WebSettings(allow_private=("127.0.0.1",))


@pytest.fixture
async def street() -> AsyncIterator[Street]:
    made = Street()
    yield made
    await made.close()


@pytest.fixture
def server() -> MailServer:
    made = MailServer()
    made.put("INBOX", letter("one"), DAY)
    made.put("INBOX", letter("two"), DAY + HOUR, "\\Seen \\Answered")
    made.put("INBOX", letter("three", List_Id="<news.example.cn>"), DAY + HOUR)
    made.put("INBOX", letter("four", Auto_Submitted="auto-replied"), DAY + HOUR)
    made.put("INBOX", letter("old"), DAY - timedelta(days=300))
    made.put(
        "Sent",
        letter("re", In_Reply_To="<one@example.cn>", References="<zero@example.cn>\r\n <one@example.cn>"),
        DAY + 5 * HOUR,
    )
    return made


async def read(
    street: Street,
    server: MailServer,
    account: MailAccount | None = ACCOUNT,
    *,
    folder: str = "INBOX",
    settings: WebSettings = INSIDE,
    most: int = 100,
    bound: int = 1_000_000,
    seconds: float = 5.0,
) -> Envelopes | Failure:
    site = await street.open(handler=server)
    accounts: Mapping[str, MailAccount] = {"127.0.0.1": account} if account else {}
    url = f"imap://127.0.0.1:{site.port}/{folder}"
    wanted = Letters(url=url, since=date(2026, 8, 1), most=most, bound=bound, seconds=seconds)
    return await ImapPort(accounts, settings).read(wanted)


async def test_what_came_and_what_was_sent(street: Street, server: MailServer) -> None:
    post = await read(street, server)
    assert isinstance(post, Envelopes), post
    assert [one.at for one in post.came] == [DAY, *[DAY + HOUR] * 3]
    assert [one.answered for one in post.came] == [False, True, False, False]
    assert [one.bulk for one in post.came] == [False, False, True, True]
    (sent,) = post.sent
    assert post.came[0].id in sent.replies_to
    assert len(sent.replies_to) == 2
    assert "example" not in repr((post.came, post.sent)), "ids are hashes"


async def test_nothing_is_changed_and_no_text_is_asked_for(street: Street, server: MailServer) -> None:
    assert isinstance(await read(street, server), Envelopes)
    verbs = {command.split()[0] for command in server.commands}
    assert verbs == {"CAPABILITY", "LOGIN", "LIST", "EXAMINE", "UID", "LOGOUT"}
    fetched = [command for command in server.commands if "FETCH" in command]
    assert fetched
    assert not any(
        word in command.upper() for command in fetched for word in ("SUBJECT", "FROM", "TEXT", "RFC822", "BODY[")
    )


async def test_the_newest_are_read_and_nothing_older_than_the_oldest_reply(street: Street, server: MailServer) -> None:
    for n in range(20):
        server.put("INBOX", letter(f"more{n}"), DAY + (10 + n) * HOUR)
    server.put("Sent", letter("re2", In_Reply_To="<more1@example.cn>"), DAY + 40 * HOUR)
    post = await read(street, server, most=5)
    assert isinstance(post, Envelopes)
    assert [one.at for one in post.came] == [DAY + n * HOUR for n in range(25, 30)]
    server.put("Sent", letter("re3"), DAY + 41 * HOUR)
    only = await read(street, server, most=1)
    assert isinstance(only, Envelopes)
    assert only.came == ()


@pytest.mark.parametrize("silent_at", ["GREETING", "CAPABILITY", "LOGIN", "EXAMINE", "UID SEARCH", "UID FETCH"])
async def test_a_server_that_hangs_is_a_time_out(street: Street, server: MailServer, silent_at: str) -> None:
    server.silent_at = silent_at
    began = time.monotonic()
    answer = await read(street, server, seconds=0.15)
    assert isinstance(answer, Failure)
    assert answer.cause == "timeout"
    assert time.monotonic() - began < 5


async def test_a_farewell_that_is_not_returned_spoils_nothing(street: Street, server: MailServer) -> None:
    server.silent_at = "LOGOUT"
    assert isinstance(await read(street, server, seconds=3.0), Envelopes)


async def test_servers_that_hung_keep_no_thread(street: Street, server: MailServer) -> None:
    site = await street.open(handler=server)
    port = ImapPort({"127.0.0.1": ACCOUNT}, INSIDE)
    wanted = Letters(url=f"imap://127.0.0.1:{site.port}/", since=date(2026, 8, 1), seconds=0.2)
    server.silent_at = "LOGIN"
    hung = await asyncio.gather(*(port.read(wanted) for _ in range(12)))
    assert {one.cause for one in hung if isinstance(one, Failure)} == {"timeout"}
    server.silent_at = ""
    assert isinstance(await port.read(msgspec.structs.replace(wanted, seconds=5.0)), Envelopes)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"account": MailAccount(user="letters", password=Secret("wrong"), plain=True)}, "login"),
        ({"account": MailAccount(user="letters", password=Secret("密码"), plain=True)}, "login"),
        ({"account": MailAccount(user="letters", password=SECRET)}, "tls"),
        ({"account": None}, "protocol"),
        ({"folder": "Nowhere"}, "no_folder"),
        ({"settings": WebSettings()}, "blocked"),
        ({"bound": 200}, "too_large"),
    ],
)
async def test_what_stands_in_the_way_is_named_without_the_password(
    street: Street, server: MailServer, change: dict[str, object], cause: str
) -> None:
    answer = await read(street, server, **change)  # type: ignore[arg-type]
    assert isinstance(answer, Failure)
    assert answer.cause == cause
    assert not any(word in answer.detail for word in ("wrong", "密码", 'p"ss'))


async def test_no_folder_of_sent_letters_is_a_failure_and_not_a_town_that_never_answers(
    street: Street, server: MailServer
) -> None:
    del server.folders["Sent"]
    answer = await read(street, server)
    assert isinstance(answer, Failure)
    assert answer.cause == "no_sent"


async def test_garbage_is_a_failure(street: Street, server: MailServer) -> None:
    server.spoil = lambda _told: b"\x00\xff garbage {99999999999}\r\n"
    answer = await read(street, server, seconds=1.0)
    assert isinstance(answer, Failure)


@pytest.mark.parametrize(("kind", "opens"), [("good", True), ("expired", False), ("other", False), ("unknown", False)])
async def test_certificates_are_checked_before_a_password_is_sent(
    street: Street,
    server: MailServer,
    certificates: dict[str, ssl.SSLContext],
    authority_file: str,
    kind: str,
    opens: bool,
) -> None:
    site = await street.open(handler=server, tls=certificates[kind])
    settings = WebSettings(allow_private=("127.0.0.1",), authorities=(authority_file,))
    port = ImapPort({"127.0.0.1": MailAccount(user="letters", password=SECRET)}, settings)
    answer = await port.read(Letters(url=f"imaps://127.0.0.1:{site.port}/INBOX", since=date(2026, 8, 1), seconds=5.0))
    assert isinstance(answer, Envelopes) is opens, answer
    assert opens or (isinstance(answer, Failure) and answer.cause == "tls" and server.commands == [])


async def test_nobody_there_is_a_failure(street: Street) -> None:
    accounts = {"127.0.0.1": ACCOUNT}
    port = (await street.open()).port
    await street.close()
    answer = await ImapPort(accounts, INSIDE).read(Letters(url=f"imap://127.0.0.1:{port}/", since=date(2026, 8, 1)))
    assert isinstance(answer, Failure)
    assert answer.cause == "tcp"


async def test_a_mailbox_is_watched_by_the_real_poller(street: Street, server: MailServer, tmp_path: Path) -> None:
    site = await street.open(handler=server)
    world = World(tmp_path)
    try:
        polite = Politeness(gap=0.0, allow_private=("127.0.0.1",))
        world.ways = Ways(Config(politeness=polite, imap={"127.0.0.1": ACCOUNT}), world.clock, world.evidence)
        url = f"imap://127.0.0.1:{site.port}/INBOX"
        world.read(Source(id="信箱", subject="局", connector="mailbox", url=url))
        await settle(world.poller())
        facts = [body for body in world.log() if isinstance(body, Fact)]
        assert [f"{event.deed}" for fact in facts for event in fact.events] == ["received", "answered"]
        (look,) = world.looks()
        assert (look.outcome, look.collector) == (Outcome.GOOD, f"mailbox:127.0.0.1:{site.port}")
        kept = repr(world.evidence.kept)
        assert not any(word in kept for word in ("secret", "citizen", 'p\\"ss', 'p"ss'))
        assert b"secret" not in world.stored()
    finally:
        await world.close()
