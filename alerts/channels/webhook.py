"""A webhook: the letter as JSON, signed as Standard Webhooks lays down (https://www.standardwebhooks.com)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import datetime

import msgspec

from alerts.letter import Fate, Letter, Meaning
from alerts.statuses import by_status
from streams.outgoing import Answer, Outgoing, Post
from streams.secrets import Secret

PREFIX = "whsec_"
# What the letter itself is at fault for, or what the other side says is gone for good. A wrong path or a refused key is
# put right by people, within the days in which a letter is tried.
FINAL = frozenset({301, 308, 400, 406, 410, 413, 414, 415, 422, 431})


class Webhook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Posts the letter as JSON to `url`, signed with `secret` (`whsec_` and base64) where one is given.

    Every attempt is signed anew, with its own timestamp; the other side knows repeats by `webhook-id`, which is the
    letter's, and the body, which is the same to the byte. The letter goes whole, however long: a receiver that takes
    less answers 413, and the operator is told. Redirects are not followed.
    """

    url: Secret
    secret: Secret = Secret("")

    def __post_init__(self) -> None:
        if not self.url.reveal().startswith(("http://", "https://")):
            raise ValueError("url: expected http:// or https://")
        if self.secret:
            _key(self.secret)

    def compose(self, letter: Letter, at: datetime) -> Outgoing:
        """The letter and its signature over id, time and body."""
        # Who else would be told is no business of the other side's.
        body = msgspec.json.encode(msgspec.structs.replace(letter, heads=()), order="deterministic")
        stamp = str(int(at.timestamp()))
        name = _one_word(letter.key)
        headers = {"content-type": "application/json", "webhook-id": name, "webhook-timestamp": stamp}
        if self.secret:
            headers["webhook-signature"] = self._sign(name, stamp, body)
        return Post(url=self.url, body=body, headers=headers)

    def meaning(self, answer: Answer) -> Meaning:
        """By the status; a signature or a path that is refused is said to be that."""
        return by_status(answer, FINAL)

    def fate(self, answer: Answer) -> Fate:
        """2xx is delivered; what speaks of the letter, or of an end, is final; everything else may pass."""
        return self.meaning(answer).fate

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
