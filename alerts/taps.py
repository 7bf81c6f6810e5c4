"""One-tap links: a token names one matter, one reader, one button and an end, and is signed: nobody can make another.

A token is 44 characters of base64url over 33 bytes: the key's number, the button, the hour in which it ends, the
matter, a mark of the reader, and the first 96 bits of an HMAC-SHA256 over all of it. It holds no address, and fits into
the 64 bytes of a chat's button. What one reader's token does is bound to that reader: it says who did it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal

import msgspec

from alerts.contacts import RULE as POST
from alerts.letter import Action, Letter, Point, Press, Reason
from alerts.officehours import next_quarter
from alerts.requests import RULE as REQUEST
from alerts.routing import Recipient
from alerts.words import say

SHORTEST = 32  # characters of a key
LENGTH = 44  # characters of a token
_MATTER = re.compile("[0-9a-f]{20}")
_READER, _SIGNATURE = 6, 12  # bytes
_HOUR = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Button(StrEnum):
    """What a reader may do with one tap (RULEBOOK section 17). Looking again is what closes a matter, no button."""

    ACK = "ack"
    FIXED = "fixed"
    DISMISS = "dismiss"  # a false alarm; wants a reason
    NOT_OURS = "not_ours"
    EXEMPT = "exempt"  # a request: somebody else grants it
    SHUTDOWN = "shutdown"  # a request: to merge or close the account or site
    LEAVE = "leave"  # no more digests; about no matter
    JOIN = "join"  # digests again; about no matter either
    HOLDS = "holds"  # of a contact: it is still my post
    GRANT = "grant"  # of whoever decides about a request
    REFUSE = "refuse"
    VACATED = "vacated"  # it is not; somebody else is to name another


# As tokens have them: what was once sent is never numbered anew.
_NUMBERS: Mapping[Button, int] = {
    Button.ACK: 1,
    Button.FIXED: 2,
    Button.DISMISS: 3,
    Button.NOT_OURS: 4,
    Button.EXEMPT: 5,
    Button.SHUTDOWN: 6,
    Button.LEAVE: 7,
    Button.HOLDS: 8,
    Button.VACATED: 9,
    Button.JOIN: 10,
    Button.GRANT: 11,
    Button.REFUSE: 12,
}
OF_DIGESTS = frozenset({Button.LEAVE, Button.JOIN})  # about no matter
_ABOUT_NONE = sorted(OF_DIGESTS)
_BUTTONS = {number: button for button, number in _NUMBERS.items()}


class Ring:
    """The keys by number, 1 to 255: the highest signs, the others still open what they signed. Never shows itself."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        """Raises ValueError where there is none, or one without a number that fits."""
        if not keys or not all(0 < number < 256 and key for number, key in keys.items()):
            raise ValueError(f"keys: expected one or more, numbered 1-255, found {sorted(keys)}")
        self._keys = dict(keys)

    def __repr__(self) -> str:
        """Numbers only."""
        return f"Ring({sorted(self._keys)})"

    @property
    def newest(self) -> int:
        """The number of the key that signs."""
        return max(self._keys)

    def digest(self, number: int, purpose: bytes, text: bytes) -> bytes | None:
        """The keyed digest of `text` for one purpose; None where there is no such key."""
        key = self._keys.get(number)
        return None if key is None else hmac.digest(key, purpose + b"\0" + text, hashlib.sha256)


def ring_of(text: str) -> Ring:
    """The keys in a text such as `2:KEY 1:KEY`; a key alone has the number 1. Raises ValueError without showing it."""
    keys: dict[int, bytes] = {}
    for piece in text.split():
        head, colon, tail = piece.partition(":")
        number, key = (int(head), tail) if colon and head.isdecimal() and len(head) < 4 else (1, piece)
        if len(key) < SHORTEST or number in keys:
            raise ValueError(f"key {number}: expected once, with at least {SHORTEST} characters, found {len(key)}")
        keys[number] = key.encode()
    return Ring(keys)


class Tap(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says. `reader` is a mark that `is_of` compares; `matter` is empty for what is about digests."""

    button: Button
    matter: str
    until: datetime
    reader: bytes
    key: int


