"""E-mail: text and HTML, in one thread for each alert."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import msgspec
from jinja2 import Environment, StrictUndefined, Template

from alerts.letter import Fate, Letter
from alerts.plain import as_text
from alerts.words import say
from streams.outgoing import Answer, Mail, Outgoing
from streams.secrets import Secret

ABOUT_US = frozenset({530, 535, 538})  # our own login was refused: the letter is not at fault


class Email(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Mails letters through one SMTP server; a route's `to` is the address. `security` is starttls, tls or none."""

    host: str
    sender: str
    port: int = 587
    security: str = "starttls"
    user: str = ""
    password: Secret = Secret("")
    domain: str = "zhiban.invalid"  # of message ids: a domain of the office's own

    def compose(self, letter: Letter) -> Outgoing:
        """Both parts; the message id is the letter's key, the thread's is the alert's."""
        root = f"{letter.thread}.thread@{self.domain}"
        return Mail(
            to=_line(letter.to),
            subject=_line(letter.subject)[:250] or "值班",
            text=as_text(letter),
            html=_template().render(
                letter=letter, colour=_colour, level=lambda name: say(letter.language, f"level.{name}")
            ),
            message_id=f"{letter.key}@{self.domain}",
            references=(root,),
            headers={"Auto-Submitted": "auto-generated", "List-Id": f"Zhiban <alerts.{self.domain}>"},
        )

    def fate(self, answer: Answer) -> Fate:
        """2xx is delivered, 5xx is final unless it is about our own login, everything else passes."""
        if 200 <= answer.code < 300:
            return Fate.DELIVERED
        return Fate.NEVER if answer.code >= 500 and answer.code not in ABOUT_US else Fate.AGAIN


def _line(text: str) -> str:
    """One header line: a line break in a title must not begin a header."""
    return " ".join(text.split())


def _colour(level: str) -> str:
    return {"veto": "#b3261e", "breach": "#b3261e", "due_soon": "#9a6700", "unknown": "#5f6368"}.get(level, "#1a5fb4")


@lru_cache(maxsize=1)
def _template() -> Template:
    text = (files("alerts") / "templates" / "letter.html").read_text(encoding="utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(text)
