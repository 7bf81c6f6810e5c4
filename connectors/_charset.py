"""Bytes to text: what a page's charset really is, whatever it says of itself. Never raises.

Chinese sites declare gb2312 and send gbk, declare utf-8 and send gb18030, or let the server say ISO-8859-1. A
declaration is overruled when it cannot be right and another can; a character cut off at the end is no reason.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from typing import NamedTuple

BOUND = 10_000_000  # bytes that are decoded
_HEAD = 4096  # bytes in which a document may declare its charset


class Text(NamedTuple):
    """A decoded body: the text, the codec used, and the charset that was declared ("" where none was)."""

    text: str
    charset: str
    declared: str = ""

    @property
    def overruled(self) -> bool:
        """Whether what was declared could not be right."""
        return bool(self.declared) and self.declared != self.charset


def decode(body: bytes, headers: Mapping[str, str] | None = None) -> Text:
    """The text of `body`; `headers` have lower-case names. A byte order mark beats sense, and sense a declaration."""
    body = body[:BOUND]
    marked = _by_mark(body)
    if marked:
        return marked
    declared = _declared(body, headers or {})
    first = declared[0] if declared else ""
    tolerant = _as_utf8(body)
    if tolerant is not None:
        return Text(tolerant, "utf-8", first)
    if first == "cp1252" and _surely_gb(body):
        declared = []
    for charset in (*declared, "utf-8", "gb18030"):
        text = _strictly(body, charset)
        if text is not None:
            return Text(text, charset, first)
    return min((_loosely(body, charset, first) for charset in (*declared, "utf-8", "gb18030")), key=_damage)


_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)


def _by_mark(body: bytes) -> Text | None:
    for mark, charset in _MARKS:
        if body.startswith(mark):
            start = len(mark) if b"<" not in mark else 0
            return Text(_decoded(body[start:], charset, "replace"), charset)
    return None


# Every name of GB text means gb18030, the superset: real pages use characters beyond what they declare.
_GB = frozenset(
    ["gb2312", "gbk", "gb18030", "gb231280", "xgbk", "cp936", "ms936", "windows936", "euccn", "gb", "chinese"]
)
_SINGLE = {"iso88591": "cp1252", "latin1": "cp1252", "usascii": "utf-8", "ascii": "utf-8", "utf8": "utf-8"}
_SINGLE |= {"big5": "big5hkscs", "big5hkscs": "big5hkscs", "xxbig5": "big5hkscs", "shiftjis": "cp932", "sjis": "cp932"}
_SINGLE |= {"eucjp": "euc_jp", "euckr": "cp949", "ksc56011987": "cp949", "koi8r": "koi8_r", "koi8u": "koi8_u"}
_SINGLE |= {f"iso8859{n}": f"iso8859_{n}" for n in (2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16)}
_SINGLE |= {f"windows{n}": f"cp{n}" for n in range(1250, 1259)} | {f"cp{n}": f"cp{n}" for n in range(1250, 1259)}
# A body whose declaration could be read as ASCII is not UTF-16, whatever it says.
_SINGLE |= {"utf16": "utf-8", "utf16le": "utf-8", "utf16be": "utf-8", "unicode": "utf-8"}
_BYTEWISE = frozenset(c for c in _SINGLE.values() if c.startswith(("cp125", "iso8859", "koi8")))


def codec_of(name: str) -> str:
    """Our codec for a charset's name, or "" for one that we do not know."""
    plain = re.sub(r"[^a-z0-9]", "", name[:40].lower())
    return "gb18030" if plain in _GB else _SINGLE.get(plain, "")


_HTTP = re.compile(r"charset\s*=\s*[\"']?([^\s\"';,]{1,40})", re.IGNORECASE)
_XML = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9_.:-]{1,40})["']""")
_META = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)


def _declared(body: bytes, headers: Mapping[str, str]) -> list[str]:
    """The declared codecs in the order in which they are believed."""
    http = _HTTP.search(headers.get("content-type", ""))
    inside = [found[1].decode("ascii") for p in (_XML, _META) if (found := p.search(body[:_HEAD]))]
    codecs_ = [codec_of(name) for name in ([http[1]] if http else []) + inside]
    # A one-byte charset fits anything, and servers say it by default: it is believed last.
    return sorted(dict.fromkeys(c for c in codecs_ if c), key=lambda c: c in _BYTEWISE)


_ASCII = bytes(range(128))
_LONG = re.compile(b"[\xe0-\xf4]")  # begins a character of three bytes or more


def _as_utf8(body: bytes) -> str | None:
    """The body as UTF-8 if it surely is: three-byte characters, and at most one error to twenty of them.

    Other encodings practically never form them by chance (two-byte ones they do), while UTF-8 text passes as GB.
    """
    try:
        whole = body.decode("utf-8")
    except UnicodeDecodeError:
        return _mostly_utf8(body)
    return whole if len(whole) == len(body) or _LONG.search(body) else None


def _mostly_utf8(body: bytes) -> str | None:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(body, final=False)
    pending = len(decoder.getstate()[0])
    high = len(body.translate(None, _ASCII)) - pending
    if not high and not pending:
        return text
    bad = text.count("\ufffd") - body.count(b"\xef\xbf\xbd")
    characters = len(text) - (len(body) - pending - high)
    threes = high - 2 * characters + bad  # bytes beyond two for each character that was well formed
    return text if threes > 0 and bad * 20 <= characters - bad else None


_PAIRS = re.compile(rb"[\xa1-\xa9\xb0-\xd7][\xa1-\xfe]")


def _surely_gb(body: bytes) -> bool:
    """Whether high bytes come in pairs that are common Chinese: in Western text they stand alone."""
    high = len(body.translate(None, _ASCII))
    return high >= 8 and 2 * len(_PAIRS.findall(body)) >= 0.9 * high


def _decoded(body: bytes, charset: str, errors: str) -> str:
    """Decode, less a character that is cut off at the end."""
    return codecs.getincrementaldecoder(charset)(errors).decode(body, final=False)


def _strictly(body: bytes, charset: str) -> str | None:
    try:
        return _decoded(body, charset, "strict")
    except UnicodeDecodeError:
        return None


def _loosely(body: bytes, charset: str, declared: str) -> Text:
    return Text(_decoded(body, charset, "replace"), charset, declared)


def _damage(text: Text) -> int:
    return text.text.count("\ufffd")
