"""XML from strangers: decoded by us, without DTD and entities, of bounded depth, mended where it is broken."""

from __future__ import annotations

import html.entities
import re
from collections.abc import Mapping
from typing import NamedTuple
from xml.parsers import expat

from lxml import etree

from connectors._charset import decode

DEEPEST = 200  # elements in one another
MOST_ATTRIBUTES = 200  # of one element; feedparser's time grows with the square
MOST_ELEMENTS = 300_000  # each takes feedparser some 10 microseconds


class Broken(NamedTuple):
    """Why a body could not be read: the cause word, and for people what was found and what was expected."""

    cause: str
    detail: str


class Document(NamedTuple):
    """Well-formed text from its root on. `flaw` says where the original was not, `cut` that its end was missing."""

    text: str
    root: str
    flaw: str = ""
    cut: bool = False


_CONTROL = {c: None for c in range(32) if c not in {9, 10, 13}} | {0xFEFF: None, 0xFFFE: None, 0xFFFF: None}
_CONTROL_BYTES = bytes(c for c in _CONTROL if c < 32)
_NONCHARACTERS = re.compile(b"\xef\xbb\xbf|\xef\xbf[\xbe\xbf]")
_BEFORE = re.compile(r"(?:\s++|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*+>)*+", re.DOTALL | re.IGNORECASE)
_ROOT = re.compile(r"<((?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*))")
_HTML = frozenset({"html", "head", "body", "div", "script", "h1", "p", "title", "center"})


class Begun(NamedTuple):
    """Text from its root on, well-formed or not: `data` is the same in UTF-8, `tag` the root as it is written."""

    text: str
    data: bytes
    tag: str
    root: str


def open_xml(
    body: bytes, headers: Mapping[str, str], roots: frozenset[str], otherwise: str, most: int = MOST_ELEMENTS
) -> Document | Broken:
    """The XML document of `body` if its root is one of `roots` (lower case); else Broken, with cause `otherwise`.

    `most` is how many elements it may have.
    """
    begun = begin_xml(body, headers, roots, otherwise)
    return begun if isinstance(begun, Broken) else mend(begun, most)


def begin_xml(body: bytes, headers: Mapping[str, str], roots: frozenset[str], otherwise: str) -> Begun | Broken:
    """The text of `body` from its root on, as `open_xml` finds it; `mend` makes a document of it."""
    text = _cleaned(decode(body, headers).text)
    start = _BEFORE.match(text)
    at = start.end() if start else 0
    if text[at : at + 9].lower() == "<!doctype" or text[at : at + 8].lower() == "<!entity":
        return Broken("malformed", "the document declares its own DTD or entities, which is refused")
    found = _ROOT.match(text, at)
    if not found or found[2].lower() not in roots:
        found = _late_root(text, at, roots) or found
    if not found or found[2].lower() not in roots:
        what = "an HTML page" if found and found[2].lower() in _HTML else _begins(text[at:], found)
        return Broken(otherwise, f"expected <{'>, <'.join(sorted(roots))}>, found {what}")
    kept = text[found.start() :]
    return Begun(kept, kept.encode("utf-8"), found[1], found[2].lower())


def _cleaned(text: str) -> str:
    """Without characters that XML does not allow; the bytes are only looked through, for that takes a tenth."""
    data = text.encode("utf-8", "replace")
    if len(data.translate(None, _CONTROL_BYTES)) == len(data) and not _NONCHARACTERS.search(data):
        return data.decode() if b"?" in data else text
    return text.translate(_CONTROL).encode("utf-8", "replace").decode()


def _begins(text: str, found: re.Match[str] | None) -> str:
    return f"<{found[1][:40]}>" if found else f"text that begins with {text[:40].strip()!r}"


def _late_root(text: str, at: int, roots: frozenset[str]) -> re.Match[str] | None:
    """A root that stands behind a server's warnings; never inside an HTML page."""
    head = text[at : at + 16_384]
    if re.search(r"<(?:!doctype )?html", head, re.IGNORECASE):
        return None
    late = re.search(rf"<(?:[A-Za-z_][\w.-]*:)?(?:{'|'.join(sorted(roots))})[\s>]", head, re.IGNORECASE)
    return _ROOT.match(text, at + late.start()) if late else None


def mend(begun: Begun, most: int = MOST_ELEMENTS) -> Document | Broken:
    """The text as it is if it is well-formed, else with entities put right, else as lxml recovers it."""
    text, _, tag, root = begun
    try:
        flaw = _flaw_of(text, most)
        if not flaw:
            return Document(text, root)
        cut = f"</{tag}" not in text
        named = _ENTITY.sub(_put_right, text)
        if _flaw_of(named, most):
            named = _recovered(named)
            _flaw_of(named, most)  # for its bounds alone
        return Document(named, root, flaw, cut)
    except _Bound as bound:
        return Broken("malformed", str(bound))
    except (etree.XMLSyntaxError, ValueError, AssertionError) as error:
        return Broken("malformed", f"{error}"[:200])


class _Bound(Exception):
    """Nested or attributed beyond all sense."""


def _flaw_of(text: str, most: int) -> str:
    """Where the text is not well-formed, or ""; raises _Bound."""
    parser = expat.ParserCreate("utf-8", " ")
    depth = count = 0

    def enter(_name: str, attributes: Mapping[str, str]) -> None:
        nonlocal depth, count
        depth += 1
        count += 1
        if depth > DEEPEST or len(attributes) > MOST_ATTRIBUTES or count > most:
            bounds = f"nested deeper than {DEEPEST}, over {MOST_ATTRIBUTES} attributes or over {most} elements"
            raise _Bound(f"line {parser.CurrentLineNumber}: {bounds}")

    def leave(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartElementHandler = enter
    parser.EndElementHandler = leave
    try:
        parser.Parse(text.encode("utf-8"), True)  # noqa: FBT003 - expat takes it by position only
    except expat.ExpatError as error:
        return f"line {error.lineno}, column {error.offset}: {expat.ErrorString(error.code)}"
    return ""


_ENTITY = re.compile(r"<!\[CDATA\[(?:.*?\]\]>|.*)|&(?:#?(\w{1,31});)?", re.DOTALL)
_FIVE = frozenset({"amp", "lt", "gt", "quot", "apos"})


def _put_right(found: re.Match[str]) -> str:
    """Escape a bare ampersand, and write out an entity that only HTML knows; CDATA stays."""
    whole, name = found[0], found[1]
    if name in _FIVE or whole.startswith("<!"):
        return whole
    if whole.startswith("&#"):
        return whole if _is_character(name) else ""
    known = html.entities.html5.get(f"{name};", "")
    return known if known and known not in {"<", "&", ">"} else f"&amp;{whole[1:]}"


def _is_character(number: str) -> bool:
    """Whether a numeric reference names what XML allows: of a lone surrogate lxml makes bytes that are no text."""
    try:
        code = int(number[1:], 16) if number[:1] in {"x", "X"} else int(number)
    except ValueError:
        return False
    return code in {9, 10, 13} or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000


def _recovered(text: str) -> str:
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.fromstring(text.encode("utf-8"), parser)
    if root is None:
        raise ValueError("nothing in it can be read")
    return str(etree.tostring(root, encoding="unicode", with_tail=False))


def parse_tree(text: str) -> etree._Element:
    """The element tree of a Document's text; raises etree.XMLSyntaxError or ValueError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True)
    root = etree.fromstring(text.encode("utf-8"), parser)
    if root is None:
        raise ValueError("nothing in it can be read")
    return root
