"""Accuracy of the readers on real input: feeds beside feedparser itself, sitemaps by the reader each needs, dates.

    python -m benchmarks.readers [DATA]        (default ../shared/data; measured with, never shipped)

Prints Markdown tables, lists every difference with its reason, and returns 1 if a stated count is missed or a
difference has no reason.
"""

from __future__ import annotations

import io
import json
import re
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import feedparser

from connectors._dates import read_date
from connectors._fastfeed import read_fast
from connectors._feeds import MOST, ROOTS, FeedRead, read_feed, read_slowly
from connectors._sitemaps import SitemapRead, read_sitemap
from connectors._xml import Begun, begin_xml
from streams.days import SHANGHAI, day_of
from streams.looks import Item

ASKED = datetime(2026, 11, 1, tzinfo=UTC)
BASE = "https://www.example.org/"


class Stated(NamedTuple):
    """What is stated of a folder of feeds: files, entries, entries without a date element."""

    files: int
    entries: int
    undated: int


FEEDS = {
    "wechat_gov": Stated(77, 1335, 0),
    "wechat_other": Stated(102, 1402, 0),
    "miniflux": Stated(11, 106, 3),
    "crawler-commons": Stated(2, 11, 4),
}


def main(root: Path) -> int:
    """Print everything; the exit code."""
    problems = [*feeds(root / "feeds"), *sitemaps(root / "sitemaps"), *dates(root / "dates")]
    print("\n".join(f"MISSED: {problem}" for problem in problems) if problems else "\nAll stated counts are met.")
    return 1 if problems else 0


# Feeds


def feeds(root: Path) -> Iterator[str]:
    """The table of feeds; yields what is missed."""
    print("\n### Feeds\n\nUndated: without a date element, and with one that holds no date. Fast: read in one")
    print("pass, with every text as feedparser has it; the rest is read by feedparser itself.\n")
    print("| folder | files | of them fast | entries | feedparser | undated | feedparser | ms per file | feedparser |")
    print("|---|---|---|---|---|---|---|---|---|")
    notes: list[str] = []
    for folder, stated in FEEDS.items():
        total: Counter[str] = Counter()
        for path in sorted(p for p in (root / folder).rglob("*") if p.suffix in {".xml", ".rss", ".html"}):
            counts = _feed(path)
            total.update(counts)
            for what in ("entries", "undated"):
                if counts[what] != counts[f"their {what}"]:
                    yield f"{path.name}: {counts[what]} {what}, feedparser {counts[f'their {what}']}"
            if counts["unlike"]:
                yield f"{path.name}: the fast reading differs from feedparser's"
            if counts["other"]:
                yield f"{path.name}: {counts['other']} moments differ from feedparser's"
            if counts["zoneless"]:
                notes.append(f"{path.name}: {counts['zoneless']} time(s) without a zone: Shanghai's for us, UTC for it")
            if counts["empty"]:
                notes.append(f"{path.name}: {counts['empty']} date element(s) that hold no date: undated for both")
        print(_feed_row(folder, total))
        found = Stated(total["files"], total["entries"], total["undated"] - total["empty"])
        if found != stated:
            yield f"feeds/{folder}: found {found}, stated {stated}"
    print("".join(f"\n- {note}" for note in notes))


def _feed_row(folder: str, total: Counter[str]) -> str:
    both = [f"{total[f'{who}undated'] - total['empty']} + {total['empty']}" for who in ("", "their ")]
    ours, theirs = (total[name] / 1e6 / total["files"] for name in ("ns", "their ns"))
    entries = f"{total['entries']} | {total['their entries']}"
    files = f"{total['files']} | {total['fast']}"
    return f"| {folder} | {files} | {entries} | {both[0]} | {both[1]} | {ours:.1f} | {theirs:.1f} |"


def _feed(path: Path) -> Counter[str]:
    body = path.read_bytes()
    start = time.perf_counter_ns()
    read = read_feed(body, {}, ASKED, BASE)
    middle = time.perf_counter_ns()
    theirs: list[dict[str, Any]] = _feedparser(body)
    end = time.perf_counter_ns()
    fast, unlike = _fast(body)
    items = read.items if isinstance(read, FeedRead) else ()
    undated = [entry for entry in theirs if not _parsed(entry)]
    return Counter(
        {
            "files": 1,
            "fast": fast,
            "unlike": unlike,
            "entries": len(items),
            "undated": sum(item.day is None for item in items),
            "their entries": len(theirs),
            "their undated": len(undated),
            **Counter(filter(None, (_moments(item, entry) for item, entry in zip(items, theirs, strict=False)))),
            "empty": sum(dict.__contains__(entry, "published") for entry in undated),
            "ns": middle - start,
            "their ns": end - middle,
        }
    )


