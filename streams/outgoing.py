"""What leaves the house: the forms that the sending ports take, and the answer that they bring back."""

from __future__ import annotations

import msgspec

from streams.secrets import Secret


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What comes with a mail: a file, or where `inline` is its content id, a picture that the HTML shows as `cid:`.

    `kind` is a media type with its parameters, such as `text/calendar; method=PUBLISH`.
    """

    kind: str
    name: str
    body: bytes
    inline: str = ""


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """An e-mail to be sent by the SMTP port. `message_id` and `references` are without angle brackets.

    `to` is one address or several with commas; the last of `references` is what the mail replies to.
    """

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    references: tuple[str, ...] = ()
    headers: dict[str, str] = {}
    parts: tuple[Part, ...] = ()


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP POST to be sent by the HTTP port. Whoever knows the URL of a webhook may post to it: a secret."""

    url: Secret
    body: bytes
    headers: dict[str, str] = {}


class Chat(msgspec.Struct, frozen=True, kw_only=True):
    """A Telegram message (parse mode HTML) to be sent by the Telegram port. Never over 4,096 characters."""

    token: Secret
    chat_id: str
    html: str


class Print(msgspec.Struct, frozen=True, kw_only=True):
    """Text for the console."""

    text: str


Outgoing = Mail | Post | Chat | Print


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the other side said: `code` is the SMTP, HTTP or Telegram status (0: no answer), `text` its words.

    `retry_after` in seconds, where it asked for patience.
    """

    code: int
    text: str = ""
    retry_after: float | None = None
