"""The publication date of an article's own page: from its tags, else where the page shows it."""

from __future__ import annotations

from datetime import datetime

from connectors._clocks import When
from connectors._dates import read_date
from connectors._links import links
from connectors._spots import Spot, spots
from connectors._tree import Tree, grow

_NAMES = frozenset(
    [
        "pubdate",
        "publishdate",
        "publish_date",
        "publishtime",
        "publish_time",
        "article:published_time",
        "og:published_time",
        "weibo:article:create_at",
        "firstpublishedtime",
        "publicationdate",
        "dc.date",
        "releasedate",
    ]
)


def published(text: str, asked_at: datetime) -> When | None:
    """The date that an article's page shows, with its clock time (UTC) where shown; None where it shows none."""
    tree = grow(text)
    return _tagged(tree, asked_at) or _visible(tree, asked_at)


def _tagged(tree: Tree, asked_at: datetime) -> When | None:
    for node, attributes in tree.attributes.items():
        if tree.tags[node] != "meta":
            continue
        name = (attributes.get("name") or attributes.get("property") or attributes.get("itemprop") or "").lower()
        if name in _NAMES and (value := read_date((attributes.get("content") or "")[:60], asked_at)):
            return value
    return None


def _visible(tree: Tree, asked_at: datetime) -> When | None:
    dates = [spot for spot in spots(tree, asked_at) if spot.sure]
    linked = {link.node for link in links(tree, "", dates)}
    own = [spot for spot in dates if not _listed(tree, spot, linked)]
    # What a label calls the publication, else what bears a clock time, else the first date that stands alone.
    best = min(own, key=lambda spot: (not spot.label, spot.at is None), default=None)
    return When(best.day, best.at) if best else None


def _listed(tree: Tree, spot: Spot, linked: set[int]) -> bool:
    """Whether the date belongs to a link beside it (a list of other articles, a menu)."""
    outer = tree.parents[spot.node]
    for _ in range(2):
        if outer < 0 or tree.tags[outer] in ("body", "html"):
            return False
        if not spot.label and tree.tags[outer] in ("li", "a"):
            return True
        first, last = outer, min(tree.ends[outer], outer + 60)
        if not spot.label and any(node in linked for node in range(first, last + 1)):
            return True
        outer = tree.parents[outer]
    return False