def _fast(body: bytes) -> tuple[bool, bool]:
    """Whether the fast reading takes a feed, and whether any text of it is unlike feedparser's."""
    begun = begin_xml(body, {}, ROOTS, "not_a_feed")
    told = read_fast(begun.data, MOST) if isinstance(begun, Begun) else None
    return told is not None, told is not None and isinstance(begun, Begun) and told != read_slowly(begun.text)


def _feedparser(body: bytes) -> list[dict[str, Any]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        entries: list[dict[str, Any]] = feedparser.parse(io.BytesIO(body)).entries
        return entries


def _moments(item: Item, entry: dict[str, Any]) -> str:
    """How our moment differs from feedparser's: "zoneless" by eight hours, "other" by anything else, "" not at all."""
    theirs: Any = dict.get(entry, "published_parsed") or dict.get(entry, "updated_parsed")
    if not theirs or (item.at is not None and item.at.timetuple()[:6] == theirs[:6]):
        return ""
    naive = datetime(*theirs[:6]).replace(tzinfo=SHANGHAI)
    return "zoneless" if item.at == naive else "other"


def _parsed(entry: dict[str, Any]) -> bool:
    return bool(dict.get(entry, "published_parsed") or dict.get(entry, "updated_parsed"))


# Sitemaps

# Files of the folders that are not sitemaps at all.
_OTHER = {
    "weirdToNormalizedUrls.csv": "pairs of URLs, a test of normalising",
    "url-resolve.csv": "a test of resolving URLs",
    "wpt-urltestdata-LICENSE.txt": "a licence",
}
# Why a file gives other counts than its tags.
_REASONS = {
    "test_edges_L171.xml": "the template ends inside its first element; the code that used it goes on writing",
    "test_edges_L210.xml": "as test_edges_L171.xml",
    "test_security_L27.xml": "an entity bomb, refused",
}
_SLOT = re.compile(rb"\{\{.*?\}\}", re.DOTALL)
_FILLS = (
    (b"BASE_URL", b"https://www.example.org"),
    (b"ISO8601", b"2024-05-06T10:00:00+08:00"),
    (b"RFC2822", b"Mon, 06 May 2024 10:00:00 +0800"),
)


def sitemaps(root: Path) -> Iterator[str]:
    """The table of sitemaps by folder and reader; yields what is missed."""
    print(
        "\n### Sitemaps\n\nTags: `<url>`, `<sitemap>`, `<item>`, `<entry>`, lines with an address, `Sitemap:` lines.\n"
    )
    print("| folder | reader | files | of them templates | addresses | dated | further sitemaps | tags |")
    print("|---|---|---|---|---|---|---|---|")
    table: dict[tuple[str, str], Counter[str]] = {}
    notes: list[str] = []
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        raw = path.read_bytes()
        body = _SLOT.sub(_fill, raw)
        read = read_sitemap(body, {}, ASKED, BASE)
        kind, counts = _counts(read, raw, body)
        table.setdefault((str(path.parent.relative_to(root)), kind), Counter()).update(counts)
        found = counts["addresses"] + counts["children"]
        reason = _OTHER.get(path.name) or (_REASONS.get(path.name) if found != counts["tags"] or kind == "none" else "")
        if reason:
            notes.append(f"{path.name}: {reason} (read {found}, tags {counts['tags']})")
        elif found != counts["tags"] or kind == "none":
            yield f"{path.name}: {found} read as {kind}, {counts['tags']} tags: {read}"[:300]
    for (folder, kind), total in sorted(table.items()):
        cells = [total[name] for name in ("files", "templates", "addresses", "dated", "children", "tags")]
        print(f"| {folder} | {kind} | {' | '.join(map(str, cells))} |")
    print("".join(f"\n- {note}" for note in notes))


def _fill(found: re.Match[bytes]) -> bytes:
    return next((value for mark, value in _FILLS if mark in found[0]), b"x")


def _counts(read: Any, raw: bytes, body: bytes) -> tuple[str, Counter[str]]:
    good = isinstance(read, SitemapRead)
    kind = read.kind if good else "none"
    counts = Counter(files=1, templates=int(body != raw), tags=_tags(body))
    if good:
        counts.update(addresses=len(read.items), children=len(read.children))
        counts.update(dated=sum(item.day is not None for item in read.items))
    return kind, counts


def _tags(body: bytes) -> int:
    """What a file lists, counted in another way than by reading it."""
    text = re.sub(r"<!--.*?-->", "", _decoded(body), flags=re.DOTALL)
    if text.lstrip().startswith("<"):
        return len(re.findall(r"<(?:url|sitemap|item|entry)>", text))
    named = re.findall(r"^\s*site-?map\s*:\s*(\S+)", text, re.IGNORECASE | re.MULTILINE)
    return len(set(named)) if named else len(re.findall(r"^\s*https?://\S+\s*$", text, re.MULTILINE))


def _decoded(body: bytes) -> str:
    for mark, codec in ((b"\xff\xfe", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if body.startswith(mark):
            return body.decode(codec)
    return body.decode("utf-8", "replace")


# Dates

POINTS = 44  # time points stated in jionlp_time_parser.json


def dates(root: Path) -> Iterator[str]:
    """Time points read as shown dates. The set is people's speech: most of it no page shows, and must be refused."""
    cases = json.loads((root / "jionlp_time_parser.json").read_text("utf-8"))[0]["cases"]
    counts: Counter[str] = Counter()
    listed: list[str] = []
    for text, base, expected in cases:
        kind = expected["type"]
        counts[kind] += 1
        verdict = _verdict(text, base, expected) if base is not None else "refused"
        counts[f"{kind} {verdict}"] += 1
        if verdict not in {"right", "refused"}:
            listed.append(f"{text} ({verdict}): expected {expected['time']}")
        if verdict == "wrong":
            yield f"dates: {text!r} of {base}: {read_date(text, _moment(base))}, expected {expected['time']}"
    print("\n### Dates\n\n| kind | cases | right | a past year | within the span | refused | wrong |")
    print("|---|---|---|---|---|---|---|")
    for kind in ("time_point", "time_span", "time_delta"):
        cells = [counts[f"{kind} {v}"] for v in ("right", "past year", "within", "refused", "wrong")]
        print(f"| {kind} | {counts[kind]} | {' | '.join(map(str, cells))} |")
    print(
        "\nRefused: festivals, the lunar calendar, the future, months and spans, times in running speech. A past year:"
    )
    print(
        "the set lets a date without a year lie ahead; what a page lists has happened, so the nearest past is taken.\n"
    )
    print("\n".join(f"- {line}" for line in listed))
    if counts["time_point"] != POINTS:
        yield f"dates: {counts['time_point']} time points, stated {POINTS}"
    yield from _extractor(root)


def _verdict(text: str, base: Any, expected: dict[str, Any]) -> str:
    asked = _moment(base)
    found = read_date(text, asked)
    if found is None:
        return "refused"
    first, last = (date.min if "inf" in day else date.fromisoformat(day[:10]) for day in expected["time"])
    if first == last == found.day:
        return "right"
    if first <= found.day <= last:
        return "within"
    ahead = first > day_of(asked) and (found.day.month, found.day.day) == (first.month, first.day)
    return "past year" if ahead else "wrong"


def _moment(base: Any) -> datetime:
    if isinstance(base, int | float):
        return datetime.fromtimestamp(base, UTC)
    parts = [base.get(name, 1) for name in ("year", "month", "day")] if isinstance(base, dict) else list(base)
    parts += [1] * (3 - len(parts))
    return datetime(*parts).replace(tzinfo=SHANGHAI)


def _extractor(root: Path) -> Iterator[str]:
    """Sentences: where the set sees no time there must be no date, and a date that is read must be one it sees."""
    groups = json.loads((root / "jionlp_time_extractor.json").read_text("utf-8"))
    cases = [case for group in groups for case in group["cases"]]
    read = [(text, seen, found) for text, seen in cases if (found := read_date(text, ASKED))]
    timeless = sum(not seen for _, seen in cases)
    print(f"\nSentences: {len(cases)}, {timeless} of them without a time; a date is read in {len(read)}, each right.")
    for text, seen, found in read:
        if not any(found.day.isoformat() in s["text"] or f"{found.day.year}年" in s["text"] for s in seen):
            yield f"dates: {found.day} read in {text!r}"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data")))
