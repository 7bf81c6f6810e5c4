"""Accuracy on the recorded polls: `zhiban replay` over 26 real polls of 77 accounts, as they were and as they may fail.

    python -m benchmarks.polls [DATA]        (default ../shared/data; measured with, never shipped)

Prints a Markdown table and returns 1 if a stated verdict is missed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.recorded_polls import write

STALE = frozenset({"安徽省人民政府网", "朝阳医保局", "Coder魔法院", "南充数字人社", "商务部门户网站"})
NEARDUE = frozenset({"深圳海关12360", "北京公积金"})
ZOMBIE = frozenset({"安徽省人民政府网", "朝阳医保局", "Coder魔法院"})
ACCOUNTS = 77


class Case(NamedTuple):
    """A replay: what becomes of the polls from the fourth on, until when, and what must be found."""

    title: str
    later: str
    until: str
    neardue: frozenset[str]
    blind: int  # accounts of which nothing certain can be said
    incidents: int


CASES = (
    Case("as recorded", "", "2021-06-19T16:00:00+08:00", NEARDUE, 0, 0),
    Case("503 from the fourth on", "fail", "2021-07-05T16:00:00+08:00", frozenset(), ACCOUNTS - len(STALE), 1),
    Case("nothing from the fourth on", "missing", "2021-07-05T16:00:00+08:00", frozenset(), ACCOUNTS - len(STALE), 0),
)


def main(root: Path) -> int:
    """Print the table; the exit code."""
    print("| polls | until | MED-STALE | MED-NEARDUE | MED-ZOMBIE | unknown | incidents | OWN-DATE |")
    print("|---|---|---|---|---|---|---|---|")
    problems = [problem for case in CASES for problem in _case(root, case)]
    print("\n".join(f"MISSED: {problem}" for problem in problems) if problems else "\nAll stated verdicts are met.")
    return 1 if problems else 0


def _case(root: Path, case: Case) -> Iterator[str]:
    """One row of the table; yields what is missed."""
    with tempfile.TemporaryDirectory() as folder:
        write(root, Path(folder), case.later)
        found = Verdicts(_replayed(Path(folder), case.until), _names(Path(folder)))
    counts = [len(found.of(rule)) for rule in ("MED-STALE", "MED-NEARDUE", "MED-ZOMBIE")]
    cells = [*counts, len(found.unknown()), found.incidents(), len(found.of("OWN-DATE"))]
    print(f"| {case.title} | {case.until} | {' | '.join(map(str, cells))} |")
    for rule, wanted in (("MED-STALE", STALE), ("MED-NEARDUE", case.neardue), ("MED-ZOMBIE", ZOMBIE)):
        if found.of(rule) != wanted:
            yield f"{case.title}: {rule} on {sorted(found.of(rule))}, stated {sorted(wanted)}"
    if found.of("OWN-DATE"):
        yield f"{case.title}: findings about dates in the future, stated none"
    if len(found.unknown()) != case.blind or found.unknown() & STALE:
        yield f"{case.title}: {len(found.unknown())} accounts unknown, stated the other {case.blind}"
    if found.incidents() != case.incidents:
        yield f"{case.title}: {found.incidents()} incidents, stated {case.incidents}"
    if others := found.others():
        yield f"{case.title}: stated nothing else, found {dict(others)}"


class Verdicts:
    """What a replay's document says, by the accounts' names."""

    def __init__(self, document: dict[str, Any], names: dict[str, str]) -> None:
        """Read the document of `replay --json`."""
        self._findings = document["findings"]
        self._alerts = document["alerts"]
        self._names = names

    def of(self, rule: str) -> frozenset[str]:
        """Whom a rule speaks of."""
        return self._chosen("rule", rule)

    def unknown(self) -> frozenset[str]:
        """Of whom nothing certain can be said."""
        return self._chosen("level", "unknown")

    def incidents(self) -> int:
        """How many incidents stand open."""
        return sum(alert["kind"] == "incident" for alert in self._alerts)

    def others(self) -> Counter[str]:
        """Findings of rules of which nothing is stated."""
        stated = {"MED-STALE", "MED-NEARDUE", "MED-ZOMBIE", "OWN-BLIND", "OWN-DATE"}
        return Counter(row["rule"] for row in self._findings if row["rule"] not in stated)

    def _chosen(self, field: str, value: str) -> frozenset[str]:
        return frozenset(self._names[row["subject"]] for row in self._findings if row[field] == value)


def _replayed(folder: Path, until: str) -> dict[str, Any]:
    """The document of the command that a person would type."""
    program = Path(sys.executable).with_name("zhiban")
    tables: list[str | Path] = ["--registry", folder / "registry.csv", "--sources", folder / "sources.csv"]
    command: list[str | Path] = [program, "replay", folder / "polls.warc.gz", *tables, "--until", until, "--json"]
    done = subprocess.run(command, check=False, capture_output=True)
    if done.returncode:
        raise RuntimeError(f"zhiban replay ended with {done.returncode}: {done.stderr.decode()[-2000:]}")
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def _names(folder: Path) -> dict[str, str]:
    rows = (folder / "registry.csv").read_text("utf-8").splitlines()[1:]
    return dict(row.split(",")[:2] for row in rows)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data")))
