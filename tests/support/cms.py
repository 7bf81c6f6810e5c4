"""List pages in the shapes of the content systems that Chinese government sites run on. Every word is made up."""

from __future__ import annotations

import json
from datetime import date
from typing import NamedTuple

HOST = "https://www.example.gov.cn"
COLUMN = f"{HOST}/zwgk/tzgg/index.html"


class Want(NamedTuple):
    """An expected item."""

    title: str
    url: str
    day: date | None


TITLES = (
    "示例市人民政府办公室关于印发《示例市城市绿化管理办法》的通知",
    "关于2026年国庆节放假安排的通知（2026年9月30日—10月8日）",
    "市民政局2026年度社会组织年检公告",
    "关于公布示例市第三批历史建筑名单的通告",
    "示例市水务局招聘工作人员面试成绩公示",
    "关于开展2020-2025年度档案核查工作的通知",
)
DAYS = (
    date(2026, 11, 3),
    date(2026, 9, 28),
    date(2026, 8, 12),
    date(2026, 7, 1),
    date(2025, 12, 31),
    date(2024, 2, 29),
)


def posts(count: int) -> list[tuple[str, date]]:
    """The first `count` titles with their days."""
    return list(zip(TITLES[:count], DAYS[:count], strict=True))


def framed(body: str, after: str = "", head: str = "") -> str:
    """`body` between what surrounds every such page: menus, a clock, a hot list, page numbers, a footer."""
    menu = "".join(f'<li><a href="/{name}/">{text}</a></li>' for name, text in _MENU)
    hot = "".join(
        f'<li><a href="/rd/{n}.html">热点文章之{n}：全市上下掀起学习热潮</a><span>10-{n}</span></li>'
        for n in (11, 12, 13)
    )
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>通知公告</title>{head}</head><body>'
        f'<div class="top">今天是2026年11月4日 星期三 <a href="/wap/">手机版</a><a href="/en/">English</a></div>'
        f'<div class="nav"><ul>{menu}</ul></div>'
        f'<div class="crumb">当前位置：<a href="/">首页</a> &gt; '
        '<a href="/zwgk/">政务公开</a> &gt; <a href="./">通知公告</a></div>'
        f'<div class="wrap"><div class="main">{body}{after}</div>'
        f'<div class="side"><h3>热点排行</h3><ul class="hot">{hot}</ul></div></div>'
        '<div class="links"><h3>友情链接</h3><ul><li><a href="http://www.gov.cn/">中华人民共和国中央人民政府门户网站</a></li>'
        '<li><a href="http://www.example.cn/">示例省人民政府门户网站</a></li></ul></div>'
        '<div class="foot">版权所有 © 2019-2026 示例市人民政府办公室 电话：0851-25782065 邮编：563500 '
        '<a href="http://beian.example.cn/">黔ICP备05000000号-1</a>'
        " 网站标识码：5203250001 更新日期 2026-11-04</div></body></html>"
    )


_MENU = (("zwgk", "政务公开"), ("bsfw", "办事服务"), ("hdjl", "互动交流"), ("zjsl", "走进示例"), ("sjfb", "数据发布"))
PAGER = (
    '<div class="pages">共 12 页 <a href="index_1.html">1</a>'
    '<a href="index_2.html">下一页</a><a href="index_11.html">尾页</a></div>'
)


def trs(count: int = 6) -> tuple[str, list[Want]]:
    """TRS: cut titles with the whole in @title, relative addresses with the date in the name."""
    rows = "".join(
        f'<li><a href="./{d:%Y%m}/t{d:%Y%m%d}_{n}.html" title="{t}">{t[:14]}...</a><span>[{d}]</span></li>'
        for n, (t, d) in enumerate(posts(count), 100)
    )
    want = [Want(t, f"{HOST}/zwgk/tzgg/{d:%Y%m}/t{d:%Y%m%d}_{n}.html", d) for n, (t, d) in enumerate(posts(count), 100)]
    return framed(f'<ul class="gl_list">{rows}</ul>', PAGER), want


def _records(count: int = 6) -> tuple[str, list[Want]]:
    rows = "".join(
        f'<record><![CDATA[<li><a href="/art/{d.year}/{d.month}/{d.day}/art_1229_{n}.html" title="{t}" target="_blank">'
        f"{t[:12]}…</a><b>{d}</b></li>]]></record>"
        for n, (t, d) in enumerate(posts(count), 5800)
    )
    want = [
        Want(t, f"{HOST}/art/{d.year}/{d.month}/{d.day}/art_1229_{n}.html", d)
        for n, (t, d) in enumerate(posts(count), 5800)
    ]
    return rows, want


