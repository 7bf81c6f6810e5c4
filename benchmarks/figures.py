"""A figure of a benchmark, beside its peer or its limit in the same run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured. `beside` names the peer or limit, whose own figure is `other` in the same unit."""

    what: str
    value: float
    unit: str
    beside: str = ""
    other: float | None = None
    goal: str = ""  # in words
    met: bool | None = None  # None where there is no goal

    @property
    def ratio(self) -> float | None:
        """How many times the peer's figure ours is."""
        return self.value / self.other if self.other else None


class Unmeasured(Exception):
    """A benchmark cannot be run here; the message says why."""


def tell(figures: Callable[[], Iterable[Figure]]) -> None:
    """The whole of a benchmark's `__main__`: print its figures as JSON, one a line, for the table."""
    try:
        for figure in figures():
            sys.stdout.write(msgspec.json.encode(figure).decode() + "\n")
            sys.stdout.flush()
    except Unmeasured as reason:
        sys.exit(str(reason))


def row(figure: Figure) -> str:
    """One row of the Markdown table."""
    other = f"{figure.beside}: {_short(figure.other)}" if figure.other is not None else figure.beside
    ratio = f"{figure.ratio:.2g} x" if figure.ratio is not None else ""
    goal = figure.goal if figure.met is None else f"{figure.goal}: {'met' if figure.met else '**missed**'}"
    return f"| {figure.what} | {_short(figure.value)} {figure.unit} | {other} | {ratio} | {goal} |"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
