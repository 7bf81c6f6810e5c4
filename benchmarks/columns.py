"""Accuracy of the generic column reading over saved list pages: items by title, URL and date.

    python -m benchmarks.columns [DATA]        (default ../shared/data; measured with, never shipped)

An item is matched by its title (blanks ignored); then its address and date must be the expected ones. Prints a Markdown
table and returns 1 if an item is missed or made up for which no reason is known.
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


def main(root: Path) -> int:
    """Print the table; the exit code."""
    folder = root / "gov_lists"
    totals: Counter[str] = Counter()
    problems: list[str] = []
    print("| page | items | read | hit | address exact | date exact | said twice | ms |")
    print("|---|---|---|---|---|---|---|---|")
    for line in (folder / "expected.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        counts = _page(folder / case["file"], case)
        totals.update(counts)
        print(_row(case["file"], counts))
        problems += missed(case["file"], counts)
    print(_row("all", totals))
    summary(totals)
    print("\n".join(f"MISSED: {problem}" for problem in problems) if problems else "\nNothing is missed or made up.")
    return 1 if problems else 0


def _page(path: Path, case: dict[str, Any]) -> Counter[str]:
    body = path.read_bytes()
    start = time.perf_counter()
    found = items(grow(_decode(body)), case["page_url"], ASKED)
    spent = time.perf_counter() - start
    return compare(case["items"], found) + Counter(twice=said_twice(case["items"]), micros=round(spent * 1e6))


def _row(name: str, counts: Counter[str]) -> str:
    cells = [str(counts[key]) for key in ("want", "got", "hit", "url", "date", "twice")]
    return f"| {name} | {' | '.join(cells)} | {counts['micros'] / 1000:.1f} |"


def said_twice(wanted: list[dict[str, Any]]) -> int:
    """Items that say again what one before them said: the same title and day, and no address to tell them apart."""
    alike = Counter((item["title"], item["date"]) for item in wanted if not item["url"])
    return sum(count - 1 for count in alike.values())


def missed(name: str, counts: Counter[str]) -> list[str]:
    """What is wrong with a page's reading, beyond items that are told apart by nothing."""
    problems = []
    if counts["hit"] + counts["twice"] < counts["want"]:
        problems.append(f"{name}: {counts['want']} items, {counts['hit']} of them read")
    if counts["got"] > counts["hit"]:
        problems.append(f"{name}: {counts['got'] - counts['hit']} items made up")
    if min(counts["url"], counts["date"]) < counts["hit"]:
        problems.append(f"{name}: of {counts['hit']} items {counts['url']} addresses and {counts['date']} dates exact")
    return problems


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


def summary(totals: Counter[str]) -> None:
    """Print precision, recall, F1 and the share of exact addresses and dates."""
    precision, recall = totals["hit"] / max(totals["got"], 1), totals["hit"] / max(totals["want"], 1)
    score = 2 * precision * recall / max(precision + recall, 1e-9)
    exact = [totals[name] / max(totals["hit"], 1) for name in ("url", "date")]
    print(f"\nPrecision {precision:.4f}, recall {recall:.4f}, F1 {score:.4f}.", end=" ")
    print(f"Of the hits {exact[0]:.2%} have the exact address and {exact[1]:.2%} the exact date.")
    print(
        "\nSaid twice: the saved copy lost the address, and title and day are those of another item: one item for us."
    )


def _tight(title: str) -> str:
    return "".join(title.split())


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data")))
