"""From a page's bytes to its text: what the bytes are, before what anybody declares."""

from __future__ import annotations

import codecs
import re

_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]{2,30})""", re.IGNORECASE)
_HEADER = re.compile(r"""charset\s*=\s*["']?([\w-]{2,30})""", re.IGNORECASE)
_XML = re.compile(rb"""<\?xml[^>]{0,100}encoding\s*=\s*["']([\w-]{2,30})""")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def text_of(body: bytes, kind: str = "") -> str:
    """The text of `body`, whose content type is `kind`. Wrong bytes become U+FFFD; never raises."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    # Bytes that are valid UTF-8 beyond ASCII are UTF-8, whatever a template copied from a GB page declares.
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError:
        return body.decode(_declared(body, kind), "replace")


def _declared(body: bytes, kind: str) -> str:
    found = _META.search(body, 0, 4_096) or _XML.search(body, 0, 200)
    named = _HEADER.search(kind)
    for name in ((found[1].decode("ascii") if found else ""), (named[1] if named else "")):
        try:
            known = codecs.lookup(name).name if name else ""
        except LookupError:
            continue
        if known in ("big5", "big5hkscs", "shift_jis", "euc_jp", "utf-16", "utf-16-le", "utf-16-be"):
            return known
        if known == "utf-8":
            return "utf-8"
    # gb2312 and gbk are declared where gb18030 is meant, its superset.
    return "gb18030"