def hanweb(count: int = 6) -> tuple[str, list[Want]]:
    """大汉: the first records stand in the page as XML, the rest comes from dataproxy.jsp."""
    rows, want = _records(count)
    store = (
        '<div id="1229058" class="pagelist"><script type="text/xml"><datastore>'
        '<nextgroup><![CDATA[<a href="/module/web/jpage/dataproxy.jsp?page=1&columnid=1229058"></a>]]></nextgroup>'
        f"<recordset>{rows}</recordset></datastore></script></div>"
        "<script>$.get('/module/web/jpage/dataproxy.jsp')</script>"
    )
    return framed(store), want


def dataproxy(count: int = 6) -> tuple[str, list[Want]]:
    """大汉: what dataproxy.jsp itself answers, here with table rows."""
    rows, want = _records(count)
    table = (
        rows.replace("<li>", "<tr><td>·</td><td>").replace("</li>", "</td></tr>").replace("</a><b>", "</a></td><td>")
    )
    head = '<?xml version="1.0" encoding="utf-8"?><datastore><totalrecord>6</totalrecord><totalpage>1</totalpage>'
    return f"{head}<recordset>{table.replace('</b>', '')}</recordset></datastore>", want


def kaipu(count: int = 6) -> tuple[str, list[Want]]:
    """开普: the date before the link, a category link in every row, some titles coloured."""
    rows = "".join(
        f'<li><span class="date">{d:%Y.%m.%d}</span><i>【<a href="/zwgk/list.html">通知</a>】</i>'
        f'<a href="{HOST}/zwgk/content_{n}.html"><font color="red">{t[:6]}</font>{t[6:]}</a></li>'
        for n, (t, d) in enumerate(posts(count), 7000)
    )
    want = [Want(t, f"{HOST}/zwgk/content_{n}.html", d) for n, (t, d) in enumerate(posts(count), 7000)]
    return framed(f'<div class="zfxxgk_zdgkc"><ul>{rows}</ul></div>', PAGER), want


def founder(count: int = 6) -> tuple[str, list[Want]]:
    """方正翔宇: tables in tables, a dotted line between the rows, two-digit years."""
    rows = "".join(
        f'<tr><td width="10"><img src="dot.gif"></td><td><a href="content/{d:%Y-%m/%d}/content_{n}.html">{t}</a></td>'
        f'<td>({d:%y-%m-%d})</td></tr><tr><td colspan="3" background="line.gif"></td></tr>'
        for n, (t, d) in enumerate(posts(count), 40)
    )
    table = f'<table width="100%"><tr><td><table class="x"><tbody>{rows}</tbody></table></td></tr></table>'
    want = [
        Want(t, f"{HOST}/zwgk/tzgg/content/{d:%Y-%m/%d}/content_{n}.html", d)
        for n, (t, d) in enumerate(posts(count), 40)
    ]
    return framed(table, PAGER), want


def linewell(count: int = 6) -> tuple[str, list[Want]]:
    """南威: a table of documents with a number, the day of writing and the day of publication."""
    head = "<tr><th>序号</th><th>文件名称</th><th>文号</th><th>成文日期</th><th>发布日期</th></tr>"
    rows = "".join(
        f'<tr><td>{n}</td><td><a href="javascript:void(0)" '
        f'onclick="openDoc(\'/xxgk/doc/{n}.htm\')" title="{t}">{t}</a></td>'
        f"<td>示府办发〔2026〕{n}号</td><td>2023年1月{n}日</td><td>{d.year}年{d.month}月{d.day}日</td></tr>"
        for n, (t, d) in enumerate(posts(count), 11)
    )
    want = [Want(t, f"{HOST}/xxgk/doc/{n}.htm", d) for n, (t, d) in enumerate(posts(count), 11)]
    return framed(f'<table class="gkml">{head}{rows}</table>', PAGER), want


