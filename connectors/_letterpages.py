"""Letters in pages: a table or a list under headings, rows that label their values, and a letter's own page."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from urllib.parse import urlsplit

import msgspec

from connectors._letters import Letter, field_of, letter_of, state_of
from connectors._links import Link, address, base_of, links, title_of
from connectors._spots import Spot, spots
from connectors._tree import Tree, grow

MOST = 500  # letters of one page
_CELLS = range(3, 17)
_MOST_HEADS = 20  # rows of headings that are tried
_MOST_BELOW = 30  # nodes in one heading
_LEVELS = 9  # how far above its link a row may reach
_MOST_TEXTS = 40  # of one row
_NEEDED = frozenset({"asked", "accepted", "answered", "shown", "state"})
_CALL = re.compile(r"\(\s*['\"]?([0-9A-Za-z-]{3,64})['\"]?\s*[,)]")
_NEXT = re.compile(r"\W{0,9}下一?页\W{0,9}")
_REPLY = 6_000  # characters
_END = re.compile(r"(?:上|下)一[篇条封]|关闭(?:窗口|本页)?|打印|分享|返回|版权|主办单位|满意度|评价|附件")


def letters_of(text: str, url: str, asked_at: datetime, known: Mapping[str, str]) -> list[Letter]:
    """The letters that a list page shows, in its order; `known` are words of states that the generic reading lacks."""
    tree = grow(text)
    base = base_of(tree, url)
    found = _under_headings(tree, base, asked_at, known) or _labelled_rows(tree, base, asked_at, known)
    return distinct(found)


def distinct(found: Iterable[Letter | None]) -> list[Letter]:
    """Each letter once, at most MOST."""
    once: dict[str, Letter] = {}
    for letter in found:
        if letter is not None:
            once.setdefault(letter.id, letter)
    return list(once.values())[:MOST]


def next_page(text: str, url: str) -> str:
    """Where 下一页 leads, "" where it leads nowhere."""
    if not _NEXT.search(text):
        return ""
    tree = grow(text)
    base = base_of(tree, url)
    for node in tree.links:
        if _NEXT.fullmatch(tree.text(node, 12)):
            return address(tree, node, base)
    return ""


# -- under headings ----------------------------------------------------------------------------------------------------


def _under_headings(tree: Tree, base: str, asked_at: datetime, known: Mapping[str, str]) -> list[Letter | None]:
    """The rows of as many cells as some row of headings has, the heading with most rows first."""
    kids = _kids(tree)
    best: tuple[list[str], list[int]] = ([], [])
    heads = {head: names for head, cells in kids.items() if (names := _headings(tree, cells))}
    rows_of = {node: len(cells) for node, cells in kids.items() if node not in heads}
    for head, names in islice(heads.items(), _MOST_HEADS):
        rows = _rows_under(tree, rows_of, head, len(names))
        best = max(best, (names, rows), key=lambda one: len(one[1]))
    names, rows = best
    return [_row(tree, row, dict(zip(names, kids[row], strict=True)), base, asked_at, known) for row in rows]


def _kids(tree: Tree) -> dict[int, list[int]]:
    """The elements right below each element that may be a row."""
    kids: dict[int, list[int]] = {}
    for node, tag in enumerate(tree.tags):
        if tag != "-text" and tree.parents[node] >= 0:
            kids.setdefault(tree.parents[node], []).append(node)
    return {node: cells for node, cells in kids.items() if len(cells) in _CELLS}


def _headings(tree: Tree, cells: Sequence[int]) -> list[str]:
    """The fields that these cells head; none where they are no headings of letters. A name that is not known is a
    column of its own that nobody reads."""
    if any(tree.ends[cell] - cell > _MOST_BELOW for cell in cells):
        return []
    names = [field_of(tree.text(cell, 20)) or f"-{number}" for number, cell in enumerate(cells)]
    named = [name for name in names if not name.startswith("-")]
    fits = len(named) >= 3 or (len(named) == len(cells) - 1 and len(named) >= 2)
    told = {"id", "title"} & set(named) and _NEEDED & set(named)
    return names if fits and told and len(set(named)) == len(named) else []


def _rows_under(tree: Tree, rows_of: Mapping[int, int], head: int, count: int) -> list[int]:
    """The rows below a heading, of as many cells: in its table, else in the lowest element around it that has any."""
    outer = head
    for _ in range(4):
        outer = tree.parents[outer]
        if outer < 0 or tree.tags[outer] == "html":
            return []
        below = range(tree.ends[head] + 1, tree.ends[outer] + 1)
        rows = [node for node in below if rows_of.get(node) == count]
        if rows:
            return rows[:MOST]
    return []


def _row(
    tree: Tree, row: int, cells: Mapping[str, int], base: str, asked_at: datetime, known: Mapping[str, str]
) -> Letter | None:
    told = {name: tree.text(cell, 300) for name, cell in cells.items() if not name.startswith("-")}
    if not any(told.get(name) for name in _NEEDED):
        return None  # as many cells, but no letter
    link = _link(tree, row, cells.get("title", row))
    url, key = "", ""
    if link >= 0:
        url, key = address(tree, link, base), _call(tree.attributes[link])
        told["title"] = title_of(tree, link, set()) or told.get("title", "")
    return letter_of(told, url, asked_at, known=known, key=key)


def _link(tree: Tree, row: int, title: int) -> int:
    """The row's link: in the title's cell, else the first in the row, else the one around it; -1 for none."""
    for outer in (title, row):
        first = bisect_left(tree.links, outer)
        if first < len(tree.links) and tree.inside(tree.links[first], outer):
            return tree.links[first]
    around = tree.parents[row]
    return around if around >= 0 and tree.tags[around] == "a" else -1


def _call(attributes: Mapping[str, str | None]) -> str:
    """What a link's script is called with."""
    found = _CALL.search(f"{attributes.get('href') or ''} {attributes.get('onclick') or ''}")
    return found[1] if found else ""


