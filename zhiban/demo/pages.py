"""The city's pages: four templates of lists, a feed, a sitemap, and a relay's feed of an account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from html import escape

from streams.days import SHANGHAI
from zhiban.demo.script import Account, Column, Post, Site


def list_page(site: Site, column: Column, shown: Sequence[Post]) -> str:
    """A column's list page in the site's own template."""
    rows = "".join(_TEMPLATES[site.template](column, post, number) for number, post in enumerate(shown, 1))
    body = _FRAMES[site.template].format(rows=rows) if rows else '<div class="list">暂无信息</div>'
    return _page(site, column.name, body)


def home_page(site: Site, shown: Sequence[tuple[Column, Post]]) -> str:
    """The home page: the newest of every column."""
    rows = "".join(_TEMPLATES[site.template](column, post, n) for n, (column, post) in enumerate(shown, 1))
    return _page(site, "首页", _FRAMES[site.template].format(rows=rows))


def feed(title: str, link: str, shown: Sequence[Post], built: datetime | None = None, generator: str = "") -> str:
    """An RSS 2.0 feed; `built` is what a relay says of its own freshness."""
    items = "".join(
        f"<item><title>{escape(post.title)}</title><link>{link}{_slug(post)}</link>"
        f"<pubDate>{format_datetime(post.at.astimezone(SHANGHAI))}</pubDate></item>"
        for post in shown
    )
    when = f"<lastBuildDate>{format_datetime(built)}</lastBuildDate>" if built else ""
    maker = f"<generator>{generator}</generator>" if generator else ""
    head = f"<title>{escape(title)}</title><link>{link}</link><description>{escape(title)}</description>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>{head}{maker}{when}{items}</channel></rss>'
    )


def account_feed(account: Account, shown: Sequence[Post], built: datetime) -> str:
    """An account's feed, as a relay of the RSSHub family gives it."""
    return feed(account.name, f"https://example.cn/{account.id}/", shown, built, "RSSHub")


def sitemap(base: str, shown: Sequence[Post]) -> str:
    """A sitemap of the column's articles."""
    urls = "".join(f"<url><loc>{base}/a/{_slug(p)}</loc><lastmod>{p.day.isoformat()}</lastmod></url>" for p in shown)
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'


def _page(site: Site, title: str, body: str) -> str:
    navigation = "".join(f'<a href="{column.path}">{column.name}</a> ' for column in site.columns)
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}_{site.name}</title>'
        f'<meta name="SiteName" content="{site.name}"><meta name="SiteIDCode" content="{site.id}">'
        f'<meta name="ColumnName" content="{title}"></head><body><div class="nav">{navigation}</div>'
        f'<div class="main">{body}</div>'
        f'<div class="footer">主办单位：示例市{site.unit} 网站标识码：{site.id} 版权所有 2026</div></body></html>'
    )


def _slug(post: Post) -> str:
    return f"t{post.at.astimezone(SHANGHAI):%Y%m%d%H%M}.html"


def _link(column: Column, post: Post) -> str:
    return f'<a href="{column.path.rstrip("/")}/{_slug(post)}" title="{escape(post.title)}">{escape(post.title)}</a>'


def _plain(column: Column, post: Post, _number: int) -> str:
    return f'<li>{_link(column, post)}<span class="date">{post.day:%Y-%m-%d}</span></li>'


def _table(column: Column, post: Post, number: int) -> str:
    return f"<tr><td>{number}</td><td>{_link(column, post)}</td><td>{post.day:%Y/%m/%d}</td></tr>"


def _chinese(column: Column, post: Post, _number: int) -> str:
    return f"<dd><em>{post.day.year}年{post.day.month}月{post.day.day}日</em>{_link(column, post)}</dd>"


def _blocks(column: Column, post: Post, _number: int) -> str:
    day = f'<div class="day">{post.day:%d}</div><div class="month">{post.day:%Y-%m}</div>'
    return f'<div class="item"><div class="when">{day}</div><h3>{_link(column, post)}</h3></div>'


_TEMPLATES = (_plain, _table, _chinese, _blocks)
_FRAMES = (
    '<ul class="list">{rows}</ul>',
    '<table class="tb"><tr><th>序号</th><th>标题</th><th>日期</th></tr>{rows}</table>',
    "<dl>{rows}</dl>",
    '<div class="news">{rows}</div>',
)
