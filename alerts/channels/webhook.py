"""A webhook: the letter as JSON, signed as Standard Webhooks lays down (https://www.standardwebhooks.com)."""

from __future__ import annotations

import base64
import hashlib
import hmac

import msgspec

from alerts.letter import Fate, Letter
from streams.outgoing import Answer, Outgoing, Post
from streams.secrets import Secret

PREFIX = "whsec_"
PASSING = frozenset({0, 408, 409, 425, 429})


class Webhook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Posts the letter as JSON to `url`, signed with `secret` (`whsec_` and base64) where one is given."""

    url: Secret
    secret: Secret = Secret("")

    def compose(self, letter: Letter) -> Outgoing:
        """The letter and its signature over id, time and body."""
        body = msgspec.json.encode(letter, order="deterministic")
        stamp = str(int(letter.written_at.timestamp()))
        headers = {"content-type": "application/json", "webhook-id": letter.key, "webhook-timestamp": stamp}
        if self.secret:
            headers["webhook-signature"] = self._sign(letter.key, stamp, body)
        return Post(url=self.url.reveal(), body=body, headers=headers)

    def fate(self, answer: Answer) -> Fate:
        """2xx is delivered; no answer, 429 and 5xx pass; anything else is final."""
        if 200 <= answer.code < 300:
            return Fate.DELIVERED
        return Fate.AGAIN if answer.code in PASSING or answer.code >= 500 else Fate.NEVER

    def _sign(self, key: str, stamp: str, body: bytes) -> str:
        secret = base64.b64decode(self.secret.reveal().removeprefix(PREFIX))
        digest = hmac.new(secret, f"{key}.{stamp}.".encode() + body, hashlib.sha256).digest()
        return "v1," + base64.b64encode(digest).decode()
