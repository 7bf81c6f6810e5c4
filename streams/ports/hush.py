"""What the sending ports keep to themselves: addresses and tokens that a library, or the peer, would put into a log."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from urllib.parse import unquote, unquote_plus, urlsplit

# httpx tells every request's whole URL at INFO; python-telegram-bot its token at DEBUG, and at ERROR whatever a peer
# sent that is no JSON. A port's answer says all that is worth saying: they are quiet, however the root logger is set.
# Apprise tells what a service answered, and urllib3 below it each path.
QUIET = {
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "telegram": logging.CRITICAL,
    "apprise": logging.CRITICAL + 1,
    "urllib3": logging.ERROR,
    "requests_oauthlib": logging.WARNING,
}
_BETWEEN = re.compile(r'["{}\[\],:&=\s]+')  # what stands between the values of a JSON text, or of a form
LEAST = 6  # letters: shorter parts of a URL are no secrets, and would tear words apart


def hush_libraries() -> None:
    """Let the HTTP libraries say nothing that holds an address; who made them quieter still is left so."""
    for name, level in QUIET.items():
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, level))


def without(text: str, url: str) -> str:
    """`text` without the secrets of `url`, should a peer's answer repeat them: path, query, user and their parts."""
    for piece in sorted(_pieces(url), key=len, reverse=True):
        text = text.replace(piece, "***")
    return text


def without_echo(text: str, sent: str, headers: Mapping[str, str]) -> str:
    """`text` without what was sent, should a peer's answer repeat it: numbers, passwords, signatures."""
    pieces = {*_BETWEEN.split(sent), *_BETWEEN.split(unquote_plus(sent)), *headers.values()}
    for piece in sorted((one for one in pieces if len(one) >= LEAST), key=len, reverse=True):
        text = text.replace(piece, "***")
    return text


def _pieces(url: str) -> set[str]:
    try:
        split = urlsplit(url)
    except ValueError:
        return {url}
    query = [pair.partition("=")[2] for pair in split.query.split("&")]
    parts = [split.path, split.query, split.username or "", split.password or "", *split.path.split("/"), *query]
    found = {url, *parts, *map(unquote, parts)}
    return {piece for piece in found if len(piece) >= LEAST}
