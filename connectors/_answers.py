"""What an HTTP answer is worth: read it, or say in one word why it is not conclusive."""

from __future__ import annotations

import re

from streams.connectors import Failure, Response
from streams.looks import Outcome

_CHALLENGE = re.compile(
    rb"__jsl_clid|acw_sc__v2|\$_ts\s*=|_\$jsEnc|WZWS-RAY|waf_?captcha|cf-chl|challenge-platform|Just a moment\.\.\.|"
    rb"document\.cookie\s*=\s*\(?['\"](?:_|\w{3,12}=\w{16,})"
)
_WORDS = "安全验证|访问验证|人机验证|滑动验证|访问过于频繁|访问被拦截|请求被拦截"
_SPOKEN = re.compile(_WORDS.encode() + b"|" + _WORDS.encode("gb18030"))
_GONE = re.compile(
    r"(?:页面|网页|栏目|内容|文件)(?:不存在|已(?:被)?删除|找不到)|404\s*not\s*found|not\s*found\s*404", re.IGNORECASE
)
_SMALL = 40_000  # challenges are short
_TINY = 4_000  # a page that is not tiny may well speak of 安全验证
_UNKNOWN = {
    401: "forbidden",
    403: "forbidden",
    407: "forbidden",
    412: "challenge",
    429: "busy",
    451: "forbidden",
    521: "challenge",
}
_OURS = frozenset({"robots", "blocked", "backoff", "too_large"})


def challenged(status: int, body: bytes) -> bool:
    """Whether an answer is an anti-bot page: neither down nor empty."""
    if status in (412, 521) or (len(body) <= _SMALL and _CHALLENGE.search(body)):
        return True
    return len(body) <= _TINY and _SPOKEN.search(body) is not None


def worth(response: Response) -> tuple[Outcome, str]:
    """GOOD and "" for a page to be read; else the outcome and its one word."""
    status = response.status
    # A page that was delivered is read first: walls leave their scripts in pages that they let through.
    if 200 <= status < 300:
        return Outcome.GOOD, ""
    if challenged(status, response.body):
        return Outcome.UNKNOWN, "challenge"
    if status in _UNKNOWN:
        return Outcome.UNKNOWN, _UNKNOWN[status]
    return Outcome.FAILED, "missing" if status in (404, 410) else "http"


def worth_of_failure(failure: Failure) -> Outcome:
    """UNKNOWN where it was we who did not ask or did not read on; else FAILED."""
    return Outcome.UNKNOWN if failure.cause in _OURS else Outcome.FAILED


def gone(text: str) -> bool:
    """Whether a page that answers 200 says that it is not there."""
    return len(text) <= _SMALL and bool(_GONE.search(text))
