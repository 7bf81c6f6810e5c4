"""What leaves the house: the forms that the sending ports take, the answer that they bring back, and how fast."""

from __future__ import annotations

import msgspec

from streams.secrets import Secret


class Pace(msgspec.Struct, frozen=True):
    """The most messages that a service takes in any `seconds`: by one channel, or for each address of it."""

    most: int
    seconds: float
    each_address: bool = False


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
    """An HTTP POST to be sent by the HTTP port. Whoever knows the URL of a webhook may post to it: a secret.

    `ca` is the certificates (PEM) of the authorities that are trusted there; empty: those of the system.
    """

    url: Secret
    body: bytes
    headers: dict[str, str] = {}
    ca: str = ""


class TokenPost(msgspec.Struct, frozen=True, kw_only=True):
    """A POST to a service that wants a token with each request, which it gives for our credential.

    `source` is asked by GET, the credential in it; its JSON answer holds `access_token` and `expires_in` (seconds).
    The token is added to the URL of `post` as the parameter `access_token`. Where the answer's `errcode` is one of
    `renew_on`, the token no longer holds: another is fetched, and the same is posted once more.
    """

    post: Post
    source: Secret
    renew_on: tuple[int, ...]


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP POST to a gateway that texts or calls telephones. The body holds a number and perhaps a password, the
    headers perhaps a signature: nothing of it shows itself."""

    url: Secret
    body: Secret
    headers: dict[str, Secret] = {}


class Key(msgspec.Struct, frozen=True):
    """A button under a chat message, and the data (at most 64 bytes) that comes back when it is pressed."""

    label: str
    data: str


Keyboard = tuple[tuple[Key, ...], ...]  # by rows


class Chat(msgspec.Struct, frozen=True, kw_only=True):
    """A Telegram message (parse mode HTML) to be sent by the Telegram port. Never over 4,096 characters.

    `api` is where the Bot API is, if not where it always is; `asks` wants an answer to this very message.
    """

    token: Secret
    chat_id: str
    html: str
    keyboard: Keyboard = ()
    api: str = ""
    asks: bool = False


class Notify(msgspec.Struct, frozen=True, kw_only=True):
    """Plain text to be handed to Apprise; the URL holds whatever opens the service."""

    url: Secret
    title: str
    text: str


class Print(msgspec.Struct, frozen=True, kw_only=True):
    """Text for the console."""

    text: str


Outgoing = Mail | Post | TokenPost | Call | Chat | Notify | Print


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the other side said: `code` is the SMTP, HTTP or Telegram status (0: no answer), `text` its words.

    `retry_after` in seconds, where it asked for patience. `unsure`: it may have been taken all the same, for the answer
    was lost on its way or is not the service's own; what goes out again may be a repeat. `said` holds the whole numbers
    and texts of a JSON answer, those within others by their places (`list.0.code`): services that answer 200 to
    everything say there, by a code of their own, what they mean.
    """

    code: int
    text: str = ""
    retry_after: float | None = None
    unsure: bool = False
    said: dict[str, int | str] = {}