class BadTap(Exception):
    """A token that does nothing; `tap` is there where it was ours and its time is over."""

    def __init__(self, why: Literal["forged", "expired"], tap: Tap | None = None) -> None:
        """Without the token: it is in no log."""
        super().__init__(why)
        self.why, self.tap = why, tap


def token(ring: Ring, button: Button, matter: str, reader: Recipient, until: datetime) -> str:
    """A signed token that ends with the hour in which `until` lies. Raises ValueError for what is no matter's id."""
    if bool(matter) is (button in OF_DIGESTS) or (matter and not _MATTER.fullmatch(matter)):
        raise ValueError(f"matter {matter!r}: expected 20 hexadecimal digits, and none for {', '.join(_ABOUT_NONE)}")
    number = ring.newest
    hour = -((_EPOCH - until) // _HOUR)  # rounded up
    said = bytes([number, _NUMBERS[button]]) + hour.to_bytes(3, "big") + bytes.fromhex(matter or "00" * 10)
    signed = said + _mark(ring, number, reader)
    return base64.urlsafe_b64encode(signed + _sign(ring, number, signed)).decode()


def opened(ring: Ring, text: str, now: datetime) -> Tap:
    """What a token says, once its signature is found right; raises BadTap."""
    raw = _bytes_of(text)
    said, signature = raw[:-_SIGNATURE], raw[-_SIGNATURE:]
    button = _BUTTONS.get(said[1]) if len(said) > 1 else None
    expected = _sign(ring, said[0], said) if said else b""
    if not expected or not hmac.compare_digest(signature, expected) or button is None:
        raise BadTap("forged")
    until = _EPOCH + int.from_bytes(said[2:5], "big") * _HOUR
    matter = "" if button in OF_DIGESTS else said[5:15].hex()
    tap = Tap(button=button, matter=matter, until=until, reader=said[15:], key=said[0])
    if now >= until:
        raise BadTap("expired", tap)
    return tap


def _bytes_of(text: str) -> bytes:
    """The bytes of a token; none where another text means the same ones."""
    try:
        raw = base64.b64decode(text, altchars=b"-_", validate=True) if len(text) == LENGTH else b""
    except (binascii.Error, ValueError):
        return b""
    return raw if base64.urlsafe_b64encode(raw).decode() == text else b""


def is_of(ring: Ring, tap: Tap, reader: Recipient) -> bool:
    """Whether it was made for this reader."""
    return hmac.compare_digest(tap.reader, _mark(ring, tap.key, reader))


def _mark(ring: Ring, number: int, reader: Recipient) -> bytes:
    """A reader without the address: keyed, so that nobody tries telephone numbers against it."""
    return (ring.digest(number, b"zhiban reader", reader.name.encode("utf-8", "surrogatepass")) or b"")[:_READER]


def _sign(ring: Ring, number: int, said: bytes) -> bytes:
    return (ring.digest(number, b"zhiban tap", said) or b"")[:_SIGNATURE]


# -- the links of a letter -------------------------------------------------------------------------------------------


class Links(msgspec.Struct, frozen=True, kw_only=True):
    """How links are made: keys, the address that people reach us by, and for how long a letter's links are good."""

    ring: Ring
    public: str
    last: timedelta = timedelta(days=14)

    def to(self, button: Button, matter: str, reader: Recipient, until: datetime) -> str:
        """The address of one button."""
        place = "u" if button in OF_DIGESTS else "t"
        return f"{self.public.rstrip('/')}/{place}/{token(self.ring, button, matter, reader, until)}"


# Letters in which there is nothing to be done about a matter.
_QUIET = frozenset(
    {
        Reason.RESOLVED, Reason.TEST, Reason.STALLED, Reason.UNDELIVERED, Reason.CONTACT_LEFT,
        Reason.CONTACT_SILENT, Reason.ANSWERED,
    }
)  # fmt: skip
OF_POSTS = frozenset({Button.HOLDS, Button.VACATED})
OF_REQUESTS = frozenset({Button.GRANT, Button.REFUSE})
# Where a chat has buttons, they are these.
IN_PLACE = frozenset({Button.ACK, Button.FIXED, Button.DISMISS}) | OF_POSTS | OF_REQUESTS
LEAVING = timedelta(days=60)  # for which the link that ends a digest is good (RFC 8058 asks for a long time)
_AGED = ("MED-", "WEB-")
MANY = 10  # points of a letter: of more, each has only its first two buttons


def buttons(rule: str) -> tuple[Button, ...]:
    """What may be done about a matter of this rule, in the order in which buttons stand."""
    if rule == POST:
        return (Button.HOLDS, Button.VACATED)
    if rule == REQUEST:
        return (Button.GRANT, Button.REFUSE)
    if rule.startswith("OWN-"):
        return (Button.ACK,)
    asked = (Button.NOT_OURS, Button.EXEMPT, *((Button.SHUTDOWN,) if rule.startswith(_AGED) else ()))
    return (Button.ACK, Button.FIXED, Button.DISMISS, *asked)


def linked(letter: Letter, links: Links) -> Letter:
    """The letter with a link for each button of each point that stands; a digest with the one that ends it.

    The same letter gets the same links at each attempt, as long as the keys are the same.
    """
    if letter.reason in _QUIET:
        return letter
    if letter.digest is not None:
        ended = msgspec.structs.replace(letter.digest, unsubscribe=leaving(letter, links))
        return msgspec.structs.replace(letter, digest=ended)
    return msgspec.structs.replace(letter, points=tuple(_linked(point, letter, links) for point in letter.points))


def leaving(letter: Letter, links: Links) -> str:
    """The link by which the reader of a digest wants no more of them, for its `List-Unsubscribe` too."""
    return links.to(Button.LEAVE, "", Recipient(letter.channel, letter.to), letter.written_at + LEAVING)


def matters_of(letter: Letter) -> tuple[str, ...]:
    """The matters of a letter about which something may be done by a code: it grants nothing."""
    told = () if letter.reason in _QUIET or letter.reason is Reason.REQUEST else letter.points
    return tuple(point.alert for point in told if _stands(point))


def pressed_in_place(letter: Letter, ring: Ring, last: timedelta) -> Letter:
    """The letter with the buttons that a chat has under it; for links is left what somebody else grants."""
    if letter.reason in _QUIET:
        return letter
    until, reader = _ends(letter, last), Recipient(letter.channel, letter.to)

    def pressed(point: Point) -> Point:
        if not _stands(point):
            return point
        own = [button for button in buttons(point.rule) if button in IN_PLACE]
        made = (Press(label(b, point.rule, letter.language), token(ring, b, point.alert, reader, until)) for b in own)
        return msgspec.structs.replace(point, presses=tuple(made))

    return msgspec.structs.replace(letter, points=tuple(pressed(point) for point in letter.points))


def _stands(point: Point) -> bool:
    return point.level != "ok" and buttons_are_for(point.alert)


def buttons_are_for(name: str) -> bool:
    """Whether an id is a matter's, an incident's or a question's, and not what lapses."""
    return _MATTER.fullmatch(name) is not None


def _linked(point: Point, letter: Letter, links: Links) -> Point:
    if not _stands(point):
        return point
    return msgspec.structs.replace(point, actions=tuple(_actions(point, letter, links)))


def _actions(point: Point, letter: Letter, links: Links) -> Iterator[Action]:
    reader = Recipient(letter.channel, letter.to)
    wanted = [button for button in buttons(point.rule) if not (point.presses and button in IN_PLACE)]
    for button in wanted[: 2 if len(letter.points) > MANY else None]:
        url = links.to(button, point.alert, reader, _ends(letter, links.last))
        yield Action(label(button, point.rule, letter.language), url)


def _ends(letter: Letter, last: timedelta) -> datetime:
    """When its links end; what a contact is asked, with the quarter for which it is asked."""
    return next_quarter(letter.written_at) if letter.reason is Reason.CONFIRM_CONTACT else letter.written_at + last


def label(button: Button, rule: str, language: str) -> str:
    """What stands on a button."""
    special = "answered" if button is Button.FIXED and rule.startswith(("MSG-", "FINDERR-")) else button.value
    return say(language, f"button.{special}")