def empire(count: int = 6) -> tuple[str, list[Want]]:
    """EmpireCMS: a picture, a title, a summary full of dates, and a second link to the same page."""
    rows = "".join(
        f'<li><a href="{d}/{n}.html"><img src="{n}.jpg" alt="图"></a><a href="{d}/{n}.html">{t}</a>'
        f"<p>2022年1月{n - 80}日，有关负责人出席会议并讲话，会议于2月3日结束……"
        f'<a href="{d}/{n}.html" class="xq">[详情]</a></p>'
        f'<span class="time">{d}</span></li>'
        for n, (t, d) in enumerate(posts(count), 90)
    )
    want = [Want(t, f"{HOST}/zwgk/tzgg/{d}/{n}.html", d) for n, (t, d) in enumerate(posts(count), 90)]
    return framed(f'<div class="listbox"><ul>{rows}</ul></div>', PAGER), want


def siteserver(count: int = 6) -> tuple[str, list[Want]]:
    """SiteServer: cards, the day large over year and month, and everything within one link."""
    rows = "".join(
        f'<a class="card" href="../contents/19174/{n}.html"><div class="date"><b>{d:%d}</b><em>{d:%Y-%m}</em></div>'
        f"<h2>{t}</h2><div class='note'>一、申请时间2019年12月2日—2019年12月4日"
        "二、申请地点各县（市、区）招生办公室……</div></a>"
        for n, (t, d) in enumerate(posts(count), 385_000)
    )
    want = [Want(t, f"{HOST}/zwgk/contents/19174/{n}.html", d) for n, (t, d) in enumerate(posts(count), 385_000)]
    return framed(f'<div class="cards">{rows}</div>', PAGER), want


def boda(count: int = 6) -> tuple[str, list[Want]]:
    """博达: a table of classes with numbers, slashes, and blanks that do not break."""
    rows = "".join(
        f'<tr height="26" id="line{n}_{n}"><td><span class="leaderfont12275{n}">·</span></td>'
        f'<td><a class="c12275{n}" href="../info/1015/{n}.htm" target="_blank" title="{t}">{t} </a></td>'
        f'<td width="1%" nowrap><span class="timestyle12275{n}">{d:%Y/%m/%d}&nbsp;</span></td></tr>'
        for n, (t, d) in enumerate(posts(count), 4213)
    )
    want = [Want(t, f"{HOST}/zwgk/info/1015/{n}.htm", d) for n, (t, d) in enumerate(posts(count), 4213)]
    return framed(f'<table class="winstyle122757">{rows}</table>', PAGER), want


def flat(count: int = 6) -> tuple[str, list[Want]]:
    """By hand: links and dates one after the other, no element of a row's own."""
    rows = "".join(
        f'·<a href="{n}.html">{t}</a>　（{d.year}年{d.month}月{d.day}日）<br>\n'
        for n, (t, d) in enumerate(posts(count), 1)
    )
    want = [Want(t, f"{HOST}/zwgk/tzgg/{n}.html", d) for n, (t, d) in enumerate(posts(count), 1)]
    return framed(f'<div class="content">{rows}</div>', PAGER), want


def definitions(count: int = 6) -> tuple[str, list[Want]]:
    """dt and dd by turns."""
    rows = "".join(
        f'<dt><a href="{n}.shtml">{t}</a></dt><dd>发布时间：{d} 09:30 来源：市政府办</dd>'
        for n, (t, d) in enumerate(posts(count), 1)
    )
    want = [Want(t, f"{HOST}/zwgk/tzgg/{n}.shtml", d) for n, (t, d) in enumerate(posts(count), 1)]
    return framed(f"<dl>{rows}</dl>", PAGER), want


def endpoint(count: int = 6) -> tuple[str, list[Want]]:
    """A list endpoint in JSON."""
    want = [Want(t, f"{HOST}/a/{n}.html", d) for n, (t, d) in enumerate(posts(count), 1)]
    rows = [
        {"id": n, "title": f"<em>{w.title}</em>", "url": f"/a/{n}.html", "publishTime": f"{w.day} 08:00:00"}
        for n, w in enumerate(want, 1)
    ]
    return json.dumps({"code": 200, "data": {"total": len(rows), "list": rows}}), want


def scripted(count: int = 6) -> tuple[str, list[Want]]:
    """The same as data in a page's script."""
    text, want = endpoint(count)
    rows = json.dumps(json.loads(text)["data"]["list"], ensure_ascii=False)
    script = f'<div id="app"></div><script>var pageData = {{size: 20}}; var list = {rows}; render(list);</script>'
    return framed(script), want


FAMILIES = (
    trs,
    hanweb,
    dataproxy,
    kaipu,
    founder,
    linewell,
    empire,
    siteserver,
    boda,
    flat,
    definitions,
    endpoint,
    scripted,
)
