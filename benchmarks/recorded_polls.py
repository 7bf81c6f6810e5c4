"""The 26 real polls of 77 public WeChat accounts (June 2021), rebuilt as WARC for `zhiban replay`.

    python -m benchmarks.recorded_polls DATA OUT [--from-fourth fail|missing]

Writes OUT/polls.warc.gz, OUT/registry.csv and OUT/sources.csv. Each poll's feed is the raw file where there is one, or
rebuilt from the items by the polls that first and last saw them. From the fourth poll on, responses may be recorded as
503 or left out.
"""

from __future__ import annotations

import argparse
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
ITEMS, POLLS, RAW = "wechat_gov_items_dev.tsv", "wechat_polls.tsv", "wechat_raw/dev"
Item = dict[str, str]


def main(arguments: list[str]) -> int:
    """Write the files; returns the exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks.recorded_polls")
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--from-fourth", choices=("fail", "missing"), default="")
    chosen = parser.parse_args(arguments)
    write(chosen.data, chosen.out, chosen.from_fourth)
    return 0


def write(data: Path, out: Path, later: str = "") -> None:
    """Write the three files; `later` is what becomes of the fourth poll and those after: "", fail or missing."""
    out.mkdir(parents=True, exist_ok=True)
    polls = Polls(data / "timeseries")
    _write_tables(out, polls.accounts)
    with (out / "polls.warc.gz").open("wb") as handle:
        writer = WARCWriter(handle, gzip=True)
        for number, at in enumerate(polls.times):
            if number >= FOURTH and later == "missing":
                continue
            failed = number >= FOURTH and later == "fail"
            for account in polls.accounts:
                body = b"" if failed else polls.feed(account, number)
                _record(writer, url_of(account), at, "503 Service Unavailable" if failed else "200 OK", body)


class Polls:
    """What was recorded: which accounts, when they were read, and what each showed."""

    def __init__(self, folder: Path) -> None:
        """Read the tables of `folder`."""
        self._raw = folder / RAW
        self._items: dict[str, list[Item]] = {}
        for row in _table(folder / ITEMS):
            self._items.setdefault(row["bizid"], []).append(row)
        self._names = {account: rows[0]["account"] for account, rows in self._items.items()}
        self.times = [datetime.fromisoformat(row["committed_at"]) for row in _table(folder / POLLS)]

    @property
    def accounts(self) -> dict[str, str]:
        """The names by account, in the accounts' order."""
        return dict(sorted(self._names.items()))

    def feed(self, account: str, poll: int) -> bytes:
        """The feed as it was at a poll: the raw file, else rebuilt from the items that it showed."""
        raw = self._raw / account / f"poll{poll:02d}.xml"
        if raw.exists():
            return raw.read_bytes()
        shown = [
            row for row in self._items[account] if int(row["first_seen_poll"]) <= poll <= int(row["last_seen_poll"])
        ]
        return _rss(self._names[account], shown).encode()


def url_of(account: str) -> str:
    """Where the relay has an account's feed."""
    return f"{RELAY}/{account}.xml"


def _table(path: Path) -> Iterator[Item]:
    with path.open(encoding="utf-8", newline="") as handle:
        yield from csv.DictReader(handle, delimiter="\t")


def _record(writer: WARCWriter, url: str, at: datetime, status: str, body: bytes) -> None:
    headers = StatusAndHeaders(status, [("Content-Type", "application/xml; charset=utf-8")], protocol="HTTP/1.1")
    date = {"WARC-Date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
    record = writer.create_warc_record(url, "response", BytesIO(body), http_headers=headers, warc_headers_dict=date)
    writer.write_record(record)


def _rss(name: str, shown: list[Item]) -> str:
    items = "".join(
        f"<item><title>{escape(row['title'])}</title><link>{escape(row['link'])}</link>"
        f"<pubDate>{format_datetime(datetime.fromisoformat(row['pub_time']))}</pubDate></item>"
        for row in sorted(shown, key=lambda row: row["pub_time"], reverse=True)
    )
    head = f"<title>{escape(name)} | wechat-feeds</title><link>https://example.cn/</link><description></description>"
    return f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>{head}{items}</channel></rss>'


def _write_tables(out: Path, accounts: dict[str, str]) -> None:
    with (out / "registry.csv").open("w", encoding="utf-8", newline="") as handle:
        table = csv.writer(handle)
        table.writerow(["id", "name", "kind", "platform", "unit"])
        table.writerows([account, name, "account", "微信公众号", name] for account, name in accounts.items())
    with (out / "sources.csv").open("w", encoding="utf-8", newline="") as handle:
        table = csv.writer(handle)
        table.writerow(["subject", "connector", "url", "name", "every"])
        table.writerows([account, "account", url_of(account), name, "2h"] for account, name in accounts.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