# -- rows that label their values --------------------------------------------------------------------------------------


def _labelled_rows(tree: Tree, base: str, asked_at: datetime, known: Mapping[str, str]) -> list[Letter | None]:
    """The rows of the links that look most like letters, with whatever each row labels."""
    dates = spots(tree, asked_at)
    groups: dict[int, list[Link]] = {}
    for link in links(tree, base, dates):
        groups.setdefault(tree.shapes[link.node], []).append(link)
    best: list[tuple[Link, dict[str, str]]] = []
    for group in groups.values():
        rows = [(link, _told(tree, link, host, dates, known)) for link, host in _hosts(tree, group)]
        rows = [(link, told) for link, told in rows if len(told.keys() & _NEEDED) > 0]
        best = max(best, rows, key=lambda found: sum(len(told) for _, told in found))
    return [
        letter_of(told, link.url, asked_at, known=known, key=_call(tree.attributes[link.node])) for link, told in best
    ]


def _hosts(tree: Tree, group: Sequence[Link]) -> Iterator[tuple[Link, int]]:
    """Each link with the highest element around it that holds no other of its group."""
    nodes = [link.node for link in group]
    for link in group[:MOST]:
        host = link.node
        for _ in range(_LEVELS):
            outer = tree.parents[host]
            shared = bisect_right(nodes, tree.ends[outer]) - bisect_left(nodes, outer) > 1
            if outer < 0 or shared or tree.tags[outer] in ("body", "html"):
                break
            host = outer
        yield link, host


def _told(tree: Tree, link: Link, host: int, dates: Sequence[Spot], known: Mapping[str, str]) -> dict[str, str]:
    """What a row labels; a short text that is a state is one, and its one date without a label is `shown`."""
    row = [at for at in range(host, tree.ends[host] + 1) if at in tree.texts]
    if len(row) > _MOST_TEXTS:
        return {}  # the page around a single link
    told = labelled([tree.texts[at] for at in row])
    state = next((tree.texts[at] for at in row if _is_state(tree.texts[at], known)), "")
    if state:
        told.setdefault("state", state)
    first = bisect_left(dates, host, key=lambda spot: spot.node)
    within = [spot for spot in dates[first : first + 3] if tree.inside(spot.node, host)]
    if within and not told.keys() & {"asked", "accepted", "answered", "shown"}:
        told["shown"] = within[0].day.isoformat()
    return told | {"title": link.title}


def _is_state(text: str, known: Mapping[str, str]) -> bool:
    return len(text) <= 8 and bool(state_of(text, known))


_LABEL = re.compile(
    r"(?P<name>[\u4e00-\u9fff]{2,8})\s*[】\]]?\s*[:：]\s*(?P<value>.*?)(?=\s+[【\[]?[\u4e00-\u9fff]{2,8}\s*[】\]]?\s*[:：]|$)"
)


def labelled(lines: Sequence[str]) -> dict[str, str]:
    """The fields that lines label (`答复时间：2026-11-03`), the value behind the label or in the next line."""
    told: dict[str, str] = {}
    for number, line in enumerate(lines):
        for name, value in _pairs(line):
            field = field_of(name)
            if field and not told.get(field):
                told[field] = value or _following(lines, number + 1, field)
    return told


def _pairs(line: str) -> list[tuple[str, str]]:
    found = [(one["name"], one["value"].strip()) for one in _LABEL.finditer(line[:_REPLY])]
    return found or ([(line, "")] if field_of(line) else [])


def _following(lines: Sequence[str], start: int, field: str) -> str:
    """The value below a label: one line; of a reply all lines up to the next label or the page's controls."""
    taken: list[str] = []
    for line in lines[start : start + (200 if field == "reply" else 1)]:
        if any(field_of(name) for name, _ in _pairs(line)) or (field == "reply" and _is_end(line)):
            break
        taken.append(line)
    return "\n".join(taken)[:_REPLY]


def _is_end(line: str) -> bool:
    return len(line) <= 20 and bool(_END.search(line))


# -- a letter's own page -----------------------------------------------------------------------------------------------


def with_own_page(letter: Letter, text: str, asked_at: datetime, known: Mapping[str, str]) -> Letter:
    """The letter with what its own page labels; what the list tells already stays, but a state that a page that was
    opened for it says is the newer one."""
    tree = grow(text)
    told = labelled(list(tree.texts.values()))
    own = letter_of(told | {"id": letter.id}, letter.url, asked_at, known=known)
    if own is None:
        return letter
    merged = {
        name: getattr(letter, name) or getattr(own, name)
        for name in ("asked", "accepted", "answered", "shown", "channel", "category", "unit")
    }
    return msgspec.structs.replace(letter, state=own.state or letter.state, reply=own.reply, **merged)


def same_site(one: str, other: str) -> bool:
    """Whether two addresses are of one host."""
    return _host(one) == _host(other) != ""


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower().removeprefix("www.")
