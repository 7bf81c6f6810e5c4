"""`zhiban digest --send` from end to end: a real store, and a real mail server in a process of its own."""

from __future__ import annotations

import email
import email.policy
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import trustme
from icalendar import Calendar
from stores import new_store
from weeks import HOUR, Town

from alerts.digest.week import week_of
from zhiban.cli import run_command

ROOT = Path(__file__).parents[2]
START = datetime.fromisoformat("2026-03-03T10:00:00+08:00")
WEEK = week_of(START)
ONE = '[[digests]]\nchannel = "mail"\nto = "boss@example.cn"\n'
MANY = ", ".join(f"person{n}@example.cn" for n in range(10))


class Office:
    """A working directory whose week is over, and its mail server."""

    def __init__(self, folder: Path, screen: pytest.CaptureFixture[str]) -> None:
        self.screen = screen
        self.folder, self.inbox = folder / "office", folder / "inbox"
        self.inbox.mkdir()
        assert run_command(["init", str(self.folder)]) == 0
        store = new_store(f"sqlite:///{self.folder / 'zhiban.db'}")
        town = Town(store, START)
        town.passes((WEEK.until - START) / HOUR - 1)
        for number in range(7):
            town.looks(number, age=number + 5)
        town.passes(1).passes(9)
        store.close()

    def configure(self, port: int, digests: str = ONE, mail: str = 'security = "none"\n') -> None:
        (self.folder / "zhiban.toml").write_text(
            f'[channels.mail]\ntype = "email"\nhost = "127.0.0.1"\nport = {port}\nsender = "z@example.cn"\n'
            f'domain = "example.cn"\n{mail}{digests}[[routes]]\nchannel = "console"\nto = "-"\noperator = true\n',
            encoding="utf-8",
        )

    @contextmanager
    def server(self, **wanted: Any) -> Iterator[int]:
        """The mail server, by its port."""
        command = [sys.executable, str(ROOT / "tests/support/mailserver.py"), str(self.inbox), json.dumps(wanted)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                yield int(process.stdout.readline())
            finally:
                process.kill()

    def start(self) -> subprocess.Popen[str]:
        """`--send` as a process of its own."""
        command = [sys.executable, "-m", "zhiban", "digest", "--week", WEEK.name, "--send", "--json"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.Popen(
            [*command, "-C", str(self.folder)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def sends(self, code: int = 0) -> list[dict[str, Any]]:
        """What `--send` says of its letters."""
        self.screen.readouterr()
        assert run_command(["digest", "--week", WEEK.name, "--send", "--json", "-C", str(self.folder)]) == code
        said, errors = self.screen.readouterr()
        assert "hunter" not in said + errors
        found: list[dict[str, Any]] = json.loads(said[said.index("{") :])["letters"]
        return found

    def mails(self) -> list[EmailMessage]:
        raw = [path.read_bytes() for path in sorted(self.inbox.glob("*.eml"))]
        return [email.message_from_bytes(one, policy=email.policy.default) for one in raw]

    def time_passes(self) -> None:
        """Leases end, and what waits may be tried again."""
        with closing(sqlite3.connect(self.folder / "zhiban.db")) as database, database:
            database.execute("update outbox set lease_until = null, next_at = written_at where state = 'waiting'")

    def letters(self, kind: str = "digest") -> int:
        with closing(sqlite3.connect(self.folder / "zhiban.db")) as database:
            query = "select count(*) from outbox where key like ?"
            found: int = database.execute(query, (f"{kind}/%",)).fetchone()[0]
            return found


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    return Office(tmp_path, capsys)


def brief(rows: Sequence[dict[str, Any]]) -> list[tuple[bool, str]]:
    return [(row["made"], row["state"]) for row in rows]


def test_it_goes_out_under_starttls_with_a_login_and_only_once(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.setenv("MAIL_PASSWORD", "hunter2")
    with office.server(certificate=str(tmp_path / "server.pem"), login=["z", "hunter2"]) as port:
        office.configure(port, mail='user = "z"\npassword = "hunter3"\n')
        assert brief(office.sends()) == [(True, "waiting")]  # the login is refused: nobody's letter is lost for that
        assert office.mails() == []
        office.configure(port, mail='user = "z"\npassword_env = "MAIL_PASSWORD"\n')
        office.time_passes()
        assert brief(office.sends()) == [(False, "sent")]
        assert brief(office.sends()) == [(False, "sent")]
    (message,) = office.mails()
    assert message["Subject"] == "【周报】全市 2026-W10（03-02至03-08）"
    (attached,) = message.iter_attachments()
    assert len(Calendar.from_ical(attached.get_content()).walk("VEVENT")) == 5
    assert office.letters() == 1


@pytest.mark.fault
def test_two_processes_at_the_same_time_make_one_letter(office: Office) -> None:
    with office.server() as port:
        office.configure(port)
        running = [office.start() for _ in range(2)]
        said = [one.communicate(timeout=60) for one in running]
        assert [one.returncode for one in running] == [0, 0], said
        rows = [json.loads(out)["letters"][0] for out, _ in said]
        office.time_passes()
        assert brief(office.sends()) == [(False, "sent")]
    assert sum(row["made"] for row in rows) == 1
    assert (office.letters(), len(office.mails())) == (1, 1)


@pytest.mark.fault
def test_a_kill_between_writing_and_the_servers_answer_makes_no_second_letter(office: Office) -> None:
    with office.server(stalls=True) as port:
        office.configure(port)
        process = office.start()
        until = time.monotonic() + 30
        while not (office.inbox / "stalled").exists() and time.monotonic() < until:
            time.sleep(0.02)
        process.kill()
        process.communicate()
    assert (office.letters(), office.mails()) == (1, [])
    with office.server() as port:
        office.configure(port)
        assert brief(office.sends()) == [(False, "waiting")]  # whoever died may still be at it: the lease says
        office.time_passes()
        assert brief(office.sends()) == [(False, "sent")]
    assert (office.letters(), len(office.mails())) == (1, 1)


def test_what_the_server_puts_off_is_sent_the_next_time_with_the_same_id(office: Office) -> None:
    with office.server(answers=["451 later"]) as port:
        office.configure(port)
        (first,) = office.sends()
        assert (first["state"], first["answer"][:3]) == ("waiting", "451")
        office.time_passes()
        assert brief(office.sends()) == [(False, "sent")]
    (message,) = office.mails()
    assert message["Message-ID"].startswith("<digest-2026-W10-")


def test_one_bad_address_among_ten_keeps_it_from_nobody_else(office: Office) -> None:
    bad = "person3@example.cn"
    with office.server(refused=[bad]) as port:
        office.configure(port, digests=ONE.replace("boss@example.cn", MANY))
        (row,) = office.sends()
    assert row["state"] == "sent"
    assert "1 of the recipients refused" in row["answer"]
    assert len((office.inbox / "1.to").read_text().split()) == 9


def test_of_ten_digests_nine_go_out_and_the_operator_hears_of_the_tenth(office: Office) -> None:
    digests = "".join(ONE.replace("boss", f"boss{n}") for n in range(10))
    with office.server(refused=["boss3@example.cn"]) as port:
        office.configure(port, digests=digests)
        rows = office.sends(code=1)
    assert [row["state"] for row in rows] == ["sent"] * 3 + ["refused"] + ["sent"] * 6
    assert len(office.mails()) == 9
    assert rows[3]["to"] == "bo…@example.cn"
    assert office.letters("undelivered") == 1
