"""An HTML page as a flat tree: arrays in document order, so that every walk over it is a loop with a known end.

selectolax (lexbor) parses; one traversal copies what the list reader needs. A node is its index; the subtree of
`i` is `range(i, tree.ends[i] + 1)`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser

MOST_NODES = 200_000
MOST_DEPTH = 1_000
_SILENT = frozenset({"script", "style", "noscript", "template", "textarea", "select", "title", "svg", "iframe"})
_INLINE = frozenset(
    {"a", "abbr", "b", "big", "em", "font", "i", "label", "mark", "small", "span", "strong", "sub", "sup", "u"}
)
_TAGS = re.compile(r"<(/?)([a-zA-Z][\w-]{0,20})")
# Elements that are void, or that end by themselves where the next one begins.
_NO_DEPTH = frozenset(
    {
        "li",
        "p",
        "td",
        "tr",
        "th",
        "dt",
        "dd",
        "tbody",
        "thead",
        "option",
        "br",
        "img",
        "input",
        "link",
        "meta",
        "hr",
        "a",
    }
    | {"area", "base", "col", "embed", "param", "source", "track", "wbr", "html", "head", "body", "form", "script"}
)
_BLANK = re.compile(r"[\s\u00a0\u200b\u3000\ufeff]+")
_VOLATILE = re.compile(r"\d+|\b(?:odd|even|first|last|active|cur|current|on|hover|line)\b")


class Tree:
    """The page's elements and texts. `shapes[i]` is one number per path of tags and classes from the root."""

    __slots__ = ("attributes", "ends", "gaps", "links", "parents", "shapes", "tags", "texts", "words")

    def __init__(self) -> None:
        """Start empty; `grow` fills it."""
        self.tags: list[str] = []
        self.parents: list[int] = []
        self.ends: list[int] = []
        self.shapes: list[int] = []
        self.words: list[str] = []  # class and id of an element, lower case
        self.texts: dict[int, str] = {}  # index of a text node: its text, blanks squeezed
        self.gaps: set[int] = set()  # text nodes that do not touch the text before them
        self.links: list[int] = []
        self.attributes: dict[int, dict[str, str | None]] = {}  # of links, images and base

    def inside(self, node: int, outer: int) -> bool:
        """Whether `node` is `outer` or below it."""
        return outer <= node <= self.ends[outer]

    def text(self, node: int, most: int = 2_000) -> str:
        """The text below `node`, blanks squeezed, at most `most` characters."""
        nodes: list[int] = []
        room = most
        for index in range(node, self.ends[node] + 1):
            if part := self.texts.get(index):
                nodes.append(index)
                room -= len(part)
                if room < 0:
                    break
        return self.joined(nodes)[:most]

    def joined(self, nodes: list[int]) -> str:
        """These text nodes as one text: `<b>通</b>知` is one word, `<p>通</p><p>知</p>` two."""
        return "".join((" " if at in self.gaps else "") + self.texts[at] for at in nodes).strip()


def squeeze(text: str) -> str:
    """`text` with every run of blanks (full-width and no-break ones too) as one space."""
    if "\u200b" in text or "\ufeff" in text:
        return _BLANK.sub(" ", text).strip()
    return " ".join(text.split())


def grow(text: str) -> Tree:
    """Parse `text`. Scripts, styles and forms' options are left out; at most MOST_NODES nodes are kept."""
    tree = Tree()
    root = LexborHTMLParser(shallow(text)).root
    if root is None:
        return tree
    places: dict[int, int] = {}
    gap = True
    shapes: dict[tuple[int, str, str], int] = {}
    for node in root.traverse(include_text=True):
        if len(tree.tags) >= MOST_NODES:
            break
        outer = node.parent
        parent = places.get(outer.mem_id, -1) if outer is not None else -1
        if parent < 0 and tree.tags:
            continue  # below something silent
        tag = node.tag or ""
        if tag == "-text":
            raw = node.text_content or ""
            words = squeeze(raw)
            gap = gap or raw[:1].isspace()
            if words:
                index = _add(tree, shapes, parent, tag, "")
                tree.texts[index] = words
                if gap:
                    tree.gaps.add(index)
            gap = raw[-1:].isspace() if words else gap
        elif tag not in _SILENT and not tag.startswith(("-", "_")):
            places[node.mem_id] = _element(tree, shapes, parent, tag, node.attributes)
            gap = gap or tag not in _INLINE
    _close(tree)
    return tree


def shallow(text: str) -> str:
    """`text` up to where elements stand over MOST_DEPTH deep: the parser's time grows with the square of the depth."""
    if text.count("<") <= MOST_DEPTH:
        return text
    depth = 0
    for found in _TAGS.finditer(text):
        if found[2].lower() in _NO_DEPTH:
            continue
        depth += -1 if found[1] else 1
        if depth > MOST_DEPTH:
            return text[: found.start()]
        depth = max(depth, 0)
    return text


def _element(
    tree: Tree, shapes: dict[tuple[int, str, str], int], parent: int, tag: str, attributes: dict[str, str | None]
) -> int:
    named = attributes and ("class" in attributes or "id" in attributes)
    words = f"{attributes.get('class') or ''} {attributes.get('id') or ''}".strip().lower()[:200] if named else ""
    index = _add(tree, shapes, parent, tag, words)
    if tag == "a":
        tree.links.append(index)
    if tag in ("a", "img", "base", "meta"):
        tree.attributes[index] = attributes
    return index


def _add(tree: Tree, shapes: dict[tuple[int, str, str], int], parent: int, tag: str, words: str) -> int:
    index = len(tree.tags)
    above = tree.shapes[parent] if parent >= 0 else -1
    tree.tags.append(tag)
    tree.parents.append(parent)
    tree.ends.append(index)
    tree.words.append(words)
    tree.shapes.append(shapes.setdefault((above, tag, _steady(words) if words else ""), len(shapes)))
    return index


@lru_cache(maxsize=4_096)
def _steady(words: str) -> str:
    """Templates number their blocks and mark every other row: the same list must keep the same shape."""
    return _VOLATILE.sub("", words)


def _close(tree: Tree) -> None:
    for index in range(len(tree.tags) - 1, 0, -1):
        parent = tree.parents[index]
        if parent >= 0 and tree.ends[index] > tree.ends[parent]:
            tree.ends[parent] = tree.ends[index]
