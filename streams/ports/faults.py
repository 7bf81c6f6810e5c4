"""Failures told apart: what the libraries raise, as one word of ours and a line for people."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterable, Iterator

import aiohttp
import httpx

from streams.ports.addresses import Blocked
from streams.ports.bodies import Garbled, TooLarge
from streams.ports.resolver import Unresolved

# What a hostile or broken peer can make the libraries raise; anything else is a bug of ours and must show.
EXPECTED = (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError, ValueError, TooLarge, Garbled)

# In this order: each line is more particular than those below it.
CAUSES: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (Blocked, "blocked"),
    (TooLarge, "too_large"),
    (Garbled, "encoding"),
    ((Unresolved, aiohttp.ClientConnectorDNSError), "dns"),
    (ssl.SSLError, "tls"),
    ((aiohttp.ServerTimeoutError, TimeoutError), "timeout"),  # httpx-aiohttp's own ConnectTimeout says too much
    ((aiohttp.ServerDisconnectedError, ConnectionResetError, BrokenPipeError), "reset"),
    (aiohttp.ClientConnectorError, "tcp"),
    (aiohttp.ClientPayloadError, "reset"),
    ((aiohttp.ClientResponseError, aiohttp.InvalidURL, httpx.InvalidURL), "protocol"),
    (aiohttp.ClientConnectionError, "reset"),
)
SECRET = re.compile(r"(//)[^/@\s]*@|([?&;][^=&\s]*(?:key|token|secret|sign|pass)[^=&\s]*=)[^&\s]*", re.IGNORECASE)
LONGEST = 300


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised from; the wrapped ones of aiohttp and of happy eyeballs too."""
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting and len(seen) < 32:
        one = waiting.pop(0)
        if one is None or one in seen:
            continue
        seen.append(one)
        waiting += [one.__cause__, one.__context__, getattr(one, "os_error", None)]
        waiting += getattr(one, "exceptions", ())
    yield from seen


def cause_of(error: BaseException) -> tuple[str, str]:
    """(cause, detail) of an expected error; the most particular cause found along its chain."""
    errors = list(chain(error))
    for kinds, cause in CAUSES:
        for one in errors:
            if isinstance(one, kinds):
                return _refined(cause, one), clean(certificate_fault(errors) or str(one) or type(one).__name__)
    return "protocol", clean(str(error) or type(error).__name__)


def _refined(cause: str, error: BaseException) -> str:
    # A body with broken chunk sizes is bad HTTP; one that merely stops is a lost connection.
    if isinstance(error, aiohttp.ClientPayloadError):
        bad = "TransferEncodingError" in str(error) and "Not enough data" not in str(error)
        return "protocol" if bad else cause
    if isinstance(error, aiohttp.ServerDisconnectedError) and not isinstance(error.message, str):
        return "protocol"  # it carries half an answer: the peer spoke, but not HTTP
    return cause


CERTIFICATE = {
    9: "not yet valid",
    10: "expired",
    18: "self-signed",
    19: "self-signed",
    20: "issuer unknown, or an intermediate certificate is missing",
    21: "issuer unknown, or an intermediate certificate is missing",
    62: "is for another host name",
    64: "is for another address",
}


def certificate_fault(errors: Iterable[BaseException]) -> str:
    """What is wrong with a certificate, told apart by OpenSSL's code; "" where the errors are others."""
    for error in errors:
        # aiohttp's wrapper is of the same class, but has no code.
        if isinstance(error, ssl.SSLCertVerificationError) and (code := getattr(error, "verify_code", 0)):
            return f"certificate {CERTIFICATE.get(code, 'refused')}: {error.verify_message}"
    return ""


def clean(text: str) -> str:
    """One short line without passwords and keys that stand in URLs."""
    return SECRET.sub(lambda found: (found[1] or found[2]) + "***" + ("@" if found[1] else ""), " ".join(text.split()))[
        :LONGEST
    ]
