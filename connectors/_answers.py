"""Answers that show nothing: what each means, and the words for it.

FAILED: we could not read it (`http_404`, `http_503`, `timeout`, `empty`, ...). UNKNOWN `challenge`: we were read,
and met an anti-bot wall; that is neither down nor empty.
"""

from __future__ import annotations

import re

from streams.connectors import Answer, Failure, Reading, Response
from streams.looks import Outcome

_SEEN = 65_536  # bytes in which a wall is looked for


def failed(cause: str, detail: str = "") -> Reading:
    """A failed reading; the old cursor is kept."""
    return Reading(outcome=Outcome.FAILED, cause=cause, detail=detail[:300])


def unknown(cause: str, detail: str = "") -> Reading:
    """An inconclusive reading; the old cursor is kept."""
    return Reading(outcome=Outcome.UNKNOWN, cause=cause, detail=detail[:300])


def refusal(answer: Answer) -> Reading | None:
    """What an answer means that holds nothing to parse; None for a 304 and for a 200 with a body."""
    if isinstance(answer, Failure):
        return failed(answer.cause, answer.detail)
    if not isinstance(answer, Response):
        return failed("protocol", f"expected an HTTP answer, found {type(answer).__name__}")
    if answer.status == 304:
        return None
    wall = challenge(answer.status, answer.headers, answer.body)
    if wall:
        return unknown("challenge", f"HTTP {answer.status}: {wall}")
    if answer.status not in {200, 203, 204, 205}:
        return failed(f"http_{answer.status}", f"HTTP {answer.status}, expected 200")
    return None if answer.body.strip() else failed("empty", f"HTTP {answer.status} with an empty body")


# What the walls in use in China (and Cloudflare's) put into their pages, and who they are.
_MARKS = (
    (b"__jsl_clearance", "加速乐"),
    (b"acw_sc__v2", "阿里云 WAF"),
    (b"$_ts", "瑞数"),
    (b"/cdn-cgi/challenge-platform", "Cloudflare"),
    (b"cf-chl-", "Cloudflare"),
    (b"TencentCaptcha", "腾讯云 WAF"),
    (b"waf_captcha", "a WAF captcha"),
    (b"safeline", "雷池"),
    (b"aq.qianxin.com", "奇安信"),
    (b"yunsuo_session", "云锁"),
    (b"security_session_verify", "云锁"),
    (b"__tst_status", "知道创宇"),
    (b"document.cookie=('_')", "加速乐"),
)
_WORDS = (
    "正在进行安全检测",
    "安全验证",
    "访问验证",
    "人机验证",
    "请完成验证",
    "滑动验证",
    "浏览器安全检查",
    "您的访问行为异常",
)
_WORD_BYTES = tuple((word.encode(codec), word) for word in _WORDS for codec in ("utf-8", "gb18030"))
_BEGINNING = re.compile(rb"\A[\xef\xbb\xbf \r\n\t]+")
_LINK = re.compile(rb"<a[\s>]", re.IGNORECASE)
_XML = (b"<?xml", b"<rss", b"<feed", b"<rdf", b"<urlset", b"<sitemapindex", b"{", b"[")


def challenge(status: int, headers: dict[str, str], body: bytes) -> str:
    """The wall that an answer is, in words, or "".

    A wall's script also stands in pages that it let through: with links to follow, a 200 is a page.
    """
    if status == 412:
        return "412, the wall's own status"
    if headers.get("cf-mitigated", "") == "challenge":
        return "Cloudflare"
    head = body[:_SEEN]
    if status < 400 and (_BEGINNING.sub(b"", head[:4096]).lower().startswith(_XML) or _has_links(head)):
        return ""
    mark = _mark_in(head)
    return mark or ("forbidden" if status == 403 else "")


def _has_links(head: bytes) -> bool:
    """Five of them at least; as nearly everybody writes them, they are counted at once."""
    return head.count(b"<a ") >= 5 or len(_LINK.findall(head)) >= 5


def _mark_in(head: bytes) -> str:
    for mark, wall in _MARKS:
        if mark in head:
            return wall
    for word, name in _WORD_BYTES:
        if word in head:
            return name
    return ""
