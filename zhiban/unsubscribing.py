"""Links that end a digest: they name a recipient without saying who that is, and nobody else can make them."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlencode

from alerts.digest.value import Subscription
from streams.secrets import Secret
from zhiban.config import Unsubscribe


def link_of(settings: Unsubscribe, whose: Subscription) -> str:
    """The link for one recipient; "" where the configuration does not say where it leads, or has no key."""
    if not settings.url or not settings.key:
        return ""
    query = urlencode({"digest": whose.id, "signature": signature(settings.key, whose.id)})
    return f"{settings.url}{'&' if '?' in settings.url else '?'}{query}"


def signature(key: Secret, name: str) -> str:
    """What shows that a link to end the digest of `name` is ours: compare it in constant time."""
    return hmac.new(key.reveal().encode(), f"unsubscribe/{name}".encode(), hashlib.sha256).hexdigest()
