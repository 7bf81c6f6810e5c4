"""E-mail: text and HTML, in one thread for each alert."""

from __future__ import annotations

import re
from datetime import datetime
from email.charset import BASE64, Charset
from email.utils import formataddr, parseaddr
from functools import lru_cache
from importlib.resources import files
from typing import Literal

import msgspec
from jinja2 import Environment, StrictUndefined, Template

from alerts.digest.mail import with_digest
from alerts.letter import Fate, Letter, Meaning
from alerts.plain import as_text, halves, left_out, one_line, tidy
from alerts.words import say
from streams.outgoing import Answer, Mail, Outgoing
from streams.secrets import Secret

ABOUT_US = frozenset({530, 534, 535, 538})  # our own login was refused: the letter is not at fault
UNKNOWN = frozenset({550, 551, 553})  # of the recipient, or refused there
FULL, TOO_LARGE = 552, "5.3.4"  # RFC 5321 and RFC 3463: the mailbox is full, or with that word the mail too large
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


class Email(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Mails letters through one SMTP server; a route's `to` is the address, or several with commas."""

    host: str
    sender: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: Secret = Secret("")
    domain: str = "zhiban.invalid"  # of message ids: a domain of the office's own

    def compose(self, letter: Letter, at: datetime) -> Outgoing:
        """Both parts; the message id is the letter's key, the thread's is the alert's. A digest has more."""
        tidied = tidy(letter)
        mail = Mail(
            to=", ".join(_addresses(letter.to)),
            subject=tidied.subject,
            text=as_text(letter),
            html=_html(tidied, left_out(letter, len(tidied.points))),
            message_id=self._id(letter.key),
            references=(self._id(f"{letter.thread}.thread"),),
            headers={
                "Auto-Submitted": "auto-generated",
                "X-Auto-Response-Suppress": "All",
                "List-Id": f"Zhiban <{self._id('alerts').replace('@', '.')}>",
            },
        )
        return mail if letter.digest is None else with_digest(mail, letter.digest, letter.language, self._domain)

    def fate(self, answer: Answer) -> Fate:
        """2xx is delivered, 5xx is final unless it is about our own login, everything else passes.

        A refused login is the operator's to mend: the letter waits, and the back-off says so in the log.
        """
        if 200 <= answer.code < 300:
            return Fate.DELIVERED
        return Fate.NEVER if answer.code >= 500 and answer.code not in ABOUT_US else Fate.AGAIN

    def meaning(self, answer: Answer) -> Meaning:
        """A refused login is said to be one, as are an address that is not known and a mail that is too large."""
        too_large = answer.code == FULL and TOO_LARGE in answer.text
        remedy = "login" if answer.code in ABOUT_US else "too_long" if too_large else ""
        return Meaning(self.fate(answer), "mailbox" if answer.code in UNKNOWN else remedy)

    def _id(self, name: str) -> str:
        return f"{_UNSAFE.sub('-', name)}@{self._domain}"

    @property
    def _domain(self) -> str:
        return _UNSAFE.sub("-", self.domain)


def _addresses(to: str) -> list[str]:
    """The mail addresses in `to`, names kept, Chinese domains in their ASCII form; what is no address is left out."""
    pairs = (parseaddr(one_line(piece)) for piece in re.split(r"[,;；，、\r\n]", to) if ":" not in piece)
    return [formataddr((name, plain), _names()) for name, address in pairs if (plain := _ascii(address))]


def _names() -> Charset:
    # Of our own: other libraries change what the process has in common, and a letter is the same at each attempt.
    charset = Charset("utf-8")
    charset.header_encoding = BASE64
    return charset


def _ascii(address: str) -> str:
    box, _, domain = address.rpartition("@")
    if not box or not domain or re.search(r"[\s<>\"(),:;\\]", address):
        return ""
    try:
        return f"{box}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return ""


LIGHT = {"veto": "#b3261e", "breach": "#b3261e", "due_soon": "#8a5a00", "ok": "#1e6b3a", "unknown": "#5f6368"}
DARK = {"veto": "#f2a49e", "breach": "#f2a49e", "due_soon": "#e8c07a", "ok": "#8fd0a5", "unknown": "#a8adb3"}
NOTICE = ("#1a5fb4", "#94bff3")  # any other level, on light and on dark


def _html(letter: Letter, more: str) -> str:
    return _template().render(
        letter=letter,
        more=more,
        light=lambda name: LIGHT.get(name, NOTICE[0]),
        dark=lambda name: DARK.get(name, NOTICE[1]),
        say=lambda key: say(letter.language, key),
        halves=halves,
        is_link=lambda url: url.startswith(("http://", "https://")),
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    text = (files("alerts") / "templates" / "letter.html").read_text(encoding="utf-8")
    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return made.from_string(text)
