"""Rows: a link and the date that belongs to it, wherever the template puts the two."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date, datetime

import msgspec

from connectors._dates import date_in_url
from connectors._links import Link
from connectors._spots import Spot
from connectors._tree import Tree

Key = tuple[int, str]
MOST_ITEMS = 2_000
_MOST_BESIDE = 12  # links that a row may hold: a document with all its interpretations and annexes
_LEVELS = 9  # how far above its date a row may reach


class Row(msgspec.Struct, frozen=True):
    """One candidate item. `host` is the row's element, `key` is shared by the rows of one list."""

    host: int
    key: Key
    link: Link
    day: date | None = None
    at: datetime | None = None
    shown: bool = False  # the page itself shows the date

    @property
    def order(self) -> int:
        """Where it stands in the page."""
        return self.link.node


def rows(tree: Tree, links: list[Link], dates: list[Spot]) -> list[Row]:
    """Every row with a shown date, and its undated sisters, in document order."""
    nodes = [link.node for link in links]
    hosts: dict[int, list[Spot]] = {}
    for spot in dates:
        host = _host(tree, nodes, spot)
        if host >= 0:
            hosts.setdefault(host, []).append(spot)
    found: list[Row] = []
    for host, here in _apart(tree, hosts).items():
        start = bisect_left(nodes, host)
        within = links[start : min(bisect_right(nodes, tree.ends[host]), start + MOST_ITEMS)]
        found += _pair(tree, host, within, here[:MOST_ITEMS]) if within else []
    found += _sisters(tree, links, found)
    return sorted(found, key=lambda row: row.order)


def _host(tree: Tree, nodes: list[int], spot: Spot) -> int:
    """The lowest element above a date that holds a link, or is one."""
    outer = tree.parents[spot.node]
    for _ in range(_LEVELS):
        if outer < 0 or tree.tags[outer] in ("body", "html"):
            return outer if outer >= 0 and tree.tags[outer] == "body" else -1
        at = bisect_left(nodes, outer)
        if at < len(nodes) and nodes[at] <= tree.ends[outer]:
            return outer
        outer = tree.parents[outer]
    return -1


def _apart(tree: Tree, hosts: dict[int, list[Spot]]) -> dict[int, list[Spot]]:
    """Hosts without those inside another row, and without outer ones that only hold a clock above whole lists."""
    inner: dict[int, list[int]] = {}
    stack: list[int] = []
    for host in sorted(hosts):
        while stack and not tree.inside(host, stack[-1]):
            stack.pop()
        if stack:
            inner.setdefault(stack[-1], []).append(host)
        stack.append(host)
    gone: set[int] = set()
    for outer, within in inner.items():
        if outer in gone:
            continue
        gone |= {outer} if len(within) > max(2, len(hosts[outer])) else set(within)
    return {host: spots for host, spots in hosts.items() if host not in gone}


def _pair(tree: Tree, host: int, within: list[Link], dates: list[Spot]) -> list[Row]:
    key = (tree.shapes[max(tree.parents[host], 0)], tree.tags[host])
    distinct = {link.url or link.title for link in within}
    if len(dates) == 1 and len(distinct) > _MOST_BESIDE:
        return []  # a clock above a menu
    if len(dates) == 1 or len(distinct) == 1 or (len(distinct) <= 3 and len(dates) == 2 and _adjacent(dates, within)):
        spot = _best_date(dates)
        return [Row(host, key, _best_link(within), spot.day, spot.at, shown=True)]
    return _flat(tree, host, within, dates)


def _adjacent(dates: list[Spot], within: list[Link]) -> bool:
    """Whether no link stands between the two dates: a written and a published day of one row."""
    return not any(dates[0].node < link.node < dates[1].node for link in within)


def _best_date(dates: list[Spot]) -> Spot:
    labelled = [spot for spot in dates if spot.label]
    # Of a written day (成文) and a published one the later is the publication.
    return max(labelled or dates, key=lambda spot: spot.day)


def _best_link(within: list[Link]) -> Link:
    """The row's title: the first link that is not dwarfed by another (a category before it is)."""
    longest = max(len(link.title) for link in within[:50])
    return next(link for link in within if len(link.title) >= min(0.45 * longest, 12))


def _flat(tree: Tree, host: int, within: list[Link], dates: list[Spot]) -> list[Row]:
    """Rows without elements of their own (`<a> date <br>`, dt and dd): each date goes to the link before or after."""
    nodes = [link.node for link in within]
    ahead = dates[0].node < nodes[0]
    found: dict[int, Row] = {}
    for spot in dates:
        at = bisect_left(nodes, spot.node) - (0 if ahead else 1)
        if 0 <= at < len(within) and at not in found:
            key = (tree.shapes[host], "flat")
            found[at] = Row(host, key, within[at], spot.day, spot.at, shown=True)
    return list(found.values())


def _sisters(tree: Tree, links: list[Link], dated: list[Row]) -> list[Row]:
    """Undated rows between the dated ones: same parent, same tag, a link and no date."""
    parents = {tree.parents[row.host]: row for row in dated if row.key[1] != "flat"}
    taken = {row.host for row in dated}
    found: list[Row] = []
    for link in links:
        at = link.node
        for _ in range(_LEVELS):
            if at in taken or at < 0:
                break
            if (row := parents.get(tree.parents[at])) and tree.tags[at] == tree.tags[row.host]:
                taken.add(at)
                found.append(_undated(at, row.key, link))
                break
            at = tree.parents[at]
    return found


def _undated(host: int, key: Key, link: Link) -> Row:
    return Row(host, key, link, date_in_url(link.url))


def bare(tree: Tree, links: list[Link], taken: set[int]) -> list[Row]:
    """Links without any shown date, as rows keyed by the link's own shape."""
    return [_undated(link.node, (tree.shapes[link.node], "bare"), link) for link in links if link.node not in taken]
