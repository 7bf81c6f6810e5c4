"""Rows to bytes and back: a bundle's states are typed by their rules, so decoding needs the rules."""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec

from streams.codec import encode
from streams.folding import Unborn
from streams.looks import Look
from streams.messages import Case
from streams.rows import Aside, Bundle, Claim, Open, Part
from streams.rules import Rules
from streams.subjects import Source, Subject


class _PartDocument(msgspec.Struct, frozen=True):
    stage: int
    rule: str
    state: msgspec.Raw
    due: datetime | None = None
    opens: tuple[Open, ...] = ()
    aside: Aside | None = None


class _BundleDocument(msgspec.Struct, frozen=True):
    source: Source | None
    parts: tuple[_PartDocument, ...] = ()
    due: datetime | None = None
    ask: datetime | None = None
    last: Look | None = None
    waiting: tuple[Case, ...] = ()
    as_of: datetime | None = None
    claims: tuple[Claim, ...] = ()


class _Head(msgspec.Struct, frozen=True):
    source: Source | None


_UNBORN = encode(Unborn())
_decode_head = msgspec.json.Decoder(_Head).decode
_decode_bundle = msgspec.json.Decoder(_BundleDocument).decode
decode_subject = msgspec.json.Decoder(Subject).decode


def encode_bundle(bundle: Bundle) -> bytes:
    """The bundle as JSON."""
    return encode(bundle)


def source_in(data: bytes) -> Source | None:
    """The source of an encoded bundle, without the rest of it."""
    return _decode_head(data).source


def decode_bundle(rules: Rules, data: bytes) -> Bundle:
    """The bundle again. A state that these rules cannot read becomes `Unborn`: it begins anew at the next version."""
    document = _decode_bundle(data)
    parts = [_part(rules, part) for part in document.parts]
    found = document
    return Bundle(found.source, parts, found.due, found.ask, found.last, found.waiting, found.as_of, found.claims)


def _part(rules: Rules, part: _PartDocument) -> Part:
    key = (part.stage, part.rule)
    state: msgspec.Struct = Unborn()
    # An empty state would decode as some rule's: the mark itself is compared.
    if key in rules.laws and bytes(part.state) != _UNBORN:
        try:
            state = rules.decode_state[key](part.state)
        except msgspec.MsgspecError:
            state = Unborn()
    return Part(part.stage, part.rule, state, part.due, part.opens, part.aside)


def item_key(key: str) -> str:
    """The index's key of an item: short keys as they are, long ones by their hash."""
    return key if len(key) <= 40 else "#" + hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
