"""Conversations with connectors in tests: answers in, the reading out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

from streams.connectors import Answer, Connector, Cursor, Failure, Fetch, Reading, Request, Response
from streams.subjects import ColumnType, Source

ASKED = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # Monday noon in Shanghai
TODAY = date(2026, 11, 23)
URL = "https://www.example.gov.cn/list"


def talk(
    connector: Connector,
    answers: Callable[[Request], Answer],
    cursor: Cursor | None = None,
    asked_at: datetime = ASKED,
    url: str = URL,
    column_type: ColumnType | None = None,
) -> tuple[Reading, list[Fetch]]:
    """Hold a conversation, and return the reading with the requests that were made."""
    conversation = connector.look(_source(url, column_type), cursor or Cursor(), asked_at)
    asked: list[Fetch] = []
    request = next(conversation)
    while True:
        assert isinstance(request, Fetch)
        asked.append(request)
        try:
            request = conversation.send(answers(request))
        except StopIteration as ended:
            reading: Reading = ended.value
            return reading, asked


def look(connector: Connector, answer: Answer, cursor: Cursor | None = None, asked_at: datetime = ASKED) -> Reading:
    """The reading of one answer; further requests find nothing."""
    reading, _ = talk(
        connector, lambda request: answer if request.url == URL else Failure(cause="dns"), cursor, asked_at
    )
    return reading


def _source(url: str, column_type: ColumnType | None) -> Source:
    return Source(id="s1", subject="6101000001", connector="feed", url=url, column_type=column_type)


def ok(body: str | bytes, **headers: str) -> Response:
    """A 200 with a body; `etag="x"` and `last_modified="y"` name headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status=200, headers=named, body=body.encode() if isinstance(body, str) else body, url=URL)


def rss(*posts: tuple[str, date | None], title: str = "示例发布", head: str = "") -> str:
    """An RSS feed of titled and dated posts, each at noon in Shanghai."""
    items = "".join(
        f"<item><title>{escape(name)}</title><link>https://mp.example.cn/s/{n}</link>{_pub(day)}</item>"
        for n, (name, day) in enumerate(posts)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{head}{items}</channel></rss>'


def _pub(day: date | None) -> str:
    noon = datetime(day.year, day.month, day.day, 4, tzinfo=UTC) if day else None
    return f"<pubDate>{format_datetime(noon)}</pubDate>" if noon else ""


def posts(count: int) -> list[tuple[str, date | None]]:
    """Posts of the last `count` days, the newest first."""
    return [(f"第{n}篇", TODAY - timedelta(days=n)) for n in range(count)]
