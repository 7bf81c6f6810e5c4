"""The 26 real polls of 77 public WeChat accounts (June 2021), rebuilt as WARC for `zhiban replay`.

    python -m benchmarks.recorded_polls ../shared/data OUT [--from-fourth fail|missing]

Writes OUT/polls.warc.gz, OUT/registry.csv and OUT/sources.csv. Each poll's feed is the raw file where there is one, or
rebuilt from the items by the polls that first and last saw them. From the fourth poll on, responses may be recorded as
503 or left out.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from io import BytesIO
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

RELAY = "https://relay.example.cn/wechat"
FOURTH = 4  # polls are counted from 0


def main(arguments: list[str]) -> int:
    """Write the files; returns the exit code."""
    data, out = Path(arguments[0]), Path(arguments[1])
    later = arguments[3] if len(arguments) > 3 else ""
    write(data, out, later)
    return 0


def write(data: Path, out: Path, later: str = "") -> None:
    """Write the three files; `later` is what becomes of the fourth poll and those after: "", fail or missing."""
    out.mkdir(parents=True, exist_ok=True)
    accounts = sorted({(row["bizid"], row["account"]) for row in _items(data)})
    _write_tables(out, accounts)
    with (out / "polls.warc.gz").open("wb") as handle:
        writer = WARCWriter(handle, gzip=True)
        for number, at in enumerate(_polls(data)):
            if number >= FOURTH and later == "missing":
                continue
            for bizid, name in accounts:
                status = "503 Service Unavailable" if number >= FOURTH and later == "fail" else "200 OK"
                body = b"" if status[0] == "5" else _feed(data, bizid, name, number)
                _record(writer, f"{RELAY}/{bizid}.xml", at, status, body)


def _record(writer: WARCWriter, url: str, at: datetime, status: str, body: bytes) -> None:
    headers = StatusAndHeaders(status, [("Content-Type", "application/xml; charset=utf-8")], protocol="HTTP/1.1")
    date = {"WARC-Date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
    record = writer.create_warc_record(url, "response", BytesIO(body), http_headers=headers, warc_headers_dict=date)
    writer.write_record(record)


def _items(data: Path) -> list[dict[str, str]]:
    with (data / "timeseries" / "wechat_gov_items_dev.tsv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def _polls(data: Path) -> Iterator[datetime]:
    with (data / "timeseries" / "wechat_polls.tsv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle, delimiter="\t"):
            yield datetime.fromisoformat(row["committed_at"])


_CACHE: dict[str, list[dict[str, str]]] = {}


def _feed(data: Path, bizid: str, name: str, poll: int) -> bytes:
    raw = data / "timeseries" / "wechat_raw" / "dev" / bizid / f"poll{poll:02d}.xml"
    if raw.exists():
        return raw.read_bytes()
    if not _CACHE:
        for row in _items(data):
            _CACHE.setdefault(row["bizid"], []).append(row)
    shown = [row for row in _CACHE[bizid] if int(row["first_seen_poll"]) <= poll <= int(row["last_seen_poll"])]
    return _rss(name, shown).encode()


def _rss(name: str, shown: list[dict[str, str]]) -> str:
    items = "".join(
        f"<item><title>{escape(row['title'])}</title><link>{escape(row['link'])}</link>"
        f"<pubDate>{format_datetime(datetime.fromisoformat(row['pub_time']))}</pubDate></item>"
        for row in sorted(shown, key=lambda row: row["pub_time"], reverse=True)
    )
    head = f"<title>{escape(name)} | wechat-feeds</title><link>https://example.cn/</link><description></description>"
    return f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>{head}{items}</channel></rss>'


def _write_tables(out: Path, accounts: list[tuple[str, str]]) -> None:
    with (out / "registry.csv").open("w", encoding="utf-8", newline="") as handle:
        table = csv.writer(handle)
        table.writerow(["id", "name", "kind", "platform", "unit"])
        table.writerows([bizid, name, "account", "微信公众号", name] for bizid, name in accounts)
    with (out / "sources.csv").open("w", encoding="utf-8", newline="") as handle:
        table = csv.writer(handle)
        table.writerow(["subject", "connector", "url", "name", "every"])
        table.writerows([bizid, "account", f"{RELAY}/{bizid}.xml", name, "2h"] for bizid, name in accounts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
