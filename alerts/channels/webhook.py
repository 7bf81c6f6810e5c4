"""A webhook: the letter as JSON, signed as Standard Webhooks lays down (https://www.standardwebhooks.com)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

import msgspec

from alerts.letter import Fate, Letter
from streams.outgoing import Answer, Outgoing, Post
from streams.secrets import Secret

PREFIX = "whsec_"
PASSING = frozenset({0, 302, 303, 307, 408, 425, 429})  # a redirect for now is a gateway's or a portal's whim


class Webhook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Posts the letter as JSON to `url`, signed with `secret` (`whsec_` and base64) where one is given.

    The timestamp is the letter's own, so that a repeat is the same to the byte: the other side should allow it to be
    three days old, and know repeats by `webhook-id`. Redirects are not followed.
    """

    url: Secret
    secret: Secret = Secret("")

    def __post_init__(self) -> None:
        if not self.url.reveal().startswith(("http://", "https://")):
            raise ValueError("url: expected http:// or https://")
        if self.secret:
            _key(self.secret)

    def compose(self, letter: Letter) -> Outgoing:
        """The letter and its signature over id, time and body."""
        body = msgspec.json.encode(letter, order="deterministic")
        stamp = str(int(letter.written_at.timestamp()))
        name = _one_word(letter.key)
        headers = {"content-type": "application/json", "webhook-id": name, "webhook-timestamp": stamp}
        if self.secret:
            headers["webhook-signature"] = self._sign(name, stamp, body)
        return Post(url=self.url, body=body, headers=headers)

    def fate(self, answer: Answer) -> Fate:
        """2xx is delivered; no answer, patience, passing redirects and 5xx pass; anything else is final."""
        if 200 <= answer.code < 300:
            return Fate.DELIVERED
        return Fate.AGAIN if answer.code in PASSING or answer.code >= 500 else Fate.NEVER

    def _sign(self, name: str, stamp: str, body: bytes) -> str:
        digest = hmac.new(_key(self.secret), f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
        return "v1," + base64.b64encode(digest).decode()


def _key(secret: Secret) -> bytes:
    """The signing key; raises ValueError that does not show what was found."""
    try:
        key = base64.b64decode(secret.reveal().removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise ValueError(f"secret: expected {PREFIX} and base64") from None
    return key


def _one_word(key: str) -> str:
    """A key as a header can carry it."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in key)
