"""Accuracy of the generic column reading over saved list pages: items by title, URL and date.

    python benchmarks/columns.py [DATA]        (default ../shared/data; measured with, never shipped)

An item is matched by its title (blanks ignored); then its address and date must be the expected ones.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors._lists import Found, items
from connectors._tree import grow

# Two of the saved sets were taken in 2021, the others in 2026: no shown date is after this moment.
ASKED = datetime(2026, 11, 1, tzinfo=UTC)


def main(root: Path) -> None:
    """Print the table."""
    folder = root / "gov_lists"
    totals: Counter[str] = Counter()
    print(f"{'file':44} {'want':>4} {'got':>4} {'hit':>4} {'url':>4} {'date':>4} {'ms':>6}")
    for line in (folder / "expected.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        body = (folder / case["file"]).read_bytes()
        start = time.perf_counter()
        found = items(grow(_decode(body)), case["page_url"], ASKED)
        spent = (time.perf_counter() - start) * 1000
        counts = compare(case["items"], found)
        totals.update(counts)
        totals["ms"] += int(spent * 1000)
        row = " ".join(f"{counts[name]:>4}" for name in ("want", "got", "hit", "url", "date"))
        print(f"{case['file']:44} {row} {spent:6.1f}")
        report(case["items"], found)
    summary(totals)


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("gb18030", "replace")


def compare(wanted: list[dict[str, Any]], found: list[Found]) -> Counter[str]:
    """How many items were wanted, got, hit, and of the hits how many have the right address and date."""
    counts: Counter[str] = Counter(want=len(wanted), got=len(found))
    left = [(_tight(item.title), item.url, item.day.isoformat() if item.day else None) for item in found]
    for item in wanted:
        title, url, day = _tight(item["title"]), item["url"] or "", item["date"]
        same = [entry for entry in left if entry[0] == title]
        if not same:
            continue
        best = max(same, key=lambda entry: (entry[1] == url, entry[2] == day))
        left.remove(best)
        counts["hit"] += 1
        counts["url"] += best[1] == url
        counts["date"] += best[2] == day
    return counts


def report(wanted: list[dict[str, Any]], found: list[Found]) -> None:
    """Print what was missed and what was not asked for, three of each."""
    names = {_tight(item["title"]) for item in wanted}
    got = {_tight(item.title) for item in found}
    for mark, titles in (("-", sorted(names - got)), ("+", sorted(got - names))):
        for title in titles[:3]:
            print(f"    {mark} {title}")


def summary(totals: Counter[str]) -> None:
    """Print precision, recall, F1 and the share of exact addresses and dates."""
    precision, recall = totals["hit"] / max(totals["got"], 1), totals["hit"] / max(totals["want"], 1)
    score = 2 * precision * recall / max(precision + recall, 1e-9)
    print(f"items {totals['want']}: precision {precision:.4f}, recall {recall:.4f}, F1 {score:.4f}")
    print(
        f"of {totals['hit']} hits: URL exact {totals['url'] / max(totals['hit'], 1):.4f}, "
        f"date exact {totals['date'] / max(totals['hit'], 1):.4f}; {totals['ms'] / 1000:.1f} ms in all"
    )


def _tight(title: str) -> str:
    return "".join(title.split())


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data"))
