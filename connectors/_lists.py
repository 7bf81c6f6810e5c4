"""From rows to the list that the page is about: group by shape, score, choose; or all of them, on a home page."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from datetime import date, datetime
from urllib.parse import urlsplit

import msgspec

from connectors._links import Link, base_of, links
from connectors._rows import MOST_ITEMS, Key, Row, bare, rows
from connectors._spots import spots
from connectors._tree import Tree

_NAV = re.compile(
    r"(?:^|[\s_-])(?:nav|navi|menu|foot|footer|copyright|friend|friendlink|crumb|breadcrumbs?|position|location|dqwz|weizhi|"
    r"pages?|paging|pagination|login|search|toolbar|yqlj|links?|topbar|header|sitemap|tree)(?:$|[\s_-])"
    r"|(?:^|\s)(?:left_?nav|nav|menu|foot)"
)
# Not 热点 alone: 热点回应 is a column of its own.
_ASIDE = re.compile(
    r"热点(?:排行|文章|新闻|推荐|信息|资讯)|排行|推荐|相关(?:链接|阅读|新闻|文章|信息)|最热|热门|点击量|猜你|浏览最多|最新(?:发布|更新)"
)
_FOOT = re.compile(r"(?:^|[\s_-])(?:foot|footer|copyright|bottom)(?:$|[\s_-])")
_ELSEWHERE = re.compile(r"友情链接|网站地图|常用链接|快速链接|相关链接|主管单位|主办单位|联系我们")
_PAGES = re.compile(r"下一?页|尾页|末页|共\s*\d+\s*[页条]|第\s*\d+\s*页|上一?页")


class Found(msgspec.Struct, frozen=True):
    """An item as read from a page. `shown` says that the page shows the date (and not only the address)."""

    title: str
    url: str
    day: date | None = None
    at: datetime | None = None
    shown: bool = False


def items(tree: Tree, url: str, asked_at: datetime, everything: bool = False) -> list[Found]:
    """The items of the page's main list, in its order; with `everything`, all distinct dated ones of the page."""
    dates = spots(tree, asked_at)
    candidates = links(tree, base_of(tree, url), dates)
    dated = rows(tree, candidates, dates)
    taken = {row.link.node for row in dated}
    groups = _grouped(dated)
    groups.update(_plausible(_grouped(bare(tree, candidates, taken))))
    page = _Page(tree, url)
    scores = {key: page.score(group) for key, group in groups.items()}
    kept = _all(groups, scores) if everything else _chosen(groups, scores)
    return distinct([_found(row) for row in sorted(kept, key=lambda row: row.order)])


def distinct(found: list[Found]) -> list[Found]:
    """Without repeats (a picture and a title lead to one page), at most MOST_ITEMS; a title may stand on many days."""
    seen: dict[tuple[object, ...], Found] = {}
    for item in found:
        key = (item.url,) if item.url else (item.title, item.day)
        known = seen.get(key)
        if known is None:
            seen[key] = item
        elif known.day is None and item.day is not None:
            seen[key] = msgspec.structs.replace(known, day=item.day, at=item.at, shown=item.shown)
    return list(seen.values())[:MOST_ITEMS]


def _found(row: Row) -> Found:
    return Found(row.link.title, row.link.url, row.day, row.at, row.shown)


def _grouped(found: list[Row]) -> dict[Key, list[Row]]:
    groups: dict[Key, list[Row]] = {}
    for row in found:
        groups.setdefault(row.key, []).append(row)
    return groups


def _plausible(groups: dict[Key, list[Row]]) -> dict[Key, list[Row]]:
    """Groups without shown dates that may be lists of articles and not menus."""
    return {key: group for key, group in groups.items() if _articles(group)}


def _articles(group: list[Row]) -> bool:
    size = len(group)
    lengths = sum(min(len(row.link.title), 40) for row in group) / size
    dated = sum(row.day is not None for row in group) / size
    article = sum(row.link.article for row in group) / size
    if size == 1:
        return lengths >= 8 and (dated > 0 or article > 0)
    return (lengths >= 6 and dated >= 0.6) or (lengths >= 9 and article >= 0.6) or lengths >= 14


def _all(groups: dict[Key, list[Row]], scores: dict[Key, float]) -> list[Row]:
    """Every row with a date; where there is none at all, every row: the page lists titles only."""
    kept = [row for key, group in groups.items() if scores[key] > 0 for row in group]
    return [row for row in kept if row.day] or kept


def _chosen(groups: dict[Key, list[Row]], scores: dict[Key, float]) -> list[Row]:
    if not scores:
        return []
    best = max(scores, key=lambda key: scores[key])
    return groups[best] if scores[best] > 0 else []


class _Page:
    """What surrounds a group on its page."""

    def __init__(self, tree: Tree, url: str) -> None:
        self.tree = tree
        self.texts = list(tree.texts)
        self.folder = urlsplit(url).path.rsplit("/", 1)[0] + "/"
        self.host = urlsplit(url).netloc

    def score(self, group: list[Row]) -> float:
        """How much this group looks like the page's list; 0 for what is never one."""
        shown = any(row.shown for row in group)
        near = sum(self._near(row.link) for row in group) / len(group)
        if self._aside(group[0], shown, near) or _stray(group):
            return 0.0
        weight = sum(_weight(row) for row in group) * (1 + near)
        if self._within(group[0].host, _NAV):
            weight *= 0.6 if shown else 0.1  # dates are hardly ever in menus, but wrappers bear odd names
        return weight * (1.5 if _PAGES.search(self._after(group[-1])) else 1.0)

    def _near(self, link: Link) -> float:
        parts = urlsplit(link.url)
        return float(len(self.folder) > 1 and parts.netloc == self.host and parts.path.startswith(self.folder))

    def _aside(self, first: Row, shown: bool, near: float) -> bool:
        """Whether the group is beside the matter: a hot list of other columns' items, friends' links, a footer."""
        heading = self._before(first, 3)
        if (near < 0.5 and _ASIDE.search(heading)) or (not shown and _ELSEWHERE.search(heading)):
            return True
        return self._within(first.host, _FOOT)

    def _within(self, host: int, words: re.Pattern[str]) -> bool:
        at = host
        for _ in range(12):
            if at < 0:
                return False
            if self.tree.tags[at] in ("nav", "footer") or words.search(self.tree.words[at]):
                return True
            at = self.tree.parents[at]
        return False

    def _before(self, row: Row, most: int) -> str:
        """The short texts just before a group: its heading."""
        at = bisect_left(self.texts, row.host)
        near = [self.tree.texts[node] for node in self.texts[max(at - most, 0) : at]]
        return " ".join(text for text in near if len(text) <= 12)

    def _after(self, row: Row) -> str:
        end = max(self.tree.ends[row.host], row.link.node) if row.key[1] != "flat" else row.link.node
        at = bisect_right(self.texts, end)
        return " ".join(self.tree.texts[node][:40] for node in self.texts[at : at + 14])


def _stray(group: list[Row]) -> bool:
    """Whether a group of one is a breadcrumb beside an article's own date, and not a list of one item."""
    return len(group) == 1 and len(group[0].link.title) < 6 and not group[0].link.article


def _weight(row: Row) -> float:
    length = min(len(row.link.title), 24) / 24
    seen = 3.0 if row.shown else 1.2 if row.day else 0.6
    return seen * (0.15 + length)
