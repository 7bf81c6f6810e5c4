"""A page's links as candidates for items: their titles and addresses, less what is plainly a control."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit, urlunsplit

import msgspec

from connectors._spots import Spot
from connectors._tree import Tree, squeeze

MOST_LINKS = 20_000  # of a page; the rest is not read
_MOST_BELOW = 300  # nodes of one link: links within tables within links would make this quadratic
_CONTROL = re.compile(
    r"\W*(?:更多|more|首页|上一?页|下一?页|尾页|末页|前页|后页|详情|详细|查看(?:详情|更多|全文)?|阅读全文|全文|点击查看|登录|注册|打印.{0,4}|关闭(?:窗口|本页)?|分享.*|收藏(?:本页)?|.?微信|.?微博|QQ.{0,4}|返回(?:顶部|首页)?|"
    r"搜索|下载|设为首页|加入收藏|网站地图|联系我们|关于我们|版权(?:声明|所有).*|隐私.*|网站(?:声明|标识码).*|无障碍.*|"
    r".{0,6}ICP(?:备|证).*|.{0,3}公网安备.*|政府网站标识码.*|prev|next|first|last|home|\d+)?\W*",
    re.IGNORECASE,
)
_CUT = re.compile(r"\s*(?:…+|\.{2,}|。{2,})\s*$")
_HEADING = re.compile(r"^h[1-6]$")
_TITLE_WORDS = re.compile(r"(?:^|[\s_-])(?:tit|title|bt|biaoti|name|subject)(?:$|[\s_-])")
_PATH = re.compile(r"""['"]((?:https?:/)?/[^'"\s]+|[\w./-]+\.s?html?[^'"\s]*)['"]""")
_ARTICLE = re.compile(r"\d{4,}|/info/\d+/\d+|[0-9a-f]{24,}")


class Link(msgspec.Struct, frozen=True):
    """A link that may be an item: its node, title and absolute address ("" where it leads nowhere by itself)."""

    node: int
    title: str
    url: str

    @property
    def article(self) -> bool:
        """Whether its address looks like one article's."""
        return bool(_ARTICLE.search(urlsplit(self.url).path)) if self.url else False


def base_of(tree: Tree, url: str) -> str:
    """What relative addresses stand on: `<base href>` where there is one, else the page's own address."""
    for node, attributes in tree.attributes.items():
        if tree.tags[node] == "base" and attributes.get("href"):
            return absolute(url, attributes["href"] or "") or url
    return url


def absolute(base: str, href: str) -> str:
    """`href` against `base` without its fragment; "" for scripts, mails, fragments and nonsense."""
    href = href.strip()
    if href.lower().startswith("javascript:"):
        found = _PATH.search(href)
        href = found[1] if found else ""
    if not href or href.startswith("#"):
        return ""
    try:
        usual = _usual(base, href)
        if usual:
            return usual
        parts = urlsplit(urljoin(base, href))
    except ValueError:
        return ""
    return urlunsplit(parts._replace(fragment="")) if parts.scheme in ("http", "https") and parts.netloc else ""


# Ordinary addresses, which joining changes nothing of: no dots to resolve, no empty steps, no parameters.
_STEPS = r"[\w~%-][\w.~%-]*(?:/[\w~%-][\w.~%-]*)*"
_TAIL = rf"{_STEPS}/?(?:\?[\w.~%=&/-]+)?"
_USUAL = re.compile(
    rf"(?P<whole>https?://[A-Za-z0-9.-]+/{_TAIL})|(?P<rooted>/{_TAIL})|(?:\./)?(?P<beside>{_TAIL})", re.ASCII
)
_FOLDER = re.compile(rf"(?:/{_STEPS})?", re.ASCII)


def _usual(base: str, href: str) -> str:
    """What joining gives where the address is of an ordinary form; else "". Raises ValueError for a hopeless base."""
    found = _USUAL.fullmatch(href)
    if not found or found["whole"]:
        return href if found else ""
    parts = urlsplit(base)
    folder = "" if found["rooted"] else parts.path.rpartition("/")[0]
    if parts.scheme not in ("http", "https") or not parts.netloc or not _FOLDER.fullmatch(folder):
        return ""
    return f"{parts.scheme}://{parts.netloc}{found['rooted'] or folder + '/' + found['beside']}"


def links(tree: Tree, base: str, dates: list[Spot]) -> list[Link]:
    """The candidates in document order."""
    dated = {node for spot in dates for node in (spot.node, spot.last)}
    found: list[Link] = []
    for node in tree.links[:MOST_LINKS]:
        title = title_of(tree, node, dated)
        if not _CONTROL.fullmatch(title):
            found.append(Link(node, title, address(tree, node, base)))
    return found


def address(tree: Tree, node: int, base: str) -> str:
    """The absolute address of link `node`, out of its script where it has no other."""
    attributes = tree.attributes[node]
    href = attributes.get("href") or ""
    return absolute(base, href) or absolute(base, f"javascript:{attributes.get('onclick') or ''}")


def title_of(tree: Tree, node: int, dated: set[int]) -> str:
    """The link's title: its heading, else its text without the date; in full from @title where the text is cut."""
    last = min(tree.ends[node], node + _MOST_BELOW)
    texts = [at for at in range(node, last + 1) if at in tree.texts]
    plain = [at for at in texts if at not in dated] or texts
    shown = tree.joined(plain)[:500]
    if len(plain) > 1:
        shown = _heading(tree, node, last) or shown
    return whole(shown, _hint(tree.attributes[node].get("title") or "")) or _picture(tree, node)


def _hint(title: str) -> str:
    """The first line of a @title: some templates write the date and the author below it."""
    lines = [squeeze(line) for line in title[:2_000].splitlines()]
    return next((line.removeprefix("标题：").strip() for line in lines if line), "")[:500]


def whole(shown: str, full: str) -> str:
    """`full` where `shown` is a beginning of it, or is empty; else `shown`."""
    stem = _CUT.sub("", shown)
    if not full or not shown:
        return full or shown
    tight = full.replace(" ", "")
    return full if len(full) >= len(stem) and tight.startswith(stem.replace(" ", "")) else shown


def _heading(tree: Tree, node: int, last: int) -> str:
    for at in range(node + 1, last + 1):
        if _HEADING.match(tree.tags[at]) or (tree.words[at] and _TITLE_WORDS.search(tree.words[at])):
            text = tree.text(at, 500)
            if text:
                return text
    return ""


def _picture(tree: Tree, node: int) -> str:
    for at in range(node + 1, min(tree.ends[node], node + 20) + 1):
        if tree.tags[at] == "img":
            return squeeze(tree.attributes[at].get("alt") or "")[:500]
    return ""
